using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Reaping;

/// <summary>Reaps processes that became superd's children because their parents died, when superd is a container's PID 1. Loop only.</summary>
internal sealed class OrphanReaper(Reaper reaper, ILogger log)
{
    /// <summary>Most that are reaped in a sweep: however fast orphans end, the loop gets on, and the rest is for the next one.</summary>
    private const int MostPerSweep = 10_000;

    /// <summary>Reaps all children that have ended. The trap: one may be of a launch under way, whose status somebody waits for; then the rest is for the next sweep.</summary>
    /// <param name="isUnderWay">Whether a child is of a launch under way.</param>
    public void Sweep(Predicate<int> isUnderWay)
    {
        int left = MostPerSweep;
        for (int pid = ChildProcess.PeekEnded(); pid != 0 && !isUnderWay(pid) && left > 0; pid = ChildProcess.PeekEnded(), left--)
        {
            if (!reaper.TryReap(pid))
            {
                _ = ChildProcess.ReapNow(pid, out ExitStatus status);
                log.OrphanReaped(pid, new Outcome(status));
            }
        }
    }
}
