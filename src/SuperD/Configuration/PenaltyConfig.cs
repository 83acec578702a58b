using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>penalty</c> as written: null means absent.</summary>
/// <param name="Signal">For a death by a signal.</param>
/// <param name="Timeout">For a handler that exceeded its time.</param>
/// <param name="Exit">By exit status.</param>
/// <param name="Min">The sum at which a source is refused.</param>
/// <param name="Max">The upper bound of the sum.</param>
/// <param name="Exempt">Clients that are never penalised.</param>
internal sealed record PenaltyConfig(
    TimeSpan? Signal,
    TimeSpan? Timeout,
    ImmutableSortedDictionary<int, TimeSpan> Exit,
    TimeSpan? Min,
    TimeSpan? Max,
    ImmutableArray<Written<AccessItemConfig>>? Exempt);
