using System.Globalization;
using System.Runtime.InteropServices;

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
        ReadOnlySpan<char> pids = FieldOf(text, "\nNSpid:\t");
        return pids.EndsWith("\t1")
            && MaskOf(text, "\nSigBlk:\t") is { } blocked
            && MaskOf(text, "\nSigCgt:\t") is { } caught
            && ((blocked | caught) >> (signal - 1) & 1) == 0;
    }

    /// <summary>Whether a process can gain no privileges and has a filter of system calls; null when it has ended.</summary>
    public static bool? IsConfined(int pid)
    {
        const int Filter = 2; // SECCOMP_MODE_FILTER
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/status", stackalloc char[StatusWithin]);
        return text.IsEmpty ? null : NumberOf(text, "\nNoNewPrivs:\t") == 1 && NumberOf(text, "\nSeccomp:\t") == Filter;
    }

    /// <summary>Whether a process is another one, or descends from it.</summary>
    /// <returns>
    /// Null when one on the way up has ended, so that its children have another parent by now; or for a chain of thousands, which may be a
    /// circle, since it is read while it changes.
    /// </returns>
    public static bool? IsInTree(int root, int pid)
    {
        const int Deepest = 1000;
        Span<char> buffer = stackalloc char[UserLineWithin];
        for (int depth = 0; depth < Deepest; depth++)
        {
            if (pid == root || pid <= 1)
            {
                return pid == root;
            }

            if (NumberOf(ProcFile.Read($"/proc/{pid}/status", buffer), "\nPPid:\t") is not { } parent)
            {
                return null;
            }

            pid = parent;
        }

        return null;
    }

    /// <summary>The real, effective and saved uid of a process; empty when they cannot be read.</summary>
    public static uint[] UsersOf(int pid)
    {
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/status", stackalloc char[UserLineWithin]);
        ReadOnlySpan<char> ids = FieldOf(text, "\nUid:\t");
        Span<Range> fields = stackalloc Range[4];
        return ids.Split(fields, '\t') == 4
            && uint.TryParse(ids[fields[0]], CultureInfo.InvariantCulture, out uint real)
            && uint.TryParse(ids[fields[1]], CultureInfo.InvariantCulture, out uint effective)
            && uint.TryParse(ids[fields[2]], CultureInfo.InvariantCulture, out uint saved)
            ? [real, effective, saved]
            : [];
    }

    /// <summary>Whom any process runs as, by its real, effective or saved uid.</summary>
    /// <exception cref="IOException">It is not known of all, for want of descriptors or memory.</exception>
    public static HashSet<uint> UsersOfAll()
    {
        var users = new HashSet<uint>();
        foreach (int pid in PidsIn(Directory.GetDirectories("/proc")))
        {
            uint[] ids = UsersOf(pid);
            if (ids.Length == 0 && Marshal.GetLastPInvokeError() is var errno && Errno.IsShortage(errno)) // of open(2)
            {
                throw new IOException(Errno.Describe(errno));
            }

            users.UnionWith(ids);
        }

        return users;
    }

    /// <summary>As whom a process meets files, and its effective capabilities; null when they cannot be read.</summary>
    public static (Credentials User, CapabilitySet Capabilities)? IdentityOf(int pid)
    {
        const int FileSystem = 3; // of real, effective, saved and file system ids
        ReadOnlySpan<char> text = ProcFile.Read($"/proc/{pid}/status", stackalloc char[StatusWithin]);
        string[] users = FieldOf(text, "\nUid:\t").ToString().Split('\t'), groups = FieldOf(text, "\nGid:\t").ToString().Split('\t');
        return users.Length > FileSystem && groups.Length > FileSystem && MaskOf(text, "\nCapEff:\t") is { } capabilities
            ? (new Credentials(
                Number(users[FileSystem]),
                Number(groups[FileSystem]),
                [.. FieldOf(text, "\nGroups:\t").ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number)]),
                new CapabilitySet(capabilities))
            : null;

        static uint Number(string field) => uint.Parse(field, CultureInfo.InvariantCulture);
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
    public static List<int> All() => PidsIn(DirectoriesIn("/proc"));

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

    private static List<int> PidsIn(string[] directories)
    {
        var pids = new List<int>();
        foreach (string directory in directories)
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                pids.Add(pid);
            }
        }

        return pids;
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

    private static ulong? MaskOf(ReadOnlySpan<char> status, string line) =>
        ulong.TryParse(FieldOf(status, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask) ? mask : null;

    private static int? NumberOf(ReadOnlySpan<char> status, string line) =>
        int.TryParse(FieldOf(status, line), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>What a line of /proc/PID/status has after its name; empty without such a line.</summary>
    /// <param name="line">How it begins, with the end of the line before: the kernel escapes a newline in the name of the program.</param>
    private static ReadOnlySpan<char> FieldOf(ReadOnlySpan<char> status, string line)
    {
        int at = status.IndexOf(line);
        ReadOnlySpan<char> field = at < 0 ? [] : status[(at + line.Length)..];
        return field.IndexOf('\n') is >= 0 and int end ? field[..end] : [];
    }
}
