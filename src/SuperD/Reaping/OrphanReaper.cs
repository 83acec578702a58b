using SuperD.Linux;
using SuperD.Logging;
using Microsoft.Extensions.Logging;

namespace SuperD.Reaping;

/// <summary>Reaps processes that became superd's children because their parents died, when superd is a container's PID 1. Loop only.</summary>
/// <remarks>
/// The trap: a child that ended may also be a handler whose launch the loop has not heard of yet, and its status must not be thrown away.
/// So a stranger is reaped only when every launch that was under way at its first sight is in; until then its pid stays taken.
/// </remarks>
internal sealed class OrphanReaper(Reaper reaper, ILogger log)
{
    private int _suspect;
    private long _suspectSince;

    /// <summary>Reaps all children that have ended; where a stranger has to wait for launches, the rest is for the next sweep.</summary>
    /// <param name="lastSubmitted">The number of the last launch handed out.</param>
    /// <param name="completedThrough">All launches up to this number are in.</param>
    public void Sweep(long lastSubmitted, long completedThrough)
    {
        for (int pid = ChildProcess.PeekEnded(); pid != 0; pid = ChildProcess.PeekEnded())
        {
            if (reaper.TryReap(pid))
            {
                continue;
            }

            if (_suspect != pid)
            {
                _suspect = pid;
                _suspectSince = lastSubmitted;
            }

            if (completedThrough < _suspectSince)
            {
                return;
            }

            _ = ChildProcess.ReapNow(pid, out ExitStatus status);
            log.OrphanReaped(pid, new Outcome(status));
            _suspect = 0;
        }

        _suspect = 0;
    }
}
