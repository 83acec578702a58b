using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>One service at one moment, with its counters since it was added.</summary>
internal sealed record ServiceState
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    /// <summary><c>open</c>, <c>paused</c> or <c>draining</c>.</summary>
    public required string Mode { get; init; }

    public required IReadOnlyList<ListenerState> Listeners { get; init; }

    /// <summary>Connections that have a handler or a backend, or are about to.</summary>
    public required int Live { get; init; }

    /// <summary>Key <c>instances</c>; null = unlimited.</summary>
    public int? Instances { get; init; }

    public required long Accepted { get; init; }

    /// <summary>Refused connections, by reason; those that could not be launched are under <c>launch</c>.</summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    public required IReadOnlyDictionary<string, long> FailedLaunches { get; init; }

    /// <summary>Ended connections, by superd's reason to end them; <c>none</c> for those that ended by themselves.</summary>
    public required IReadOnlyDictionary<string, long> Ended { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required long Orphans { get; init; }

    /// <summary>From accept to exec.</summary>
    public required HistogramState LaunchSeconds { get; init; }

    /// <summary>How long the connections lived that have ended.</summary>
    public required HistogramState DurationSeconds { get; init; }
}

/// <summary>An address of a service.</summary>
/// <param name="Bound">False when it could not be bound yet; superd tries again.</param>
internal sealed record ListenerState([property: JsonRequired] string Address, bool Bound);

/// <summary>A histogram.</summary>
/// <param name="Bounds">Upper bounds, ascending.</param>
/// <param name="Counts">How many are at or below each bound and above the one before it; the last, how many are above all bounds.</param>
internal sealed record HistogramState(
    [property: JsonRequired] IReadOnlyList<double> Bounds, [property: JsonRequired] IReadOnlyList<long> Counts, double Sum);
