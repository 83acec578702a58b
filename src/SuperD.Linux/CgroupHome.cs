using System.Globalization;

namespace SuperD.Linux;

/// <summary>The cgroup below which superd makes its own, and what it offers for limits.</summary>
/// <remarks>
/// It is the group that superd was started in. A group with processes cannot divide memory among the groups below it, so a superd with
/// limits moves to a group below, <see cref="Main"/>; systemd can start it there (DelegateSubgroup=).
/// </remarks>
public sealed record CgroupHome
{
    /// <summary>The name of the group below for superd itself.</summary>
    public const string Main = "main";

    /// <summary>The directory; null when no cgroup v2 is visible.</summary>
    public string? Path { get; init; }

    /// <summary>Whether this user may make groups in it and move processes out of it.</summary>
    public bool IsWritable { get; init; }

    /// <summary>The controllers that groups below it can have.</summary>
    public CgroupControllers Offered { get; init; }

    /// <summary>The controllers that cgroup v1 has, so that no cgroup v2 can.</summary>
    public CgroupControllers InVersion1 { get; init; }

    /// <summary>A process in the group that superd has not started; null if there is none.</summary>
    public (int Pid, string Name)? Stranger { get; init; }

    /// <summary>The home of this process. Reads /proc and the cgroup tree.</summary>
    public static CgroupHome Find() => Of(Environment.ProcessId);

    /// <summary>The home of a superd.</summary>
    public static CgroupHome Of(int superd)
    {
        if (FindPath(superd) is not { } path)
        {
            return new CgroupHome { InVersion1 = FindVersion1() };
        }

        int stranger = IsRoot(path) ? 0 : Processes(path).FirstOrDefault(pid => !IsOf(superd, pid));
        return new CgroupHome
        {
            Path = path,
            IsWritable = Cgroup.MayCreateIn(path),
            Offered = CgroupControllerNames.Parse(KernelFile.ReadText(path + "/cgroup.controllers") ?? ""),
            InVersion1 = FindVersion1(),
            Stranger = stranger == 0 ? null : (stranger, (KernelFile.ReadText($"/proc/{stranger}/comm") ?? "").TrimEnd('\n')),
        };
    }

    /// <summary>The directory alone.</summary>
    public static string? FindPath() => FindPath(Environment.ProcessId);

    private static string? FindPath(int superd)
    {
        string? own = Cgroup.FindOf(superd);
        return own is not null
            && System.IO.Path.GetFileName(own) == Main
            && System.IO.Path.GetDirectoryName(own) is { } above
            && Cgroup.MayCreateIn(above) ? above : own;
    }

    /// <summary>
    /// Lets groups below it have controllers. Moves superd, and what it has started, to <see cref="Main"/> if that is needed.
    /// </summary>
    /// <returns>0, or what prevents it: EBUSY for a process that superd has not started.</returns>
    public static SysResult Enable(Cgroup home, CgroupControllers controllers)
    {
        // pids and cpu could be enabled with processes inside, but then groups below could hold threads only.
        const int MostTries = 10; // a process may be made in the group while others are moved out
        for (int i = 0; i < MostTries && !IsRoot(home.Path) && Processes(home.Path).Any(); i++)
        {
            SysResult moved = MoveOut(home);
            if (moved.IsError)
            {
                return moved;
            }
        }

        return IsRoot(home.Path) || !Processes(home.Path).Any() ? home.Enable(controllers) : SysResult.Error(Errno.EBUSY);
    }

    private static SysResult MoveOut(Cgroup home)
    {
        SysResult result = home.Create(Main);
        if (result.IsError && result.Errno != Errno.EEXIST)
        {
            return result;
        }

        foreach (int pid in Processes(home.Path).Where(pid => IsOf(Environment.ProcessId, pid)))
        {
            result = home.Write(Main + "/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
            if (result.IsError && result.Errno != Errno.ESRCH)
            {
                return result;
            }
        }

        return SysResult.Ok();
    }

    /// <summary>The root of the machine's tree may have processes and divide resources too.</summary>
    private static bool IsRoot(string path) => !File.Exists(path + "/cgroup.type");

    private static IEnumerable<int> Processes(string path) => KernelFile.ReadLines(path + "/cgroup.procs")
        .Select(line => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid > 0);

    /// <summary>Whether a process is a superd, or descends from it.</summary>
    private static bool IsOf(int superd, int pid) => ProcessTable.IsInTree(superd, pid) == true;

    private static CgroupControllers FindVersion1()
    {
        // 5:memory:/user.slice; that of v2 has no names: 0::/user.slice
        IEnumerable<string> names = KernelFile.ReadLines("/proc/self/cgroup").Select(line => line.Split(':'))
            .Where(fields => fields.Length > 1).Select(fields => fields[1].Replace(',', ' ').Replace("blkio", "io"));
        return CgroupControllerNames.Parse(string.Join(' ', names));
    }
}
