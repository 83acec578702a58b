using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>How long a source is refused for the way its handlers ended; penalties add up. Key <c>penalty</c>, after OpenSSH 9.8.</summary>
internal sealed record PenaltyDefinition
{
    private static readonly ValueArray<TimeSpan> s_none = [.. new TimeSpan[256]];

    /// <summary>For a handler killed by a signal other than PIPE, HUP, INT and TERM; zero = none.</summary>
    public TimeSpan Signal { get; init; }

    /// <summary>For a handler that superd ended because its time was up; zero = none.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>For each exit status, 0 to 255; zero = none.</summary>
    public ValueArray<TimeSpan> Exit { get; init; } = s_none;

    /// <summary>The sum of penalties at which a source is refused; OpenSSH's default.</summary>
    public TimeSpan Min { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The upper bound of the sum; OpenSSH's default.</summary>
    public TimeSpan Max { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Clients that are never penalised; null = none.</summary>
    public AddressListDefinition? Exempt { get; init; }
}
