using Microsoft.Extensions.Logging;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>The phases of a shutdown; each further signal skips to the next.</summary>
internal enum ShutdownPhase
{
    /// <summary>No shutdown.</summary>
    None,

    /// <summary>Still accepting, while superd says that it takes no new clients. Key <c>lame_duck</c>.</summary>
    LameDuck,

    /// <summary>No longer listening; handlers may finish.</summary>
    Draining,

    /// <summary>Every handler has received TERM.</summary>
    Terminating,

    /// <summary>Every handler has received KILL.</summary>
    Killing,
}

/// <summary>
/// Shuts superd down: announces it, lets handlers finish, then sends TERM, then KILL; done when the last is reaped. Loop only.
/// </summary>
/// <param name="stages">The stages whose work it waits for.</param>
/// <param name="rotation">Knows how long the end is announced, and for how long it has been.</param>
/// <param name="stopListening">Closes the listeners for good.</param>
/// <param name="handlers">The running handlers, without launches under way: see <see cref="OnLaunched"/>.</param>
internal sealed class Shutdown(
    EventLoop loop,
    Stages stages,
    Rotation rotation,
    Action stopListening,
    Func<IEnumerable<Handler>> handlers,
    HandlerEnder ender,
    TimeSpan grace,
    ILogger log)
{
    // A process that survives KILL is stuck in the kernel, and must not keep superd alive.
    private static readonly TimeSpan s_killTimeout = TimeSpan.FromSeconds(5);

    private LoopTimer? _timer;

    /// <summary>The current phase.</summary>
    public ShutdownPhase Phase { get; private set; }

    /// <summary>When the lame duck ends; null if there is none. As the loop's <c>NowMs</c>.</summary>
    public long? LameDuckUntilMs => Phase == ShutdownPhase.LameDuck ? _timer?.DueMs : null;

    /// <summary>How long handlers may finish; key <c>shutdown_grace</c>. A change affects only a shutdown that has not begun.</summary>
    public TimeSpan Grace { get; set; } = grace;

    /// <summary>Goes to the next phase now: the first signal starts the shutdown, each further one shortens the wait.</summary>
    /// <remarks>After KILL it does nothing: what is left of a handler is its record, and skipping that helps nobody.</remarks>
    public void Advance()
    {
        loop.AssertOnLoop();
        switch (Phase)
        {
            case ShutdownPhase.None when rotation.AnnouncementLeft is var left && left > TimeSpan.Zero:
                Phase = ShutdownPhase.LameDuck;
                log.ShutdownLameDuck(stages.Count, left.TotalSeconds);
                _timer = loop.Schedule(left, Advance);
                break;

            case ShutdownPhase.None or ShutdownPhase.LameDuck:
                _timer?.Cancel();
                Phase = ShutdownPhase.Draining;
                stopListening();
                loop.AfterRound = CheckDone;
                log.ShutdownDraining(stages.Count, Grace.TotalSeconds);
                _timer = loop.Schedule(Grace, Advance);
                break;

            case ShutdownPhase.Draining:
                _timer?.Cancel();
                Phase = ShutdownPhase.Terminating;
                TimeSpan stopGrace = TimeSpan.Zero;
                foreach (Handler handler in handlers())
                {
                    stopGrace = handler.Definition.StopGrace > stopGrace ? handler.Definition.StopGrace : stopGrace;
                    ender.End(handler, EndReason.Shutdown);
                }

                log.ShutdownTerminating(stages.Count, stopGrace.TotalSeconds);
                stages.EndAll();
                _timer = loop.Schedule(stopGrace, Advance);
                break;

            case ShutdownPhase.Terminating:
                Kill();
                break;
        }
    }

    /// <summary>Goes to the last phase now, unless it is reached already.</summary>
    public void Kill()
    {
        loop.AssertOnLoop();
        if (Phase == ShutdownPhase.Killing)
        {
            return;
        }

        _timer?.Cancel();
        stopListening();
        loop.AfterRound = CheckDone;
        Phase = ShutdownPhase.Killing;
        log.ShutdownKilling(handlers().Count());
        ender.KillNow(handlers());
        stages.EndAll();
        _timer = loop.Schedule(s_killTimeout, GiveUp);
    }

    /// <summary>Runs when a launch completes during the shutdown: the handler gets the signal the others got.</summary>
    public void OnLaunched(Handler handler)
    {
        if (Phase == ShutdownPhase.Terminating)
        {
            ender.End(handler, EndReason.Shutdown);
        }
        else if (Phase == ShutdownPhase.Killing)
        {
            ender.KillNow([handler]);
        }
    }

    /// <summary>Runs after each round of the loop; stops the loop when no stage has work left.</summary>
    private void CheckDone()
    {
        if (stages.Count == 0)
        {
            Finish();
        }
    }

    private void GiveUp()
    {
        log.ShutdownGivesUp(stages.Count);
        Finish();
    }

    private void Finish()
    {
        _timer?.Cancel();
        loop.Stop();
    }
}
