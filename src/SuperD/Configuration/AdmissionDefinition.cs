namespace SuperD.Configuration;

/// <summary>Who may use a service, when, and how much; <c>instances</c> is in the service itself. Immutable.</summary>
internal sealed record AdmissionDefinition
{
    /// <summary>The proxies that tell who comes by the PROXY protocol; null = clients come by themselves. Key <c>proxy_in</c>.</summary>
    public AddressListDefinition? ProxyIn { get; init; }

    /// <summary>Who may come in; null = everybody. Key <c>only_from</c>.</summary>
    public AddressListDefinition? OnlyFrom { get; init; }

    /// <summary>Who may not; null = nobody. Of the two lists the one with the longer prefix decides, on a tie this one. Key <c>no_access</c>.</summary>
    public AddressListDefinition? NoAccess { get; init; }

    /// <summary>When connections are taken; null = always. Running handlers are not ended. Keys <c>access_times</c>, <c>time_zone</c>.</summary>
    public AccessTimesDefinition? AccessTimes { get; init; }

    /// <summary>Load average of the last minute at and above which connections are refused; null = none. Key <c>max_load</c>.</summary>
    public double? MaxLoad { get; init; }

    /// <summary>Most handlers of one source alive at once, 1 or more; null = unlimited. Key <c>per_source</c>.</summary>
    public int? PerSource { get; init; }

    /// <summary>Which addresses count as one source. Key <c>source_prefix</c>.</summary>
    public SourcePrefix SourcePrefix { get; init; } = SourcePrefix.Default;

    /// <summary>Connections of all sources together; what is above is refused. Null = unlimited. Key <c>rate</c>.</summary>
    public Rate? Rate { get; init; }

    /// <summary>Connections of one source; what is above is refused. Null = unlimited. Key <c>per_source_rate</c>.</summary>
    public Rate? PerSourceRate { get; init; }

    /// <summary>What a source is charged for the way its handlers end; null = nothing. Key <c>penalty</c>.</summary>
    public PenaltyDefinition? Penalty { get; init; }

    /// <summary>Not null: the service is a trap and launches nothing. Key <c>sensor</c>.</summary>
    public SensorDefinition? Sensor { get; init; }
}
