using System.Globalization;

namespace SuperD.Linux;

/// <summary>What a living process has used so far and holds now: from /proc/PID/stat, see proc_pid_stat(5).</summary>
/// <param name="CpuTime">User and system time of it and of those of its children that it has waited for, in steps of 10 ms.</param>
/// <param name="ResidentKiB">Its resident memory.</param>
public readonly record struct ProcessUsage(TimeSpan CpuTime, long ResidentKiB)
{
    // USER_HZ, the same on every machine.
    private const int TicksPerSecond = 100;

    private static readonly long s_pageKiB = Environment.SystemPageSize / 1024;

    /// <summary>Null when the process has ended or is hidden.</summary>
    public static ProcessUsage? Of(int pid)
    {
        if (KernelFile.ReadText($"/proc/{pid}/stat") is not { } stat)
        {
            return null;
        }

        // Counted from behind the name, which may hold anything: state is field 3, utime to cstime are 14 to 17, rss is 24.
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 21
            ? new ProcessUsage(TimeSpan.FromSeconds((double)(Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) / TicksPerSecond), Number(fields[21]) * s_pageKiB)
            : null;
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
