using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Frees the loop, by KILL, when a process keeps it waiting for a socket or a pipe that superd has too. On the watcher's thread.
/// </summary>
/// <remarks>
/// A call that copies to or from a page of its caller holds the lock of the file meanwhile, and the page may never come: userfaultfd(2), a
/// mapping of FUSE or of a dead server. Until it does, every call of another process on the same file sleeps, whatever flags it has, and
/// no signal wakes it. Asking for counters and closing are such calls too. But KILL ends the wait for a page. In which call the loop's
/// thread sleeps, and on which descriptor, the kernel tells. On a busy machine a holder may only have lost the processor, so the loop must
/// have slept in the same call for half a second. Where one such holder was found, more are likely: the next in the same turn has a tenth
/// of a second.
/// </remarks>
internal sealed class LoopRescue(SharedFiles shared, ProcessTrees trees, ILogger log)
{
    /// <summary>Looks at the same call before the first KILL in a turn, and from one KILL to the next: half a second.</summary>
    private const int LooksBeforeKill = 25;

    private const int LooksBeforeNextKill = 5;

    /// <summary>What does not die is looked at as seldom as any slow turn.</summary>
    private const int MostSoonLooks = 100;

    private string? _thread;
    private (long Turn, SleepingCall Call, Handler? Handler) _last;
    private int _looks;
    private int _looksNeeded;
    private long _turnOfKill;

    /// <summary>Watches the turns of the loop, whose thread is the calling one: reports the slow ones, and frees the loop where it can.</summary>
    /// <returns>The watch, which ends when it is disposed.</returns>
    public IDisposable WatchLoop(EventLoop loop)
    {
        _thread = SleepingCall.DirectoryOfThisThread;
        var watcher = new TurnWatcher(
            loop.Turns, loop.Time, (turn, hasEnded) => log.SlowTurn(turn.Source, turn.DurationMs, hasEnded ? "ended" : "running"), Look);
        if (!watcher.TryStart())
        {
            log.SlowTurnsUnwatched();
        }

        return watcher;
    }

    /// <summary>The loop is in a turn that takes too long.</summary>
    /// <returns>Whether to look again soon.</returns>
    public bool Look(LoopTurn turn)
    {
        if (_thread is null
            || SleepingCall.Of(_thread) is not { Descriptor: >= 0 } call
            || ProcessTable.StreamAt(call.Descriptor) is not { } file)
        {
            _last = default;
            return false;
        }

        (long, SleepingCall, Handler?) now = (turn.Number, call, shared.Of(call.Descriptor));
        if (now != _last)
        {
            _last = now;
            _looks = 0;
            _looksNeeded = turn.Number == _turnOfKill ? LooksBeforeNextKill : LooksBeforeKill;
            return true;
        }

        _looks++;
        bool isFirst = _looks == _looksNeeded;
        bool isDue = _looks >= _looksNeeded && (_looks - _looksNeeded) % LooksBeforeKill == 0;
        if (isDue && !(isFirst && _last.Handler is { } handler && KillTree(handler)))
        {
            KillOthers(file);
        }

        _turnOfKill = isDue ? turn.Number : _turnOfKill;
        return _looks < MostSoonLooks;
    }

    private bool KillTree(Handler handler)
    {
        List<int> processes = trees.NamedProcesses(handler);
        if (processes.Count == 0)
        {
            return false;
        }

        handler.HasHeldLoop = true;
        log.KillHolder(handler.Service.Name, handler.Connection.Id, handler.Pid, processes.Count, EndReason.HeldLoop.Name()!); // it has one
        processes.ForEach(pid => ChildProcess.Signal(pid, Signal.SIGKILL));
        return true;
    }

    /// <summary>
    /// A handler can pass its socket to anybody, and leave it to a descendant that may stay. Processes that do not sleep in a call on it
    /// are left alone.
    /// </summary>
    private void KillOthers(string file)
    {
        foreach (int pid in ProcessTable.SleepingOn(file))
        {
            log.KillStranger(pid, file, EndReason.HeldLoop.Name()!); // it has one
            _ = ChildProcess.Signal(pid, Signal.SIGKILL);
        }
    }
}
