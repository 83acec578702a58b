using System.Globalization;
using System.Runtime.InteropServices;
using SuperD.Linux;

namespace SuperD.Benchmarks;

/// <summary>Process information from /proc, and signals to processes that the benchmark started.</summary>
internal static partial class Processes
{
    public const int SIGHUP = 1, SIGKILL = 9, SIGUSR2 = 12, SIGTERM = 15;

    /// <summary>Processor time that the process itself has used, without its children.</summary>
    public static TimeSpan CpuTime(int pid)
    {
        const double ticksPerSecond = 100; // USER_HZ, the same on every architecture
        string[] fields = Stat(pid);
        return TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
    }

    /// <summary>Memory in KiB: resident, proportional (Pss), and the part that no file backs.</summary>
    public static (double Resident, double Proportional, double Anonymous) MemoryKiB(int pid)
    {
        Dictionary<string, double> sums = File.ReadLines($"/proc/{pid}/smaps_rollup").Skip(1)
            .Select(line => line.Split((char[])[' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(fields => fields[0], fields => Number(fields[1]));
        return (sums["Rss"], sums["Pss"], sums["Anonymous"]);
    }

    /// <summary>How long each thread of a process has been runnable but not running in its life; empty when the process is gone.</summary>
    public static Dictionary<int, TimeSpan> WaitedForProcessor(int pid)
    {
        var waited = new Dictionary<int, TimeSpan>();
        try
        {
            foreach (string task in Directory.GetDirectories($"/proc/{pid}/task"))
            {
                waited[(int)Number(Path.GetFileName(task))] = TimeSpan.FromMicroseconds(
                    Number(File.ReadAllText($"{task}/schedstat").Split(' ')[1]) / 1000);
            }
        }
        catch (IOException)
        {
            // A thread exited during the scan; the others suffice.
        }

        return waited;
    }

    /// <summary>Every process of this namespace.</summary>
    public static IEnumerable<int> All() => Directory.GetDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
        .Select(name => (int)Number(name!)); // filtered above

    /// <summary>How many descriptors a process has open.</summary>
    public static int Descriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    /// <summary>The pids of a process's children, including zombies.</summary>
    public static int[] Children(int pid)
    {
        if (!Directory.Exists($"/proc/{pid}/task"))
        {
            return [];
        }

        // The kernel lists children per thread, under the thread that started them.
        var children = new List<int>();
        foreach (string thread in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            try
            {
                children.AddRange(
                    File.ReadAllText($"{thread}/children")
                        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        .Select(child => (int)Number(child)));
            }
            catch (IOException)
            {
                // The thread has exited.
            }
        }

        return [.. children];
    }

    /// <summary>Whether a process has exited and was not reaped.</summary>
    public static bool IsZombie(int pid)
    {
        try
        {
            return Stat(pid)[0] == "Z";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Sends a signal to a process that this benchmark started.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    /// <summary>A descriptor that refers to this process even if its pid is reused; null when it is gone.</summary>
    public static Fd? OpenPidfd(int pid)
    {
        const nint pidfd_open = 434;
        nint descriptor = SystemCall(pidfd_open, pid, 0);
        return descriptor < 0 ? null : new Fd((int)descriptor);
    }

    /// <summary>The processes whose executable is in a folder: handlers and tools of this run, whatever their parent.</summary>
    public static int[] Under(string folder) =>
        [.. All().Where(pid => ExecutableOf(pid).StartsWith(folder + "/", StringComparison.Ordinal))];

    /// <summary>Kills the processes that still run from a folder and returns how many there were.</summary>
    public static int EndAllUnder(string folder)
    {
        int[] left = Under(folder);
        foreach (int pid in left)
        {
            Signal(pid, SIGKILL);
        }

        return left.Length;
    }

    /// <summary>The path of a process's executable; empty when the process has ended.</summary>
    public static string ExecutableOf(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/exe").LinkTarget ?? string.Empty;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    /// <summary>The fields of /proc/PID/stat from the third on; the second, the name, may contain anything.</summary>
    private static string[] Stat(int pid)
    {
        string text = File.ReadAllText($"/proc/{pid}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
