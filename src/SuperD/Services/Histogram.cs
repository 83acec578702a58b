using System.Collections.Immutable;

namespace SuperD.Services;

/// <summary>How often a time fell between which bounds, as Prometheus counts it. Loop only.</summary>
/// <param name="bounds">Upper bounds in seconds, each included, ascending; what is above the last is counted too.</param>
internal sealed class Histogram(ImmutableArray<double> bounds)
{
    /// <summary>From accept to exec: about a millisecond when all is well.</summary>
    public static readonly ImmutableArray<double> LaunchBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

    /// <summary>The life of a connection: from a health check to a login session.</summary>
    public static readonly ImmutableArray<double> DurationBounds = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600, 86_400];

    private readonly long[] _counts = new long[bounds.Length + 1];

    public ImmutableArray<double> Bounds => bounds;

    /// <summary>How many fell at or below each bound and above the one before; the last count is of those above all bounds.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>All times together, in seconds.</summary>
    public double Sum { get; private set; }

    /// <summary>Goes on from what superd's last version has counted; not when its bounds were others.</summary>
    public void Inherit(HistogramHandover handed)
    {
        if (handed.Bounds.AsSpan().SequenceEqual(bounds.AsSpan()) && handed.Counts.Length == _counts.Length)
        {
            handed.Counts.CopyTo(_counts, 0);
            Sum = handed.Sum;
        }
    }

    public HistogramHandover HandOver() => new([.. bounds], [.. _counts], Sum);

    public void Add(TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        int index = bounds.BinarySearch(seconds);
        _counts[index >= 0 ? index : ~index]++;
        Sum += seconds;
    }
}
