using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>reserve</c> as written.</summary>
/// <param name="Slots">How many instances are kept; 0 only with an error.</param>
/// <param name="From">For whom.</param>
internal sealed record ReserveConfig(int Slots, ImmutableArray<Written<AccessItemConfig>> From);
