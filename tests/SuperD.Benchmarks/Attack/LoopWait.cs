namespace SuperD.Benchmarks.Attack;

/// <summary>How long superd could have run and was not let: the scheduler counts it for each thread.</summary>
/// <remarks>
/// A native superd's loop has no name from outside, so of all threads the one that waited longest counts: the log's and the pool's threads
/// run only for moments. An upgrade makes new threads, and turns the loop's into the process's first one.
/// </remarks>
internal sealed class LoopWait(int pid)
{
    /// <summary>What the counters say now, by thread.</summary>
    public IReadOnlyDictionary<int, TimeSpan> Now() => Processes.WaitedForProcessor(pid);

    /// <summary>How long a thread has waited since then, of a time as long as this.</summary>
    public TimeSpan Since(IReadOnlyDictionary<int, TimeSpan> before, TimeSpan elapsed)
    {
        TimeSpan longest = TimeSpan.Zero;
        foreach ((int thread, TimeSpan now) in Now())
        {
            TimeSpan waited = now - before.GetValueOrDefault(thread);
            if (waited > elapsed)
            {
                waited = now - before.Values.Where(value => value <= now).DefaultIfEmpty(now).Max(); // it was another one of them before
            }

            longest = waited > longest ? waited : longest;
        }

        return longest < elapsed ? longest : elapsed;
    }
}
