namespace SuperD.Linux;

/// <summary>The state of a group, as its <c>cgroup.events</c> reports it; see cgroups(7).</summary>
[Flags]
public enum CgroupState
{
    /// <summary>Neither; also the state of a group that does not exist.</summary>
    None,

    /// <summary>The group or a group below it contains a process. Zombies do not count.</summary>
    Populated,

    /// <summary>
    /// The group or one above it is frozen: its processes neither run nor handle signals, and a process created in it does not start.
    /// </summary>
    Frozen,
}
