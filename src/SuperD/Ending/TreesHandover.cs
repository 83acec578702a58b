namespace SuperD.Ending;

/// <summary>The means of finding a handler's processes, on its way to superd's next version, which uses the same.</summary>
internal sealed record TreesHandover
{
    /// <summary>Not null: cgroups.</summary>
    public CgroupsHandover? Cgroups { get; init; }

    /// <summary>True: child subreaper.</summary>
    public bool IsSubreaper { get; init; }

    /// <summary>From versions that did not hand over strangers: connections that are over and whose processes live on.</summary>
    public long[] Kept { get; init; } = [];

    /// <summary>Processes whose parent has ended, which are superd's children now; see <see cref="Descendants"/>.</summary>
    public StrangerHandover[] Strangers { get; init; } = [];

    /// <summary>True: cgroups, and child subreaper too.</summary>
    public bool HasDescendants { get; init; }
}

/// <summary>A process whose parent has ended.</summary>
/// <param name="StartTicks">See <see cref="Linux.ProcessStat.StartTicks"/>.</param>
/// <param name="Owners">Whose handlers may have made it.</param>
internal sealed record StrangerHandover(int Pid, long StartTicks, OwnerHandover[] Owners);

/// <summary>See <see cref="ProcessOwner"/>.</summary>
internal sealed record OwnerHandover(long Connection, bool Keeps, bool IsOver);

/// <summary>See <see cref="CgroupTrees"/>.</summary>
/// <param name="Parent">The path of the group superd is in.</param>
/// <param name="Name">superd's own directory in it.</param>
/// <param name="Directory">The open directory, and with it its lock.</param>
/// <param name="Count">How many names were given out.</param>
/// <param name="Free">The groups that are free.</param>
/// <param name="Killed">Groups in use that have got KILL.</param>
internal sealed record CgroupsHandover(string Parent, string Name, int Directory, int Count, string[] Free, string[] Killed);
