using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>sensor</c> as written.</summary>
internal sealed record SensorConfig(TimeSpan Time, ImmutableArray<Written<AccessItemConfig>> Exempt);
