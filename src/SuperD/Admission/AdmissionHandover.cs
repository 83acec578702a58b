using SuperD.Services;

namespace SuperD.Admission;

/// <summary>What admission remembers of sources, on its way to superd's next version. Who lives is counted anew. Oldest first.</summary>
internal sealed record AdmissionHandover : StageHandover
{
    /// <summary>When the bucket of <c>rate</c> of each service is full again.</summary>
    public required Dictionary<string, long> Rates { get; init; }

    public required IReadOnlyList<SourceHandover> SourceRates { get; init; }

    public required IReadOnlyList<SourceHandover> Penalties { get; init; }

    public required IReadOnlyList<SourceHandover> Visitors { get; init; }
}

/// <summary>One source.</summary>
/// <param name="Service">The service that knows it so.</param>
/// <param name="Prefix">Its addresses, as <see cref="SourceKey"/> has them, in hexadecimal.</param>
/// <param name="Until">Ticks of the machine's monotonic clock.</param>
/// <param name="IsRefused">Of a penalty: whether it is refused, or only owes.</param>
internal sealed record SourceHandover(string Service, string Prefix, long Until, bool IsRefused = false);
