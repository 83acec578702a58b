namespace SuperD.Ending;

/// <summary>The means of finding a handler's processes, on its way to superd's next version, which uses the same.</summary>
internal sealed record TreesHandover
{
    /// <summary>Not null: cgroups.</summary>
    public CgroupsHandover? Cgroups { get; init; }

    /// <summary>True: child subreaper.</summary>
    public bool IsSubreaper { get; init; }

    /// <summary>Processes left behind by handlers whose connection is over, and who were said to keep them.</summary>
    public long[] Kept { get; init; } = [];
}

/// <summary>See <see cref="CgroupTrees"/>.</summary>
/// <param name="Parent">The path of the group superd is in.</param>
/// <param name="Name">superd's own directory in it.</param>
/// <param name="Directory">The open directory, and with it its lock.</param>
/// <param name="Count">How many names were given out.</param>
/// <param name="Free">The groups that are free.</param>
/// <param name="Killed">Groups in use that have got KILL.</param>
internal sealed record CgroupsHandover(string Parent, string Name, int Directory, int Count, string[] Free, string[] Killed);
