using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>Which clients a service admits, when, and how many (<c>instances</c> is elsewhere). Immutable.</summary>
internal sealed record AdmissionDefinition
{
    /// <summary>The proxies that send a PROXY header; null = clients connect directly. Key <c>proxy_in</c>.</summary>
    public AddressListDefinition? ProxyIn { get; init; }

    /// <summary>Who makes health checks; null = nobody, or only proxies on their own behalf. Key <c>check_from</c>.</summary>
    public AddressListDefinition? CheckFrom { get; init; }

    /// <summary>The admitted clients; null = all. Key <c>only_from</c>.</summary>
    public AddressListDefinition? OnlyFrom { get; init; }

    /// <summary>The refused clients; null = none. The longer prefix of both lists wins, on a tie this one. Key <c>no_access</c>.</summary>
    public AddressListDefinition? NoAccess { get; init; }

    /// <summary>The instances that are kept for some clients; null = none. Key <c>reserve</c>.</summary>
    public ReserveDefinition? Reserve { get; init; }

    /// <summary>The opening times; null = always. Running handlers are not ended. Keys <c>access_times</c>, <c>time_zone</c>.</summary>
    public AccessTimesDefinition? AccessTimes { get; init; }

    /// <summary>The 1-minute load average from which on connections are refused; null = no limit. Key <c>max_load</c>.</summary>
    public double? MaxLoad { get; init; }

    /// <summary>The most handlers of one source alive at once, 1 or more; null = unlimited. Key <c>per_source</c>.</summary>
    public int? PerSource { get; init; }

    /// <summary>The addresses that count as one source. Key <c>source_prefix</c>.</summary>
    public SourcePrefix SourcePrefix { get; init; } = SourcePrefix.Default;

    /// <summary>The rate of connections from all sources; more are refused. Null = unlimited. Key <c>rate</c>.</summary>
    public Rate? Rate { get; init; }

    /// <summary>The rate of connections from one source; more are refused. Null = unlimited. Key <c>per_source_rate</c>.</summary>
    public Rate? PerSourceRate { get; init; }

    /// <summary>The penalties of a source for the way its handlers end; null = none. Key <c>penalty</c>.</summary>
    public PenaltyDefinition? Penalty { get; init; }

    /// <summary>The clients of each rule of <c>match</c>; the first rule that has the client decides how it is served.</summary>
    /// <remarks>What a rule means is at the same index in <see cref="ServiceDefinition.Variants"/>.</remarks>
    public ValueArray<AddressListDefinition> Match { get; init; } = [];

    /// <summary>If not null, the service is a trap and launches nothing. Key <c>sensor</c>.</summary>
    public SensorDefinition? Sensor { get; init; }
}
