using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>penalty</c> as written: null means absent.</summary>
/// <param name="Exit">Exit status and penalty.</param>
internal sealed record PenaltyConfig(
    TimeSpan? Signal,
    TimeSpan? Timeout,
    ImmutableSortedDictionary<int, TimeSpan> Exit,
    TimeSpan? Min,
    TimeSpan? Max,
    ImmutableArray<Written<AccessItemConfig>>? Exempt);
