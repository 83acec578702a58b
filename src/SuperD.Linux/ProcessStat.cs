using System.Globalization;

namespace SuperD.Linux;

/// <summary>Facts the kernel reports of a process and the process cannot forge: /proc/PID/stat, see proc_pid_stat(5).</summary>
/// <param name="State">One letter: R, S, D, T, t, Z ...</param>
/// <param name="Session">The pid of its session leader. A process can leave its session only for a new one.</param>
/// <param name="Threads">The number of its threads.</param>
/// <param name="StartTicks">Its start time in ticks since boot. Together with the pid it identifies the process.</param>
/// only later.</param>
public readonly record struct ProcessStat(char State, int Session, int Threads, long StartTicks)
{
    /// <summary>USER_HZ, the same on every machine.</summary>
    private const long TicksPerSecond = 100;

    private const int LongestStat = 1024;

    /// <summary>The length of a tick.</summary>
    public const long NsPerTick = 1_000_000_000 / TicksPerSecond;

    /// <summary>The earliest time it may have started, on the clock of <see cref="ProcessClock.NowNs"/>.</summary>
    public long StartedAtNs => StartTicks * NsPerTick;

    /// <summary>Whether the whole process is a zombie; its first thread may be one while other threads run.</summary>
    public bool HasEnded => State is 'Z' or 'X' && Threads <= 1;

    /// <summary>Whether a signal or a tracer has stopped it.</summary>
    public bool IsStopped => State is 'T' or 't';

    /// <summary>Reads the stat of a process; null when there is no such process.</summary>
    public static ProcessStat? Of(int pid)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/stat", stackalloc char[LongestStat]);

        // After the name, which may contain anything: state is field 3, session 6, num_threads 20, starttime 22.
        ReadOnlySpan<char> rest = text[(text.LastIndexOf(')') + 1)..];
        Span<Range> fields = stackalloc Range[24];
        int count = rest.Split(fields, ' ');
        return count > 20
            && int.TryParse(rest[fields[4]], CultureInfo.InvariantCulture, out int session)
            && int.TryParse(rest[fields[18]], CultureInfo.InvariantCulture, out int threads)
            && long.TryParse(rest[fields[20]], CultureInfo.InvariantCulture, out long start)
            ? new ProcessStat(rest[fields[1]][0], session, threads, start)
            : null;
    }
}
