using System.Globalization;

namespace SuperD.Linux;

/// <summary>The descendants of a process and the users they run as, from /proc; see proc_pid_task(5).</summary>
public static class ProcessTable
{
    private const int UserLineWithin = 1024;
    private const int StatusWithin = 4096;

    /// <summary>The file that lists the children of a process's first thread; needs a kernel with CONFIG_PROC_CHILDREN.</summary>
    public static string ChildrenFile(int pid) => $"/proc/{pid}/task/{pid}/children";

    /// <summary>Adds the children of all threads of a process, including zombies.</summary>
    public static void AddChildren(int pid, int threads, List<int> children)
    {
        if (threads <= 1)
        {
            ProcFile.AddNumbers(ChildrenFile(pid), children);
            return;
        }

        try
        {
            foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                ProcFile.AddNumbers($"{task}/children", children);
            }
        }
        catch (IOException)
        {
            // The process has exited.
        }
    }

    /// <summary>Whether a process is pid 1 of a pid namespace, and the kernel drops this signal because it does nothing about it.</summary>
    /// <remarks>See pid_namespaces(7). A signal that is blocked waits, for sigwait(3) or signalfd(2).</remarks>
    /// <returns>Also false when /proc does not tell.</returns>
    public static bool IgnoresAsFirst(int pid, int signal)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/status", stackalloc char[StatusWithin]);
        ReadOnlySpan<char> pids = FieldOf(text, "NSpid");
        return pids.EndsWith("\t1")
            && MaskOf(text, "SigBlk") is { } blocked
            && MaskOf(text, "SigCgt") is { } caught
            && ((blocked | caught) >> (signal - 1) & 1) == 0;
    }

    /// <summary>The real, effective and saved uid of a process; empty when they cannot be read.</summary>
    public static uint[] UsersOf(int pid)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/status", stackalloc char[UserLineWithin]);
        int line = text.IndexOf("\nUid:\t"); // the kernel escapes a newline in the name
        if (line < 0)
        {
            return [];
        }

        ReadOnlySpan<char> ids = text[(line + "\nUid:\t".Length)..];
        Span<Range> fields = stackalloc Range[4];
        return ids.Split(fields, '\t') == 4
            && uint.TryParse(ids[fields[0]], CultureInfo.InvariantCulture, out uint real)
            && uint.TryParse(ids[fields[1]], CultureInfo.InvariantCulture, out uint effective)
            && uint.TryParse(ids[fields[2]], CultureInfo.InvariantCulture, out uint saved)
            ? [real, effective, saved]
            : [];
    }

    /// <summary>The processes of a session, without zombies.</summary>
    public static List<int> OfSession(int session) =>
        All().FindAll(pid => ProcessStat.Of(pid) is { HasEnded: false } stat && stat.Session == session);

    /// <summary>The socket or pipe behind a descriptor of this process, <c>socket:[123]</c>; null for anything else.</summary>
    public static string? StreamAt(int descriptor)
    {
        string? link = LinkOf($"/proc/self/fd/{descriptor}");
        bool isStream = link.AsSpan().StartsWith("socket:") || link.AsSpan().StartsWith("pipe:");
        return isStream ? link : null;
    }

    /// <summary>The other processes that sleep in a system call on this socket or pipe, as far as this user may inspect them.</summary>
    public static List<int> SleepingOn(string stream) =>
        All().FindAll(pid => pid != Environment.ProcessId && DirectoriesIn($"/proc/{pid}/task").Any(thread =>
            SleepingCall.Of(thread) is { Descriptor: >= 0 } call && LinkOf($"{thread}/fd/{call.Descriptor}") == stream));

    /// <summary>Which processes have these sockets open, ascending, as far as this user may inspect them. Takes its time.</summary>
    /// <param name="inodes">The numbers in <c>socket:[N]</c>.</param>
    public static Dictionary<uint, List<int>> HoldersOf(IReadOnlySet<uint> inodes)
    {
        var holders = new Dictionary<uint, List<int>>();
        foreach (int pid in All().Order())
        {
            foreach (string descriptor in FilesIn($"/proc/{pid}/fd"))
            {
                if (LinkOf(descriptor) is { } link && link.StartsWith("socket:[", StringComparison.Ordinal)
                    && uint.TryParse(link.AsSpan("socket:[".Length).TrimEnd(']'), CultureInfo.InvariantCulture, out uint inode)
                    && inodes.Contains(inode))
                {
                    List<int> processes = holders.TryGetValue(inode, out List<int>? known) ? known : holders[inode] = [];
                    if (!processes.Contains(pid))
                    {
                        processes.Add(pid);
                    }
                }
            }
        }

        return holders;
    }

    /// <summary>The name of a process's program, at most 15 characters; null when it is gone.</summary>
    public static string? NameOf(int pid)
    {
        ReadOnlySpan<char> name = ProcFile.Read($"/proc/{pid}/comm", stackalloc char[UserLineWithin]).TrimEnd('\n');
        return name.IsEmpty ? null : name.ToString();
    }

    /// <summary>The path of a process's executable; null if it is gone or this user may not inspect it.</summary>
    public static string? ProgramOf(int pid)
    {
        const string removed = " (deleted)";
        string? path = LinkOf($"/proc/{pid}/exe");
        return path?.EndsWith(removed, StringComparison.Ordinal) == true ? path[..^removed.Length] : path;
    }

    /// <summary>The working directory of a process; null if it is gone or this user may not inspect it.</summary>
    public static string? DirectoryOf(int pid) => LinkOf($"/proc/{pid}/cwd");

    /// <summary>The pids of all processes that /proc shows.</summary>
    public static List<int> All()
    {
        var all = new List<int>();
        foreach (string directory in DirectoriesIn("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                all.Add(pid);
            }
        }

        return all;
    }

    private static string[] DirectoriesIn(string path)
    {
        try
        {
            return Directory.GetDirectories(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // the process has exited or is hidden, or no descriptor is free
        }
    }

    private static string[] FilesIn(string path)
    {
        try
        {
            return Directory.GetFileSystemEntries(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // the process has exited or is another user's
        }
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ulong? MaskOf(ReadOnlySpan<char> status, string name) =>
        ulong.TryParse(FieldOf(status, name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask) ? mask : null;

    /// <summary>What a line of /proc/PID/status has after its name; empty without such a line.</summary>
    private static ReadOnlySpan<char> FieldOf(ReadOnlySpan<char> status, string name)
    {
        int line = status.IndexOf($"\n{name}:\t"); // the kernel escapes a newline in the name of the program
        if (line < 0)
        {
            return [];
        }

        ReadOnlySpan<char> field = status[(line + name.Length + 3)..];
        return field.IndexOf('\n') is >= 0 and int end ? field[..end] : [];
    }
}
