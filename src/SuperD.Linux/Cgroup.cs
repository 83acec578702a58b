using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A directory of the cgroup v2 tree, and the groups right below it by their names; see cgroups(7).</summary>
public sealed class Cgroup : IDisposable
{
    private readonly Fd _directory;

    private Cgroup(string path, Fd directory)
    {
        Path = path;
        _directory = directory;
    }

    /// <summary>Where it is mounted: <c>/sys/fs/cgroup/superd</c>.</summary>
    public string Path { get; }

    /// <summary>The group this process is in, under a cgroup2 mount (alone or beside v1); null when there is none to be seen.</summary>
    public static string? FindOwn()
    {
        string[] groups = KernelFile.ReadLines("/proc/self/cgroup");
        string? own = groups.FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
        foreach (string line in KernelFile.ReadLines("/proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /mount/point options... - cgroup2 source options; see proc(5). Without a namespace of its own, a
            // container has only the part below /root mounted.
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-");
            if (separator < 5 || fields[separator + 1] != "cgroup2")
            {
                continue;
            }

            string root = fields[3].TrimEnd('/');
            if (own is not null && (own == root || own.StartsWith(root + '/', StringComparison.Ordinal)))
            {
                return (fields[4] + own[root.Length..]).TrimEnd('/');
            }
        }

        return null;
    }

    /// <summary>Whether this user may make groups in a group, and move processes out of it.</summary>
    public static bool MayCreateIn(string path) =>
        LibC.faccessat(LibC.AT_FDCWD, path, LibC.W_OK, LibC.AT_EACCESS) == 0 && LibC.faccessat(LibC.AT_FDCWD, path + "/cgroup.procs", LibC.W_OK, LibC.AT_EACCESS) == 0;

    /// <summary>Opens a group by its path. ENOENT, EACCES ...</summary>
    public static SysResult Open(string path, out Cgroup? group)
    {
        int fd = LibC.open(path, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        group = fd >= 0 ? new Cgroup(path, new Fd(fd)) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>The open directory: who has it has the mark of <see cref="TryLock"/>.</summary>
    public Fd Directory => _directory;

    /// <summary>A group that was opened in an earlier image of this process, its mark included.</summary>
    public static Cgroup OfOpen(string path, Fd directory) => new(path, directory);

    /// <summary>Marks it as in use, as long as this object lives; EAGAIN when another process has marked it.</summary>
    public SysResult TryLock() => Result(LibC.flock(_directory.Value, LibC.LOCK_EX | LibC.LOCK_NB));

    /// <summary>Makes a group below. EEXIST, EACCES, EROFS ...</summary>
    public SysResult Create(string name) => Result(LibC.mkdirat(_directory.Value, name, 0b111_101_101));

    /// <summary>Removes a group below. EBUSY while there are processes in it, or groups below it.</summary>
    public SysResult Remove(string name) => Result(LibC.unlinkat(_directory.Value, name, LibC.AT_REMOVEDIR));

    /// <summary>A descriptor of a group below, to launch into; the group is made if it is not there. Any thread.</summary>
    public SysResult CreateAndOpen(string name, out Fd? directory)
    {
        SysResult result = OpenDirectory(name, out directory);
        if (result.Errno != Errno.ENOENT)
        {
            return result;
        }

        result = Create(name);
        return result.IsError && result.Errno != Errno.EEXIST ? result : OpenDirectory(name, out directory);
    }

    private SysResult OpenDirectory(string name, out Fd? directory)
    {
        int fd = LibC.openat(_directory.Value, name, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        directory = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>The names of the groups below.</summary>
    public string[] Names()
    {
        try
        {
            return [.. System.IO.Directory.EnumerateDirectories(Path).Select(path => System.IO.Path.GetFileName(path))];
        }
        catch (IOException)
        {
            return []; // removed meanwhile
        }
    }

    /// <summary>What a group below is; nothing when there is no such group.</summary>
    internal CgroupState State(string name)
    {
        using Fd? events = OpenEvents(name);
        return events is null ? CgroupState.None : State(events);
    }

    /// <summary>Makes the processes of a group below go on, if it is frozen itself.</summary>
    public SysResult Thaw(string name) => Write(name + "/cgroup.freeze", "0"u8);

    /// <summary>Makes the processes of this group go on, if it is frozen itself.</summary>
    public SysResult Thaw() => Write("cgroup.freeze", "0"u8);

    /// <summary>The file of a group below that says what it is; null when there is no such group, or no descriptor for it.</summary>
    internal Fd? OpenEvents(string name)
    {
        int fd = LibC.openat(_directory.Value, name + "/cgroup.events", LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        return fd >= 0 ? new Fd(fd) : null;
    }

    /// <summary>Reads what that file says.</summary>
    internal static CgroupState State(Fd events)
    {
        Span<byte> text = stackalloc byte[64];
        text = text[..Math.Max(0, events.ReadAt(0, text).Value)];
        CgroupState populated = text.IndexOf("populated 1"u8) >= 0 ? CgroupState.Populated : CgroupState.None;
        return populated | (text.IndexOf("frozen 1"u8) >= 0 ? CgroupState.Frozen : CgroupState.None);
    }

    /// <summary>The processes in a group below; those in groups they made below it themselves are not among them.</summary>
    public IReadOnlyList<int> Processes(string name)
    {
        var processes = new List<int>();
        foreach (string line in KernelFile.ReadLines($"{Path}/{name}/cgroup.procs"))
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid != 0)
            {
                processes.Add(pid);
            }
        }

        return processes;
    }

    /// <summary>Signals every process in a group below; KILL at once and below that too, so that none can fork away from it (Linux 5.14).</summary>
    /// <returns>How many processes were there.</returns>
    public int Signal(string name, int signal)
    {
        IReadOnlyList<int> processes = Processes(name);
        if (signal != Linux.Signal.SIGKILL || Kill(name).IsError)
        {
            foreach (int pid in processes)
            {
                _ = LibC.kill(pid, signal);
            }
        }

        return processes.Count;
    }

    public void Dispose() => _directory.Dispose();

    private SysResult Kill(string name) => Write(name + "/cgroup.kill", "1"u8);

    private SysResult Write(string path, ReadOnlySpan<byte> text)
    {
        int fd = LibC.openat(_directory.Value, path, LibC.O_WRONLY | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        using var file = new Fd(fd);
        return file.Write(text);
    }

    private static SysResult Result(int result) => result >= 0 ? SysResult.Ok(result) : SysResult.Error(Marshal.GetLastPInvokeError());
}
