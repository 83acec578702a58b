using Microsoft.Extensions.Logging;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>Writes refusals to the log: each its own line as long as they are few, then their number. Loop only.</summary>
/// <remarks>
/// Whoever floods a port shall not fill the disk as well. Of each service and reason the first <see cref="LinesPerInterval"/> refusals of an
/// interval are lines of their own; those after them are one line at its end, with their number. So the lines and the numbers together are
/// always the connections refused.
/// </remarks>
internal sealed class RefusalLog(EventLoop loop, ILogger log)
{
    public const int LinesPerInterval = 20;

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(Service Service, Refusal Reason), Tally> _tallies = [];

    /// <returns>True when it has a line of its own, false when it is one of too many.</returns>
    public bool Write(Service service, long connectionId, Peer peer, Verdict verdict)
    {
        bool hasLine = MayHaveLine(service, verdict.Refusal, peer);
        if (hasLine)
        {
            log.Refuse(service.Name, connectionId, peer, verdict.Refusal.Name(), verdict.Count);
        }

        return hasLine;
    }

    /// <summary>For a refusal with a line of another form: true when the caller is to write it, false when it has been counted.</summary>
    public bool MayHaveLine(Service service, Refusal reason, Peer peer)
    {
        loop.AssertOnLoop();
        service.Counters.Refuse(reason.Name()); // here, because every refusal comes by
        (Service, Refusal) kind = (service, reason);
        if (!_tallies.TryGetValue(kind, out Tally? tally))
        {
            _tallies.Add(kind, tally = new Tally());
        }

        long now = loop.NowMs;
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

    /// <summary>Writes all numbers not written yet: superd ends.</summary>
    public void Flush()
    {
        foreach ((var kind, Tally tally) in _tallies)
        {
            WriteNumber(kind, tally);
        }
    }

    /// <summary>Services were removed by a reload: what is not written yet of their refusals is, and they are forgotten.</summary>
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

    /// <summary>One service and reason in the interval under way.</summary>
    private sealed class Tally
    {
        public long EndMs { get; set; }

        public int Written { get; set; }

        public long Unwritten { get; set; }

        public Peer LastPeer { get; set; }
    }
}
