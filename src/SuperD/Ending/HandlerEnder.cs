using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Ends handlers, whole: TERM to all processes, after <c>stop_grace</c> KILL, and no end before the last of them is gone. Loop only.</summary>
internal sealed class HandlerEnder(EventLoop loop, ProcessTrees trees, ILogger log, Action<Handler> gone)
{
    // How soon is looked again whether what got a signal has gone: most have at once.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromMilliseconds(200);

    // What does not end by KILL is stuck in the kernel; it is looked after for ever, and told of once.
    private static readonly TimeSpan s_stuckAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Handler, LoopTimer> _killTimers = [];
    private readonly HashSet<Handler> _killed = [];
    private readonly HashSet<Handler> _leaving = [];

    /// <summary>Handlers whose own process has been reaped and whose descendants live.</summary>
    public int Count => _leaving.Count;

    /// <summary>Those handlers.</summary>
    public IEnumerable<Handler> Leaving => _leaving;

    /// <summary>Ends a handler for a reason; nothing happens when it is being ended already, or has ended and what it left is.</summary>
    public void End(Handler handler, EndReason reason)
    {
        loop.AssertOnLoop();
        if (handler.EndReason != EndReason.None || handler.IsReaped || (handler.IsHeld && handler.Definition.EndsOrphans))
        {
            return;
        }

        handler.EndReason = reason;
        _ = Terminate(handler);
        KillLater(handler);
    }

    /// <summary>A handler's own process has ended, and another one traces it, so that it cannot be reaped. Most likely the tracer is one of its own.</summary>
    public void OnHeld(Handler handler)
    {
        loop.AssertOnLoop();
        handler.IsHeld = true;
        if (!handler.IsKnownGone && handler.Definition.EndsOrphans)
        {
            EndOrphans(handler);
        }
    }

    /// <summary>A handler's own process was reaped: what is left of it goes too. Then <c>gone</c> is told, maybe at once.</summary>
    public void OnReaped(Handler handler)
    {
        loop.AssertOnLoop();
        if (handler.IsKnownGone || trees.IsGone(handler))
        {
            Finish(handler);
            return;
        }

        EndOrphans(handler);
        _leaving.Add(handler);
        Look(handler, s_firstLook);
    }

    /// <summary>When a handler gets KILL; null when it is not being ended, or has got it already.</summary>
    public long? KillMsOf(Handler handler) => _killTimers.TryGetValue(handler, out LoopTimer? timer) && !_killed.Contains(handler) ? timer.DueMs : null;

    /// <summary>Whether a handler has got KILL.</summary>
    public bool IsKilled(Handler handler) => _killed.Contains(handler);

    /// <summary>Goes on ending a handler where superd's last version was.</summary>
    public void Inherit(Handler handler, long? killMs, bool isKilled)
    {
        loop.AssertOnLoop();
        if (isKilled)
        {
            Kill(handler); // once more does no harm
        }
        else if (killMs is { } due)
        {
            _killTimers[handler] = loop.Schedule(TimeSpan.FromMilliseconds(Math.Max(0, due - loop.NowMs)), () => Kill(handler));
        }

        if (handler.IsReaped)
        {
            _leaving.Add(handler);
            Look(handler, s_firstLook);
        }
    }

    /// <summary>KILL at once, to these and to all that is left of those whose own process was reaped.</summary>
    public void KillNow(IEnumerable<Handler> handlers)
    {
        foreach (Handler handler in handlers.Concat(_leaving))
        {
            _ = trees.Signal(handler, Signal.SIGKILL);
        }
    }

    private void EndOrphans(Handler handler)
    {
        handler.Orphans = Math.Max(handler.Orphans, Terminate(handler)); // of one that was held they were counted before
        if (!_killTimers.ContainsKey(handler))
        {
            KillLater(handler);
        }
    }

    /// <summary>TERM, and CONT behind it: a process that is stopped acts on nothing else.</summary>
    private int Terminate(Handler handler)
    {
        int processes = trees.Signal(handler, Signal.SIGTERM);
        _ = trees.Signal(handler, Signal.SIGCONT);
        return processes;
    }

    private void KillLater(Handler handler) => _killTimers[handler] = loop.Schedule(handler.Definition.StopGrace, () => Kill(handler));

    private void Kill(Handler handler)
    {
        _ = trees.Signal(handler, Signal.SIGKILL);
        _killed.Add(handler);
        _killTimers[handler] = loop.Schedule(s_stuckAfter, () => log.HandlerStuck(handler.Service.Name, handler.Connection.Id, handler.Pid));
    }

    private void Look(Handler handler, TimeSpan delay) => loop.Schedule(delay, () =>
    {
        if (trees.IsGone(handler))
        {
            _leaving.Remove(handler);
            Finish(handler);
            return;
        }

        if (_killed.Contains(handler))
        {
            _ = trees.Signal(handler, Signal.SIGKILL); // what has forked away from the first one
        }

        Look(handler, delay * 2 < s_lastLook ? delay * 2 : s_lastLook);
    });

    private void Finish(Handler handler)
    {
        if (_killTimers.Remove(handler, out LoopTimer? timer))
        {
            timer.Cancel();
            _killed.Remove(handler);
        }

        gone(handler);
    }
}
