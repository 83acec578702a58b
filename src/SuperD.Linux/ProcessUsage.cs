using System.Globalization;

namespace SuperD.Linux;

/// <summary>The resource usage of a running process, from /proc/PID/stat; see proc_pid_stat(5).</summary>
/// <param name="CpuTime">User and system time, its own and that of children it has waited for, in steps of 10 ms.</param>
/// <param name="ResidentKiB">Its resident memory.</param>
public readonly record struct ProcessUsage(TimeSpan CpuTime, long ResidentKiB)
{
    // USER_HZ, the same on every machine.
    private const int TicksPerSecond = 100;

    private static readonly long s_pageKiB = Environment.SystemPageSize / 1024;

    /// <summary>Reads the usage; null when the process has exited or is hidden.</summary>
    public static ProcessUsage? Of(int pid)
    {
        if (KernelFile.ReadText($"/proc/{pid}/stat") is not { } stat)
        {
            return null;
        }

        // After the name, which may contain anything: state is field 3, utime to cstime are 14 to 17, rss is 24.
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= 21)
        {
            return null;
        }

        long ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
        return new ProcessUsage(TimeSpan.FromSeconds((double)ticks / TicksPerSecond), Number(fields[21]) * s_pageKiB);
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
