using Microsoft.Extensions.Logging;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>The phases of superd's end, each shortened by a further signal.</summary>
internal enum ShutdownPhase
{
    /// <summary>Not ending.</summary>
    None,

    /// <summary>No longer listening; handlers may finish.</summary>
    Draining,

    /// <summary>Every handler's process group has got TERM.</summary>
    Terminating,

    /// <summary>Every handler's process group has got KILL.</summary>
    Killing,
}

/// <summary>Ends the handlers when superd ends: lets them finish, then TERM, then KILL; done when the last is reaped. Loop only.</summary>
/// <param name="stages">Whose work is waited for.</param>
/// <param name="handlers">Those that run. A launch under way is not among them: see <see cref="OnLaunched"/>.</param>
internal sealed class Shutdown(EventLoop loop, Stages stages, Func<IEnumerable<Handler>> handlers, HandlerEnder ender, TimeSpan grace, ILogger log)
{
    // A process that does not end by KILL is stuck in the kernel, and would keep superd for ever.
    private static readonly TimeSpan s_killTimeout = TimeSpan.FromSeconds(5);

    private LoopTimer? _timer;

    public ShutdownPhase Phase { get; private set; }

    /// <summary>How long handlers may finish; key <c>shutdown_grace</c>. A change holds for an end that has not begun.</summary>
    public TimeSpan Grace { get; set; } = grace;

    /// <summary>Goes to the next phase at once: the first signal starts the end, each further one shortens the wait.</summary>
    /// <remarks>After KILL there is no wait to shorten: what is left of a handler is its record, which nobody gains by losing.</remarks>
    public void Advance()
    {
        loop.AssertOnLoop();
        switch (Phase)
        {
            case ShutdownPhase.None:
                Phase = ShutdownPhase.Draining;
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

    /// <summary>Goes to the last phase at once, if it is not there yet.</summary>
    public void Kill()
    {
        loop.AssertOnLoop();
        if (Phase == ShutdownPhase.Killing)
        {
            return;
        }

        _timer?.Cancel();
        loop.AfterRound = CheckDone;
        Phase = ShutdownPhase.Killing;
        log.ShutdownKilling(handlers().Count());
        ender.KillNow(handlers());
        stages.EndAll();
        _timer = loop.Schedule(s_killTimeout, GiveUp);
    }

    /// <summary>A handler came to be while superd ends (its launch was under way): it gets what the others have got.</summary>
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

    /// <summary>After each round of the loop: ends it when no stage has work left.</summary>
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
