using SuperD.Services;

namespace SuperD.Admission;

/// <summary>
/// What admission remembers of sources, oldest first, handed over to the next version. Live handlers are recounted there.
/// </summary>
internal sealed record AdmissionHandover : StageHandover
{
    /// <summary>When the <c>rate</c> bucket of each service is full again.</summary>
    public required Dictionary<string, long> Rates { get; init; }

    /// <summary>When the <c>per_source_rate</c> bucket of each source is full again.</summary>
    public required IReadOnlyList<SourceHandover> SourceRates { get; init; }

    /// <summary>The penalties of sources.</summary>
    public required IReadOnlyList<SourceHandover> Penalties { get; init; }

    /// <summary>The sources that have visited a sensor.</summary>
    public required IReadOnlyList<SourceHandover> Visitors { get; init; }
}

/// <summary>What one service remembers of one source.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Prefix">The source's addresses, as in <see cref="SourceKey"/>, in hexadecimal.</param>
/// <param name="Until">Ticks of the machine's monotonic clock.</param>
/// <param name="IsRefused">For a penalty: whether the source is refused, or has only accumulated charges.</param>
internal sealed record SourceHandover(string Service, string Prefix, long Until, bool IsRefused = false);
