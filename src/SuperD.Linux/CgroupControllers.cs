namespace SuperD.Linux;

/// <summary>The controllers of cgroup v2 that superd's limits need; see cgroups(7).</summary>
[Flags]
public enum CgroupControllers
{
    None = 0,
    Memory = 1,
    Pids = 2,
    Cpu = 4,
    Io = 8,
}

/// <summary>The kernel's names of controllers.</summary>
public static class CgroupControllerNames
{
    private static readonly (CgroupControllers Controller, string Name)[] s_names =
    [
        (CgroupControllers.Memory, "memory"),
        (CgroupControllers.Pids, "pids"),
        (CgroupControllers.Cpu, "cpu"),
        (CgroupControllers.Io, "io"),
    ];

    /// <summary>The name of each: <c>memory</c>, <c>pids</c>.</summary>
    public static IEnumerable<string> Names(this CgroupControllers controllers) =>
        s_names.Where(one => controllers.HasFlag(one.Controller)).Select(one => one.Name);

    /// <summary>Those that a list of names separated by blanks has; others are left out.</summary>
    public static CgroupControllers Parse(string names)
    {
        string[] words = names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return s_names.Where(one => words.Contains(one.Name)).Aggregate(CgroupControllers.None, (all, one) => all | one.Controller);
    }
}
