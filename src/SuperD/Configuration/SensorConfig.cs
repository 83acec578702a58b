using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>sensor</c> as written.</summary>
/// <param name="Time">How long a visitor is refused.</param>
/// <param name="Exempt">Clients that may visit it without consequences.</param>
internal sealed record SensorConfig(TimeSpan Time, ImmutableArray<Written<AccessItemConfig>> Exempt);
