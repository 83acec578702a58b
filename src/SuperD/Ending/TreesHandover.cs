namespace SuperD.Ending;

/// <summary>How superd finds a handler's processes, handed over to the next version, which uses the same means.</summary>
internal sealed record TreesHandover
{
    /// <summary>Not null if superd uses cgroups.</summary>
    public CgroupsHandover? Cgroups { get; init; }

    /// <summary>True if superd uses a child subreaper and no cgroups.</summary>
    public bool IsSubreaper { get; init; }

    /// <summary>Set by versions that did not hand over strangers: finished connections whose processes live on.</summary>
    public long[] Kept { get; init; } = [];

    /// <summary>Processes whose parent has exited, now superd's children; see <see cref="Descendants"/>.</summary>
    public StrangerHandover[] Strangers { get; init; } = [];

    /// <summary>True if superd uses cgroups and is a child subreaper too.</summary>
    public bool HasDescendants { get; init; }
}

/// <summary>A process whose parent has exited.</summary>
/// <param name="StartTicks">See <see cref="Linux.ProcessStat.StartTicks"/>.</param>
/// <param name="Owners">The connections whose handlers may have made it.</param>
internal sealed record StrangerHandover(int Pid, long StartTicks, OwnerHandover[] Owners);

/// <summary>One of those connections; see <see cref="ProcessOwner"/>.</summary>
internal sealed record OwnerHandover(long Connection, bool Keeps, bool IsOver, TimeSpan StopGrace, uint? User = null);

/// <summary>superd's cgroups; see <see cref="CgroupTrees"/>.</summary>
/// <param name="Parent">The path of the cgroup superd runs in.</param>
/// <param name="Name">superd's own directory in it.</param>
/// <param name="Directory">The open directory, which carries its lock.</param>
/// <param name="Count">How many cgroup names have been used.</param>
/// <param name="Free">The free cgroups.</param>
/// <param name="Killed">Cgroups in use that have received KILL.</param>
internal sealed record CgroupsHandover(string Parent, string Name, int Directory, int Count, string[] Free, string[] Killed)
{
    /// <summary>The groups of services with limits; null if there are none.</summary>
    public LimitGroupsHandover? Limits { get; init; }
}

/// <summary>The groups of services with limits; see <see cref="LimitGroups"/>.</summary>
/// <param name="Directory">Their open directory, which carries its lock.</param>
/// <param name="EnabledInHome">The controllers that superd has enabled in the group above it, and disables at its end.</param>
/// <param name="Groups">The group of each service, and how many names of groups in it have been used.</param>
internal sealed record LimitGroupsHandover(int Directory, string[] EnabledInHome, Dictionary<string, int> Groups);
