using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Ends whole handlers: TERM to all processes, KILL after <c>stop_grace</c>; a handler is not over before its last process is gone. Loop
/// only.
/// </summary>
internal sealed class HandlerEnder(EventLoop loop, ProcessTrees trees, ILogger log, Action<Handler> gone)
{
    // How soon to check whether signalled processes are gone; most go at once.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromMilliseconds(200);

    // A process that survives KILL is stuck in the kernel; keep polling, but log it once.
    private static readonly TimeSpan s_stuckAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Handler, LoopTimer> _killTimers = [];
    private readonly HashSet<Handler> _killed = [];
    private readonly HashSet<Handler> _leaving = [];
    private readonly HashSet<uint> _usersBeingKilled = [];

    /// <summary>How many handlers have been reaped while descendants of theirs live.</summary>
    public int Count => _leaving.Count;

    /// <summary>Those handlers.</summary>
    public IEnumerable<Handler> Leaving => _leaving;

    /// <summary>
    /// Ends a handler for a reason; does nothing if it is already being ended, or has exited and its descendants are being ended.
    /// </summary>
    public void End(Handler handler, EndReason reason)
    {
        loop.AssertOnLoop();
        if (handler.EndReason != EndReason.None || handler.IsReaped || (handler.IsHeld && handler.Definition.EndsOrphans))
        {
            return;
        }

        handler.EndReason = reason;
        if (ProcessTable.IgnoresAsFirst(handler.Pid, Signal.SIGTERM))
        {
            Kill(handler); // to wait would be in vain: the kernel drops TERM
            return;
        }

        _ = Terminate(handler);
        KillLater(handler);
    }

    /// <summary>
    /// Runs when a handler's own process has exited but another process traces it, so that it cannot be reaped. The tracer is most likely a
    /// descendant, even if the handler was known to have none: several may have made a process, and tracing shows who did.
    /// </summary>
    public void OnHeld(Handler handler)
    {
        loop.AssertOnLoop();
        handler.IsHeld = true;
        if (handler.Definition.EndsOrphans)
        {
            EndOrphans(handler);
        }
    }

    /// <summary>Runs when a handler's own process was reaped: ends what is left of it, then calls <c>gone</c>, possibly at once.</summary>
    public void OnReaped(Handler handler)
    {
        loop.AssertOnLoop();
        if ((handler.IsKnownGone || trees.IsGone(handler)) && !IsUserBeingKilled(handler))
        {
            Finish(handler);
            return;
        }

        EndOrphans(handler);
        _leaving.Add(handler);
        Look(handler, s_firstLook);
    }

    /// <summary>When a handler gets KILL; null if it is not being ended, or has had KILL already.</summary>
    public long? KillMsOf(Handler handler) =>
        _killTimers.TryGetValue(handler, out LoopTimer? timer) && !_killed.Contains(handler) ? timer.DueMs : null;

    /// <summary>Whether a handler has received KILL.</summary>
    public bool IsKilled(Handler handler) => _killed.Contains(handler);

    /// <summary>Continues to end a handler that the previous version was ending.</summary>
    public void Inherit(Handler handler, long? killMs, bool isKilled)
    {
        loop.AssertOnLoop();
        if (isKilled)
        {
            Kill(handler); // a second KILL does no harm
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

    /// <summary>
    /// Superd exits: sends KILL now, to these handlers, to the remaining processes of reaped ones, and to orphans of unknown makers.
    /// </summary>
    public void KillNow(IEnumerable<Handler> handlers)
    {
        foreach (Handler handler in handlers.Concat(_leaving))
        {
            if (handler is { EndReason: EndReason.None, IsReaped: false })
            {
                handler.EndReason = EndReason.Shutdown;
            }

            _ = trees.Signal(handler, Signal.SIGKILL);
        }

        trees.KillOrphans();
    }

    private void EndOrphans(Handler handler)
    {
        handler.Orphans = Math.Max(handler.Orphans, Terminate(handler)); // a held handler's orphans have been counted before
        if (!_killTimers.ContainsKey(handler))
        {
            KillLater(handler);
        }
    }

    /// <summary>Sends TERM, then CONT, because a stopped process does not act on TERM.</summary>
    private int Terminate(Handler handler)
    {
        int processes = trees.Signal(handler, Signal.SIGTERM);
        _ = trees.Signal(handler, Signal.SIGCONT);
        return processes;
    }

    private void KillLater(Handler handler) =>
        _killTimers[handler] = loop.Schedule(handler.Definition.StopGrace, () => Kill(handler));

    private void Kill(Handler handler)
    {
        SendKill(handler);
        _killed.Add(handler);
        SayLaterIfStuck(handler);
    }

    /// <summary>It may be that superd has not yet come to reap all that has ended.</summary>
    private void SayLaterIfStuck(Handler handler) => _killTimers[handler] = loop.Schedule(s_stuckAfter, () =>
    {
        if (trees.Signal(handler, Signal.SIGKILL) > 0)
        {
            log.HandlerStuck(handler.Service.Name, handler.Connection.Id, handler.Pid);
        }
        else
        {
            SayLaterIfStuck(handler);
        }
    });

    /// <summary>Whoever forks faster than superd looks outruns a signal to each process, but not one to all of a user.</summary>
    private void SendKill(Handler handler)
    {
        _ = trees.Signal(handler, Signal.SIGKILL);
        if (handler.Definition.EndsOrphans && handler.Connection.DynamicUser is { } user && _usersBeingKilled.Add(user))
        {
            BesideLoop.Run("kill the processes of a user", () =>
            {
                UserNamespace.KillAll(user);
                loop.Post(() => _usersBeingKilled.Remove(user));
            });
        }
    }

    /// <summary>Until then another connection must not have the user.</summary>
    private bool IsUserBeingKilled(Handler handler) =>
        handler.Connection.DynamicUser is { } user && _usersBeingKilled.Contains(user);

    private void Look(Handler handler, TimeSpan delay) => loop.Schedule(delay, () =>
    {
        if (trees.IsGone(handler) && !IsUserBeingKilled(handler))
        {
            _leaving.Remove(handler);
            Finish(handler);
            return;
        }

        if (_killed.Contains(handler))
        {
            SendKill(handler); // to processes that forked away from the first KILL
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
