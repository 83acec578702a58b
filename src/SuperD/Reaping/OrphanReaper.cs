using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Reaping;

/// <summary>
/// Reaps orphans: processes that became children of superd, as a container's process 1, when their parents exited. Loop only.
/// </summary>
internal sealed class OrphanReaper(Reaper reaper, ILogger log)
{
    /// <summary>
    /// The most children reaped in one sweep: however fast orphans exit, the loop moves on; the next sweep reaps the rest.
    /// </summary>
    private const int MostPerSweep = 10_000;

    /// <summary>
    /// Reaps all children that have exited. Stops at a child of a launch under way, because the launcher needs its status; the next sweep
    /// reaps the rest.
    /// </summary>
    /// <param name="isUnderWay">Whether a child belongs to a launch under way.</param>
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
