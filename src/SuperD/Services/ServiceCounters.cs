namespace SuperD.Services;

/// <summary>Counts the outcomes of a service's connections, for <c>superd status</c> and <c>superd metrics</c>. Loop only.</summary>
/// <remarks>The names of reasons and steps are superd's own, so clients cannot make their number grow.</remarks>
internal sealed class ServiceCounters
{
    private readonly Dictionary<string, long> _refused = [];
    private readonly Dictionary<string, long> _failedLaunches = [];
    private readonly Dictionary<string, long> _ended = [];
    private readonly Dictionary<string, RecentMinutes> _refusedLately = [];

    /// <summary>Connections that got a handler or a backend.</summary>
    public long Accepted { get; private set; }

    /// <summary>Refused connections by reason; includes those whose launch failed.</summary>
    public IReadOnlyDictionary<string, long> Refused => _refused;

    /// <summary>Failed launches by step.</summary>
    public IReadOnlyDictionary<string, long> FailedLaunches => _failedLaunches;

    /// <summary>Connections of health checks, which got no handler.</summary>
    public long Checks { get; private set; }

    /// <summary>How often a source began to be refused for how its handlers had ended.</summary>
    public long Penalties { get; private set; }

    /// <summary>Ended connections by superd's reason to end them; <c>none</c> for those that ended by themselves.</summary>
    public IReadOnlyDictionary<string, long> Ended => _ended;

    /// <summary>Bytes from clients, over all ended connections.</summary>
    public long BytesIn { get; private set; }

    /// <summary>Bytes to clients, over all ended connections.</summary>
    public long BytesOut { get; private set; }

    /// <summary>Processes that handlers left behind and superd ended.</summary>
    public long Orphans { get; private set; }

    /// <summary>The times from accept to exec.</summary>
    public Histogram Launches { get; } = new(Histogram.LaunchBounds);

    /// <summary>The durations of connections.</summary>
    public Histogram Durations { get; } = new(Histogram.DurationBounds);

    /// <summary>Counts a connection that got a backend, or a handler that is not timed.</summary>
    public void Accept() => Accepted++;

    /// <summary>Counts a handler that executes its program.</summary>
    /// <param name="time">The time since its connection was accepted.</param>
    public void Launch(TimeSpan time)
    {
        Accepted++;
        Launches.Add(time);
    }

    /// <summary>Counts a health check.</summary>
    public void Check() => Checks++;

    /// <summary>Counts a source that is refused from now on.</summary>
    public void Penalise() => Penalties++;

    /// <summary>Counts a refused connection.</summary>
    /// <param name="nowMs">The loop's clock.</param>
    public void Refuse(string reason, long nowMs)
    {
        Count(_refused, reason);
        if (!_refusedLately.TryGetValue(reason, out RecentMinutes? minutes))
        {
            _refusedLately.Add(reason, minutes = new RecentMinutes());
        }

        minutes.Add(nowMs);
    }

    /// <summary>Refused connections of the last hour by reason, minute by minute; null if there were none.</summary>
    /// <param name="nowMs">The loop's clock.</param>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? RefusedLately(long nowMs)
    {
        Dictionary<string, IReadOnlyList<int>>? lately = null;
        foreach ((string reason, RecentMinutes minutes) in _refusedLately)
        {
            if (minutes.Read(nowMs) is { } counts)
            {
                (lately ??= []).Add(reason, counts);
            }
        }

        return lately;
    }

    /// <summary>Counts a failed launch.</summary>
    /// <param name="step">As in the log; its argument, as in <c>setgid(1234)</c>, is not part of the name.</param>
    public void FailLaunch(string step) => Count(_failedLaunches, step.Split('(', 2)[0]);

    /// <summary>Counts an ended connection.</summary>
    /// <param name="reason">As in the record; null for a normal end.</param>
    public void End(string? reason, TimeSpan duration, long bytesIn, long bytesOut, int orphans)
    {
        Count(_ended, reason ?? "none");
        Durations.Add(duration);
        BytesIn += bytesIn;
        BytesOut += bytesOut;
        Orphans += orphans;
    }

    /// <summary>Hands the counts over to the next version.</summary>
    public CountersHandover HandOver() => new()
    {
        Accepted = Accepted,
        Refused = new(_refused),
        FailedLaunches = new(_failedLaunches),
        Checks = Checks,
        Penalties = Penalties,
        Ended = new(_ended),
        BytesIn = BytesIn,
        BytesOut = BytesOut,
        Orphans = Orphans,
        Launches = Launches.HandOver(),
        Durations = Durations.HandOver(),
    };

    /// <summary>Continues the counts of the previous version.</summary>
    public void Inherit(CountersHandover handed)
    {
        Accepted = handed.Accepted;
        Checks = handed.Checks;
        Penalties = handed.Penalties;
        BytesIn = handed.BytesIn;
        BytesOut = handed.BytesOut;
        Orphans = handed.Orphans;
        Launches.Inherit(handed.Launches);
        Durations.Inherit(handed.Durations);
        foreach ((Dictionary<string, long> from, Dictionary<string, long> to) in ((Dictionary<string, long>, Dictionary<string, long>)[])
            [(handed.Refused, _refused), (handed.FailedLaunches, _failedLaunches), (handed.Ended, _ended)])
        {
            foreach ((string name, long count) in from)
            {
                to[name] = count;
            }
        }
    }

    private static void Count(Dictionary<string, long> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
}
