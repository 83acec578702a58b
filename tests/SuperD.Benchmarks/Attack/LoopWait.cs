namespace SuperD.Benchmarks.Attack;

/// <summary>How long superd was runnable but not running, by the scheduler's per-thread counters.</summary>
/// <remarks>
/// The loop thread of a native superd has no name that shows from outside, so the thread that waited longest counts: the log's and the
/// pool's threads run only briefly. An upgrade creates new threads and makes the loop's thread the first of the process.
/// </remarks>
internal sealed class LoopWait(int pid)
{
    /// <summary>The current counters, by thread.</summary>
    public IReadOnlyDictionary<int, TimeSpan> Now() => Processes.WaitedForProcessor(pid);

    /// <summary>How long a thread has waited since then, at most <paramref name="elapsed"/>.</summary>
    public TimeSpan Since(IReadOnlyDictionary<int, TimeSpan> before, TimeSpan elapsed)
    {
        TimeSpan longest = TimeSpan.Zero;
        foreach ((int thread, TimeSpan now) in Now())
        {
            TimeSpan waited = now - before.GetValueOrDefault(thread);
            if (waited > elapsed)
            {
                waited = now - before.Values.Where(value => value <= now).DefaultIfEmpty(now).Max(); // another thread before the upgrade
            }

            longest = waited > longest ? waited : longest;
        }

        return longest < elapsed ? longest : elapsed;
    }
}
