namespace SuperD.Services;

/// <summary>What has become of a service's connections since it came to be: what <c>superd status</c> and <c>superd metrics</c> tell. Loop only.</summary>
/// <remarks>The names of reasons and steps are as many as superd has, never as many as clients choose.</remarks>
internal sealed class ServiceCounters
{
    private readonly Dictionary<string, long> _refused = [];
    private readonly Dictionary<string, long> _failedLaunches = [];
    private readonly Dictionary<string, long> _ended = [];

    /// <summary>Connections that got a handler or a backend.</summary>
    public long Accepted { get; private set; }

    /// <summary>Refused connections by reason; those whose launch failed are among them.</summary>
    public IReadOnlyDictionary<string, long> Refused => _refused;

    /// <summary>Failed launches by step.</summary>
    public IReadOnlyDictionary<string, long> FailedLaunches => _failedLaunches;

    /// <summary>Connections that have ended, by superd's reason to end them; <c>none</c> for those that ended by themselves.</summary>
    public IReadOnlyDictionary<string, long> Ended => _ended;

    /// <summary>Bytes of clients, of the connections that have ended.</summary>
    public long BytesIn { get; private set; }

    /// <summary>Bytes for clients, of the connections that have ended.</summary>
    public long BytesOut { get; private set; }

    /// <summary>Processes left behind by handlers and ended.</summary>
    public long Orphans { get; private set; }

    public Histogram Launches { get; } = new(Histogram.LaunchBounds);

    public Histogram Durations { get; } = new(Histogram.DurationBounds);

    public void Accept() => Accepted++;

    /// <summary>A handler executes its program.</summary>
    /// <param name="time">Since its connection was accepted.</param>
    public void Launch(TimeSpan time)
    {
        Accepted++;
        Launches.Add(time);
    }

    public void Refuse(string reason) => Count(_refused, reason);

    /// <param name="step">As logged; what is in its brackets, <c>setgid(1234)</c>, is not part of its name.</param>
    public void FailLaunch(string step) => Count(_failedLaunches, step.Split('(', 2)[0]);

    /// <param name="reason">As recorded; null for a connection that ended as it should.</param>
    public void End(string? reason, TimeSpan duration, long bytesIn, long bytesOut, int orphans)
    {
        Count(_ended, reason ?? "none");
        Durations.Add(duration);
        BytesIn += bytesIn;
        BytesOut += bytesOut;
        Orphans += orphans;
    }

    public CountersHandover HandOver() => new()
    {
        Accepted = Accepted,
        Refused = new(_refused),
        FailedLaunches = new(_failedLaunches),
        Ended = new(_ended),
        BytesIn = BytesIn,
        BytesOut = BytesOut,
        Orphans = Orphans,
        Launches = Launches.HandOver(),
        Durations = Durations.HandOver(),
    };

    /// <summary>Goes on from what superd's last version has counted.</summary>
    public void Inherit(CountersHandover handed)
    {
        Accepted = handed.Accepted;
        BytesIn = handed.BytesIn;
        BytesOut = handed.BytesOut;
        Orphans = handed.Orphans;
        Launches.Inherit(handed.Launches);
        Durations.Inherit(handed.Durations);
        foreach ((Dictionary<string, long> from, Dictionary<string, long> to) in
            ((Dictionary<string, long>, Dictionary<string, long>)[])[(handed.Refused, _refused), (handed.FailedLaunches, _failedLaunches), (handed.Ended, _ended)])
        {
            foreach ((string name, long count) in from)
            {
                to[name] = count;
            }
        }
    }

    private static void Count(Dictionary<string, long> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
}
