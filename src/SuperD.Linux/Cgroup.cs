using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A directory of the cgroup v2 tree; it reaches the groups directly below it by name. See cgroups(7).</summary>
public sealed class Cgroup : IDisposable
{
    private readonly Fd _directory;

    private Cgroup(string path, Fd directory)
    {
        Path = path;
        _directory = directory;
    }

    /// <summary>The path of the directory: <c>/sys/fs/cgroup/superd</c>.</summary>
    public string Path { get; }

    /// <summary>The path of this process's own group under a cgroup2 mount, alone or beside v1; null when none is visible.</summary>
    public static string? FindOwn() => FindOf(Environment.ProcessId);

    /// <summary>The path of a process's group, see <see cref="FindOwn"/>.</summary>
    public static string? FindOf(int pid)
    {
        string[] groups = KernelFile.ReadLines($"/proc/{pid}/cgroup");
        string? own = groups.FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
        foreach (string line in KernelFile.ReadLines("/proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /mount/point options... - cgroup2 source options; see proc(5). A container that shares the host's
            // cgroup namespace sees only the part of the tree below /root.
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

    /// <summary>Whether this user may create groups below a group and move processes out of it.</summary>
    public static bool MayCreateIn(string path) =>
        LibC.faccessat(LibC.AT_FDCWD, path, LibC.W_OK, LibC.AT_EACCESS) == 0
        && LibC.faccessat(LibC.AT_FDCWD, path + "/cgroup.procs", LibC.W_OK, LibC.AT_EACCESS) == 0;

    /// <summary>Opens a group by its path. 0, or ENOENT, EACCES ...</summary>
    public static SysResult Open(string path, out Cgroup? group)
    {
        int fd = LibC.open(path, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        group = fd >= 0 ? new Cgroup(path, new Fd(fd)) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>The open directory. It carries the lock of <see cref="TryLock"/>.</summary>
    public Fd Directory => _directory;

    /// <summary>Wraps a group that an earlier image of this process opened; the lock stays with the descriptor.</summary>
    public static Cgroup OfOpen(string path, Fd directory) => new(path, directory);

    /// <summary>Locks the group for as long as this object lives; EAGAIN when another process holds the lock.</summary>
    public SysResult TryLock() => Result(LibC.flock(_directory.Value, LibC.LOCK_EX | LibC.LOCK_NB));

    /// <summary>Creates a child group. EEXIST, EACCES, EROFS ...</summary>
    public SysResult Create(string name) => Result(LibC.mkdirat(_directory.Value, name, 0b111_101_101));

    /// <summary>Removes a child group. EBUSY while it holds processes or groups.</summary>
    public SysResult Remove(string name) => Result(LibC.unlinkat(_directory.Value, name, LibC.AT_REMOVEDIR));

    /// <summary>Opens a child group to launch into and creates it if it does not exist. Any thread.</summary>
    public SysResult CreateAndOpen(string name, out Fd? directory) => CreateAndOpen(name, [], out directory);

    /// <summary>Opens a child group to launch into; if it does not exist, creates it with these settings. Any thread.</summary>
    public SysResult CreateAndOpen(string name, IReadOnlyList<CgroupSetting> settings, out Fd? directory)
    {
        SysResult result = OpenDirectory(name, out directory);
        if (result.Errno != Errno.ENOENT)
        {
            return result;
        }

        result = Create(name);
        if (result.IsError && result.Errno != Errno.EEXIST)
        {
            return result;
        }

        result = Set(name, settings);
        if (result.IsError)
        {
            _ = Remove(name); // nothing is ever launched into a group without its limits
            return result;
        }

        return OpenDirectory(name, out directory);
    }

    /// <summary>Writes settings of a child group, up to the first that fails.</summary>
    /// <remarks>
    /// In a group without processes it takes the kernel next to no time. A lower limit of memory for a group in use frees memory first, and
    /// may take long: then not on the loop.
    /// </remarks>
    public SysResult Set(string name, IReadOnlyList<CgroupSetting> settings)
    {
        foreach (CgroupSetting setting in settings)
        {
            SysResult result = Write($"{name}/{setting.File}", setting.Text);
            if (result.IsError && result.Errno != setting.Tolerated)
            {
                return result;
            }
        }

        return SysResult.Ok();
    }

    /// <summary>Lets groups below this one have controllers. EBUSY while it holds processes; ENOENT for one it has not itself.</summary>
    public SysResult Enable(CgroupControllers controllers) => Switch("cgroup.subtree_control", '+', controllers);

    /// <summary>As the other, for a child group.</summary>
    public SysResult EnableIn(string name, CgroupControllers controllers) =>
        Switch($"{name}/cgroup.subtree_control", '+', controllers);

    /// <summary>Undoes <see cref="Enable"/>. EBUSY while a group below has enabled them for its own.</summary>
    public SysResult Disable(CgroupControllers controllers) => Switch("cgroup.subtree_control", '-', controllers);

    /// <summary>The controllers that groups below this one have.</summary>
    public CgroupControllers Enabled => CgroupControllerNames.Parse(KernelFile.ReadText(Path + "/cgroup.subtree_control") ?? "");

    private SysResult OpenDirectory(string name, out Fd? directory)
    {
        int fd = LibC.openat(_directory.Value, name, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        directory = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>The names of the child groups.</summary>
    public string[] Names()
    {
        try
        {
            return [.. System.IO.Directory.EnumerateDirectories(Path).Select(path => System.IO.Path.GetFileName(path))];
        }
        catch (IOException)
        {
            return []; // the group was removed in the meantime
        }
    }

    /// <summary>The groups below this one and those below them, the lower ones first: <c>a/0</c>, <c>a</c>.</summary>
    public IEnumerable<string> Tree()
    {
        foreach (string name in Names())
        {
            using Cgroup? child = Open($"{Path}/{name}", out Cgroup? opened).IsError ? null : opened;
            foreach (string lower in child?.Names() ?? [])
            {
                yield return $"{name}/{lower}";
            }

            yield return name;
        }
    }

    /// <summary>What the kernel has counted of a child group.</summary>
    public CgroupEvents Events(string name) => new(
        CgroupEvents.Find(KernelFile.ReadLines($"{Path}/{name}/memory.events"), "oom_kill"),
        CgroupEvents.Find(KernelFile.ReadLines($"{Path}/{name}/pids.events"), "max"));

    /// <summary>The memory that a child group uses, in bytes; null when it has no controller that counts it.</summary>
    public long? Memory(string name) =>
        KernelFile.ReadText($"{Path}/{name}/memory.current") is { } text && long.TryParse(text.TrimEnd(), out long bytes) ? bytes : null;

    /// <summary>The state of a child group; None when it does not exist.</summary>
    internal CgroupState State(string name)
    {
        using Fd? events = OpenEvents(name);
        return events is null ? CgroupState.None : State(events);
    }

    /// <summary>Thaws a child group. It stays frozen if a group above it is.</summary>
    public SysResult Thaw(string name) => Write(name + "/cgroup.freeze", "0"u8);

    /// <summary>Thaws this group. It stays frozen if a group above it is.</summary>
    public SysResult Thaw() => Write("cgroup.freeze", "0"u8);

    /// <summary>Opens the <c>cgroup.events</c> of a child group; null when the group does not exist or no descriptor is free.</summary>
    internal Fd? OpenEvents(string name)
    {
        int fd = LibC.openat(_directory.Value, name + "/cgroup.events", LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        return fd >= 0 ? new Fd(fd) : null;
    }

    /// <summary>Reads the state from an open <c>cgroup.events</c>.</summary>
    internal static CgroupState State(Fd events)
    {
        Span<byte> text = stackalloc byte[64];
        text = text[..Math.Max(0, events.ReadAt(0, text).Value)];
        CgroupState populated = text.IndexOf("populated 1"u8) >= 0 ? CgroupState.Populated : CgroupState.None;
        return populated | (text.IndexOf("frozen 1"u8) >= 0 ? CgroupState.Frozen : CgroupState.None);
    }

    /// <summary>The processes directly in a child group; those in the groups below it are left out.</summary>
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

    /// <summary>Signals every process directly in a child group.</summary>
    /// <remarks>KILL goes through <c>cgroup.kill</c> (Linux 5.14), which also reaches the groups below; fork cannot escape it.</remarks>
    /// <returns>The number of processes found directly in the group.</returns>
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

    internal SysResult Write(string path, string text) => Write(path, System.Text.Encoding.ASCII.GetBytes(text));

    /// <summary>One at a time, so that an error is about that one.</summary>
    private SysResult Switch(string path, char sign, CgroupControllers controllers)
    {
        foreach (string controller in controllers.Names())
        {
            SysResult result = Write(path, sign + controller);
            if (result.IsError)
            {
                return result;
            }
        }

        return SysResult.Ok();
    }

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
