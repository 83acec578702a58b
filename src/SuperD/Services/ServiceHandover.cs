namespace SuperD.Services;

/// <summary>A service's mode and counters, handed over to the next version.</summary>
internal sealed record ServiceHandover
{
    public required string Name { get; init; }

    public required ServiceMode Mode { get; init; }

    public required CountersHandover Counters { get; init; }
}

/// <summary>The counts of a service; see <see cref="ServiceCounters"/>.</summary>
internal sealed record CountersHandover
{
    public required long Accepted { get; init; }

    public required Dictionary<string, long> Refused { get; init; }

    public required Dictionary<string, long> FailedLaunches { get; init; }

    public required Dictionary<string, long> Ended { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required long Orphans { get; init; }

    public required HistogramHandover Launches { get; init; }

    public required HistogramHandover Durations { get; init; }
}

/// <summary>The counts of a histogram; see <see cref="Histogram"/>.</summary>
internal sealed record HistogramHandover(double[] Bounds, long[] Counts, double Sum);
