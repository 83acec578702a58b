using System.Collections.Immutable;

namespace SuperD.Services;

/// <summary>Counts times between bounds, as a Prometheus histogram does. Loop only.</summary>
/// <param name="bounds">Inclusive upper bounds in seconds, ascending; times above the last are counted too.</param>
internal sealed class Histogram(ImmutableArray<double> bounds)
{
    /// <summary>For the time from accept to exec, normally about a millisecond.</summary>
    public static readonly ImmutableArray<double> LaunchBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

    /// <summary>For the duration of a connection, from a health check to a login session.</summary>
    public static readonly ImmutableArray<double> DurationBounds = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3600, 86_400];

    private readonly long[] _counts = new long[bounds.Length + 1];

    /// <summary>The bounds in seconds.</summary>
    public ImmutableArray<double> Bounds => bounds;

    /// <summary>How many times lie between each bound and the one before it; the last count is of those above all bounds.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>The sum of all times, in seconds.</summary>
    public double Sum { get; private set; }

    /// <summary>Continues the counts of the previous version, unless its bounds were different.</summary>
    public void Inherit(HistogramHandover handed)
    {
        if (handed.Bounds.AsSpan().SequenceEqual(bounds.AsSpan()) && handed.Counts.Length == _counts.Length)
        {
            handed.Counts.CopyTo(_counts, 0);
            Sum = handed.Sum;
        }
    }

    /// <summary>Hands the counts over to the next version.</summary>
    public HistogramHandover HandOver() => new([.. bounds], [.. _counts], Sum);

    /// <summary>Counts a time.</summary>
    public void Add(TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        int index = bounds.BinarySearch(seconds);
        _counts[index >= 0 ? index : ~index]++;
        Sum += seconds;
    }
}
