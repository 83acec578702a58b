namespace SuperD.Linux;

/// <summary>The CPU time of a process, to the nanosecond; see clock_getcpuclockid(3).</summary>
/// <remarks>
/// One system call that never blocks and needs no permission. A process whose CPU time has not changed has not run, so it has created
/// no other process.
/// </remarks>
public static unsafe class ProcessClock
{
    private const int CLOCK_BOOTTIME = 7;
    private const int TimeOfProcess = 2;

    /// <summary>The current time on the clock of <see cref="ProcessStat.StartTicks"/>.</summary>
    public static long NowNs => TryReadClock(CLOCK_BOOTTIME, out long now) ? now : long.MaxValue; // exists since Linux 2.6.39

    /// <summary>The CPU time of all threads of a process, including those that have exited; false when there is no such process.</summary>
    public static bool TryRead(int pid, out long ranNs) => TryReadClock((~pid << 3) | TimeOfProcess, out ranNs);

    private static bool TryReadClock(int clock, out long ns)
    {
        LibC.timespec time;
        bool isRead = LibC.clock_gettime(clock, &time) == 0;
        ns = isRead ? (time.tv_sec * 1_000_000_000) + time.tv_nsec : 0;
        return isRead;
    }
}
