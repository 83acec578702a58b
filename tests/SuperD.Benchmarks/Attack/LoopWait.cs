namespace SuperD.Benchmarks.Attack;

/// <summary>How long superd's loop could have run and was not let: the scheduler counts it for each thread.</summary>
internal sealed class LoopWait(int pid)
{
    private const string Loop = "loop";

    /// <summary>What the counter says now.</summary>
    public Mark Now()
    {
        int? thread = Processes.Thread(pid, Loop);
        return new Mark(thread, thread is { } loop ? Processes.WaitedForProcessor(pid, loop) ?? default : default);
    }

    /// <summary>How long it waited since then. An upgrade turns the loop's thread into the process's first one, and makes another.</summary>
    public TimeSpan Since(Mark before)
    {
        Mark now = Now();
        if (now.Thread == before.Thread)
        {
            return now.Waited - before.Waited;
        }

        TimeSpan first = (Processes.WaitedForProcessor(pid, pid) ?? before.Waited) - before.Waited;
        return now.Waited + (first > TimeSpan.Zero ? first : TimeSpan.Zero);
    }

    /// <param name="Thread">Null in the middle of an upgrade.</param>
    internal readonly record struct Mark(int? Thread, TimeSpan Waited);
}
