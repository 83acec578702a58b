using Microsoft.Extensions.Logging;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>Logs refusals: one line each while they are few, then their number. Loop only.</summary>
/// <remarks>
/// A flood of connections must not fill the disk. For each service and reason, the first <see cref="LinesPerInterval"/> refusals of an
/// interval get lines of their own; the rest are counted in one line at its end. Lines and counts together always equal the connections
/// refused.
/// </remarks>
internal sealed class RefusalLog(EventLoop loop, ILogger log)
{
    /// <summary>How many refusals of one service and reason get lines of their own per interval.</summary>
    public const int LinesPerInterval = 20;

    /// <summary>The length of an interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(Service Service, Refusal Reason), Tally> _tallies = [];

    /// <summary>Logs or counts one refusal.</summary>
    /// <returns>True if it got a line of its own, false if it was only counted.</returns>
    public bool Write(Service service, long connectionId, Peer peer, Verdict verdict)
    {
        bool hasLine = MayHaveLine(service, verdict.Refusal, peer);
        if (hasLine)
        {
            log.Refuse(service.Name, connectionId, peer, verdict.Refusal.Name(), verdict.Count);
        }

        return hasLine;
    }

    /// <summary>For refusals with a line of another form: true if the caller must write it, false if it has been counted.</summary>
    public bool MayHaveLine(Service service, Refusal reason, Peer peer)
    {
        loop.AssertOnLoop();
        long now = loop.NowMs;
        service.Counters.Refuse(reason.Name(), now); // here, because every refusal passes through this method
        (Service, Refusal) kind = (service, reason);
        if (!_tallies.TryGetValue(kind, out Tally? tally))
        {
            _tallies.Add(kind, tally = new Tally());
        }

        if (tally.Unwritten == 0 && now >= tally.EndMs)
        {
            tally.EndMs = now + (long)Interval.TotalMilliseconds;
            tally.Written = 0;
        }

        if (tally.Written < LinesPerInterval)
        {
            tally.Written++;
            return true;
        }

        tally.LastPeer = peer;
        if (tally.Unwritten++ == 0)
        {
            loop.Schedule(TimeSpan.FromMilliseconds(tally.EndMs - now), () => WriteNumber(kind, tally));
        }

        return false;
    }

    /// <summary>Writes all pending counts, because superd exits.</summary>
    public void Flush()
    {
        foreach ((var kind, Tally tally) in _tallies)
        {
            WriteNumber(kind, tally);
        }
    }

    /// <summary>Runs after a reload removed services: writes their pending counts and forgets them.</summary>
    public void ForgetRemoved()
    {
        foreach ((var kind, Tally tally) in _tallies.Where(tally => tally.Key.Service.Mode == ServiceMode.Removed).ToArray())
        {
            WriteNumber(kind, tally);
            _tallies.Remove(kind);
        }
    }

    private void WriteNumber((Service Service, Refusal Reason) kind, Tally tally)
    {
        if (tally.Unwritten > 0)
        {
            log.RefuseRepeated(kind.Service.Name, kind.Reason.Name(), tally.Unwritten, tally.LastPeer);
            tally.Unwritten = 0;
        }
    }

    /// <summary>One service and reason in the current interval.</summary>
    private sealed class Tally
    {
        public long EndMs { get; set; }

        public int Written { get; set; }

        public long Unwritten { get; set; }

        public Peer LastPeer { get; set; }
    }
}
