using SuperD.Ending;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;
using Microsoft.Extensions.Logging;

namespace SuperD.Reaping;

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
/// <param name="othersAtWork">What is waited for besides the handlers: launches under way, whose handlers are not in the reaper yet, and connections without a process.</param>
/// <param name="endOthers">Ends what has no process: conversations, relays, headers awaited; the launches end by themselves.</param>
/// <param name="done">Run once, when nothing is left to wait for.</param>
internal sealed class Shutdown(
    EventLoop loop, Reaper reaper, HandlerEnder ender, TimeSpan grace, ILogger log, Func<int> othersAtWork, Action endOthers, Action done)
{
    // A process that does not end by KILL is stuck in the kernel, and would keep superd for ever.
    private static readonly TimeSpan s_killTimeout = TimeSpan.FromSeconds(5);

    private LoopTimer? _timer;
    private bool _isDone;

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
                log.ShutdownDraining(reaper.Count + othersAtWork(), Grace.TotalSeconds);
                _timer = loop.Schedule(Grace, Advance);
                break;

            case ShutdownPhase.Draining:
                _timer?.Cancel();
                Phase = ShutdownPhase.Terminating;
                TimeSpan stopGrace = TimeSpan.Zero;
                foreach (Handler handler in reaper.Handlers)
                {
                    stopGrace = handler.Definition.StopGrace > stopGrace ? handler.Definition.StopGrace : stopGrace;
                    ender.End(handler, EndReason.Shutdown);
                }

                log.ShutdownTerminating(reaper.Count + othersAtWork(), stopGrace.TotalSeconds);
                endOthers();
                _timer = loop.Schedule(stopGrace, Advance);
                break;

            case ShutdownPhase.Terminating:
                Kill();
                return;

            default:
                return;
        }

        CheckDone();
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
        Phase = ShutdownPhase.Killing;
        log.ShutdownKilling(reaper.Count);
        ender.KillNow(reaper.Handlers);
        endOthers();
        _timer = loop.Schedule(s_killTimeout, GiveUp);
        CheckDone();
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

    /// <summary>A handler or a launch has ended; ends superd when it was the last.</summary>
    public void CheckDone()
    {
        if (Phase != ShutdownPhase.None && reaper.Count == 0 && othersAtWork() == 0)
        {
            Finish();
        }
    }

    private void GiveUp()
    {
        log.ShutdownGivesUp(reaper.Count + othersAtWork());
        Finish();
    }

    private void Finish()
    {
        _timer?.Cancel();
        if (!_isDone)
        {
            _isDone = true;
            done();
        }
    }
}
