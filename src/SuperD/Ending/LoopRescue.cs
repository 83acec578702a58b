using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Unblocks the loop, with KILL, when a process holds the lock of a socket or pipe that superd also uses. Runs on the watcher's thread.
/// </summary>
/// <remarks>
/// A system call that copies to or from a page of its caller holds the file's lock meanwhile, and that page may never arrive:
/// userfaultfd(2), a mapping of FUSE or of a dead server. Until it does, every other process's call on the same file sleeps, whatever its
/// flags, and no signal wakes it. Reading counters and closing are such calls too. KILL, however, ends the wait for a page.
/// The kernel reports which call the loop's thread sleeps in, and on which descriptor. On a busy machine a holder may merely have lost the
/// CPU, so the loop must have slept in the same call for half a second. After one such holder more are likely, so the next one in the same
/// turn gets a tenth of a second.
/// </remarks>
internal sealed class LoopRescue(SharedFiles shared, ProcessTrees trees, ILogger log)
{
    /// <summary>How many looks must find the same call before the first KILL of a turn, and between two KILLs: half a second.</summary>
    private const int LooksBeforeKill = 25;

    private const int LooksBeforeNextKill = 5;

    /// <summary>After this many looks a holder that survives KILL is polled as rarely as any slow turn.</summary>
    private const int MostSoonLooks = 100;

    private string? _thread;
    private (long Turn, SleepingCall Call, Handler? Handler) _last;
    private int _looks;
    private int _looksNeeded;
    private long _turnOfKill;

    /// <summary>Watches the turns of the loop, which runs on the calling thread: logs slow ones, and frees the loop where it can.</summary>
    /// <returns>The watcher; dispose it to stop watching.</returns>
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

    /// <summary>Runs while the loop is in a turn that takes too long.</summary>
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
        // Only EndReason.None has no name.
        log.KillHolder(handler.Service.Name, handler.Connection.Id, handler.Pid, processes.Count, EndReason.HeldLoop.Name()!);
        processes.ForEach(pid => ChildProcess.Signal(pid, Signal.SIGKILL));
        return true;
    }

    /// <summary>
    /// A handler can pass its socket to any process, and a descendant that is allowed to stay can inherit it. Spares processes that do not
    /// sleep in a call on it.
    /// </summary>
    private void KillOthers(string file)
    {
        foreach (int pid in ProcessTable.SleepingOn(file))
        {
            log.KillStranger(pid, file, EndReason.HeldLoop.Name()!); // only EndReason.None has no name
            _ = ChildProcess.Signal(pid, Signal.SIGKILL);
        }
    }
}
