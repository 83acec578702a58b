using System.Globalization;

namespace SuperD.Tests.Support;

/// <summary>Process information from /proc.</summary>
internal static class ProcFs
{
    /// <summary>A field of /proc/PID/status: <c>Status(pid, "SigIgn")</c>.</summary>
    public static string Status(int pid, string field) =>
        File.ReadLines($"/proc/{pid}/status")
            .First(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..]
            .Trim();

    /// <summary>The open descriptors: number and link target (<c>socket:[123]</c>, <c>/dev/null</c>).</summary>
    public static SortedDictionary<int, string> Descriptors(int pid) => new(
        Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
            .ToDictionary(
                path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture),
                path => new FileInfo(path).LinkTarget ?? string.Empty));

    /// <summary>How many descriptors are open, without the assemblies that the runtime opens on demand.</summary>
    public static int CountDescriptors(int pid) => Descriptors(pid).Values.Count(what =>
        // also without the lists of children that superd opens on demand
        !what.EndsWith(".dll", StringComparison.Ordinal) && !what.EndsWith("/children", StringComparison.Ordinal));

    /// <summary>How many sockets are open.</summary>
    public static int CountSockets(int pid) => Descriptors(pid).Values.Count(what => what.StartsWith("socket:", StringComparison.Ordinal));

    /// <summary>The O_ flags of an open descriptor, including O_CLOEXEC.</summary>
    public static int DescriptorFlags(int pid, int fd)
    {
        string flags = File.ReadLines($"/proc/{pid}/fdinfo/{fd}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return Convert.ToInt32(flags["flags:".Length..].Trim(), 8);
    }

    /// <summary>Soft and hard value of a line of /proc/PID/limits: <c>Limit(pid, "Max open files")</c>.</summary>
    public static (string Soft, string Hard) Limit(int pid, string name)
    {
        string line = File.ReadLines($"/proc/{pid}/limits").First(line => line.StartsWith(name, StringComparison.Ordinal));
        string[] values = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (values[0], values[1]);
    }

    /// <summary>A field of /proc/PID/stat by its number in proc(5), 3 (state) and up.</summary>
    public static string Stat(int pid, int field) => Stat($"/proc/{pid}", field);

    /// <summary>The states of all threads, as in proc(5): <c>S</c> sleeps, <c>T</c> is stopped.</summary>
    public static string[] States(int pid) => [.. Directory.GetDirectories($"/proc/{pid}/task").Select(thread => Stat(thread, 3))];

    private static string Stat(string folder, int field)
    {
        string text = File.ReadAllText($"{folder}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ')[field - 3];
    }

    public static int ProcessGroup(int pid) => int.Parse(Stat(pid, 5), CultureInfo.InvariantCulture);

    public static int Session(int pid) => int.Parse(Stat(pid, 6), CultureInfo.InvariantCulture);

    /// <summary>The number of the controlling terminal; 0 without one.</summary>
    public static int Terminal(int pid) => int.Parse(Stat(pid, 7), CultureInfo.InvariantCulture);

    /// <summary>The signals in a set of /proc/PID/status: <c>Signals(pid, "SigIgn")</c>.</summary>
    public static int[] Signals(int pid, string field)
    {
        ulong set = ulong.Parse(Status(pid, field), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(1, 64).Where(signal => (set >> (signal - 1) & 1) != 0)];
    }

    /// <summary>The target of one of a process's links: cwd, root, exe.</summary>
    public static string Link(int pid, string name) => new FileInfo($"/proc/{pid}/{name}").LinkTarget ?? string.Empty;

    /// <summary>Processor time used so far, in user and kernel mode, in steps of 10 ms.</summary>
    public static TimeSpan ProcessorTime(int pid)
    {
        const int ticksPerSecond = 100; // USER_HZ, the same on every architecture
        long ticks = long.Parse(Stat(pid, 14), CultureInfo.InvariantCulture) + long.Parse(Stat(pid, 15), CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds((double)ticks / ticksPerSecond);
    }

    /// <summary>The environment at the process's start.</summary>
    public static Dictionary<string, string> Environment(int pid) =>
        File.ReadAllText($"/proc/{pid}/environ")
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Its argv.</summary>
    public static string[] Arguments(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Split('\0')[..^1];

    /// <summary>The pids of a process's children, including zombies.</summary>
    public static int[] Children(int pid) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)) // filtered above
            .Where(child => ParentOf(child) == pid)];

    /// <summary>A process and all its descendants.</summary>
    public static IEnumerable<int> Tree(int pid) => Children(pid).SelectMany(Tree).Prepend(pid);

    /// <summary>The threads of a process with this name.</summary>
    public static int[] Threads(int pid, string name) =>
        [.. Directory.EnumerateDirectories($"/proc/{pid}/task")
            .Where(task => File.ReadAllText($"{task}/comm").TrimEnd() == name)
            .Select(task => int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture))];

    /// <summary>How often a thread has blocked and woken up again.</summary>
    public static long Wakes(int pid, int thread)
    {
        const string field = "voluntary_ctxt_switches:";
        string line = File.ReadLines($"/proc/{pid}/task/{thread}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the process exists; a zombie does.</summary>
    public static bool Exists(int pid) => Directory.Exists($"/proc/{pid}");

    /// <summary>Whether the process exists and has not exited; a zombie has.</summary>
    public static bool IsRunning(int pid)
    {
        try
        {
            return Stat(pid, 3) != "Z";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Waits until all threads of a process sleep most of the time; a spinning thread never does, however slow the machine.
    /// </summary>
    public static void WaitUntilAtRest(int pid)
    {
        const int samples = 30;
        Patience.Until(() => Enumerable.Range(0, samples).Count(_ => IsAsleep(pid)) > samples / 2, $"process {pid} is at rest; it spins");
    }

    /// <summary>The current resident memory.</summary>
    public static long ResidentKiB(int pid) => long.Parse(Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture);

    private static bool IsAsleep(int pid)
    {
        Thread.Sleep(TimeSpan.FromMilliseconds(10));
        return Directory.EnumerateDirectories($"/proc/{pid}/task").All(task => IsGoneOr("S", task));
    }

    private static bool IsGoneOr(string state, string task)
    {
        try
        {
            return Stat(task, 3) == state;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static int ParentOf(int pid)
    {
        try
        {
            return int.Parse(Stat(pid, 4), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It exited in the meantime.
            return 0;
        }
    }
}
