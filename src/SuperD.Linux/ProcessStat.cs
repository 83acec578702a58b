using System.Globalization;

namespace SuperD.Linux;

/// <summary>What the kernel says of a process, which the process cannot forge: from /proc/PID/stat, see proc_pid_stat(5).</summary>
/// <param name="State">One letter: R, S, D, T, t, Z ...</param>
/// <param name="Session">The pid of the process that began its session. It can leave a session for a new one only, and never join
/// another.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="StartTicks">When it was made, in ticks since the machine's start; with its pid the process itself, since a pid comes again
/// only later.</param>
public readonly record struct ProcessStat(char State, int Session, int Threads, long StartTicks)
{
    /// <summary>USER_HZ, the same on every machine.</summary>
    private const long TicksPerSecond = 100;

    private const int LongestStat = 1024;

    /// <summary>The length of a tick.</summary>
    public const long NsPerTick = 1_000_000_000 / TicksPerSecond;

    /// <summary>The earliest time at which it may have been made, on the clock of <see cref="ProcessClock.NowNs"/>.</summary>
    public long StartedAtNs => StartTicks * NsPerTick;

    /// <summary>Whether it is a zombie; the first thread of a process may be one while others run.</summary>
    public bool HasEnded => State is 'Z' or 'X' && Threads <= 1;

    /// <summary>Whether it is stopped by a signal or by a tracer.</summary>
    public bool IsStopped => State is 'T' or 't';

    /// <summary>Null when there is no such process.</summary>
    public static ProcessStat? Of(int pid)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/stat", stackalloc char[LongestStat]);

        // Behind the name, which may hold anything: state is field 3, session 6, num_threads 20, starttime 22.
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
