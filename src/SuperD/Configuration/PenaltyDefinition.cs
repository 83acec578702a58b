using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>For how long a source is refused because of how its handlers ended; the penalties add up. Key <c>penalty</c>, after OpenSSH 9.8.</summary>
internal sealed record PenaltyDefinition
{
    private static readonly ValueArray<TimeSpan> s_none = [.. new TimeSpan[256]];

    /// <summary>For a handler that died of a signal nobody sent it on purpose; zero = none.</summary>
    public TimeSpan Signal { get; init; }

    /// <summary>For a handler that superd ended because its time was over; zero = none.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>For each exit status, 0 to 255; zero = none.</summary>
    public ValueArray<TimeSpan> Exit { get; init; } = s_none;

    /// <summary>A source is refused once its penalties have come to this; OpenSSH's default.</summary>
    public TimeSpan Min { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Penalties never come to more than this; OpenSSH's default.</summary>
    public TimeSpan Max { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Who is never penalised; null = nobody.</summary>
    public AddressListDefinition? Exempt { get; init; }
}
