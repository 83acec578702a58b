namespace SuperD.Services;

/// <summary>A service's mode and counters, handed over to the next version.</summary>
internal sealed record ServiceHandover
{
    /// <inheritdoc cref="Service.Name"/>
    public required string Name { get; init; }

    /// <inheritdoc cref="Service.Mode"/>
    public required ServiceMode Mode { get; init; }

    /// <inheritdoc cref="Service.Counters"/>
    public required CountersHandover Counters { get; init; }

    /// <summary>The last ends, oldest first; null if there are none, or from a version that kept none.</summary>
    public IReadOnlyList<EndedHandover>? Ends { get; init; }

    /// <inheritdoc cref="Service.LastFailure"/>
    public Trouble? LastFailure { get; init; }
}

/// <summary>The counts of a service; see <see cref="ServiceCounters"/>.</summary>
internal sealed record CountersHandover
{
    /// <inheritdoc cref="ServiceCounters.Accepted"/>
    public required long Accepted { get; init; }

    /// <inheritdoc cref="ServiceCounters.Refused"/>
    public required Dictionary<string, long> Refused { get; init; }

    /// <inheritdoc cref="ServiceCounters.FailedLaunches"/>
    public required Dictionary<string, long> FailedLaunches { get; init; }

    /// <inheritdoc cref="ServiceCounters.Checks"/>
    public required long Checks { get; init; }

    /// <inheritdoc cref="ServiceCounters.Penalties"/>
    public required long Penalties { get; init; }

    /// <inheritdoc cref="ServiceCounters.Ended"/>
    public required Dictionary<string, long> Ended { get; init; }

    /// <inheritdoc cref="ServiceCounters.BytesIn"/>
    public required long BytesIn { get; init; }

    /// <inheritdoc cref="ServiceCounters.BytesOut"/>
    public required long BytesOut { get; init; }

    /// <inheritdoc cref="ServiceCounters.Orphans"/>
    public required long Orphans { get; init; }

    /// <inheritdoc cref="ServiceCounters.Launches"/>
    public required HistogramHandover Launches { get; init; }

    /// <inheritdoc cref="ServiceCounters.Durations"/>
    public required HistogramHandover Durations { get; init; }
}

/// <summary>The counts of a histogram; see <see cref="Histogram"/>.</summary>
internal sealed record HistogramHandover(double[] Bounds, long[] Counts, double Sum);
