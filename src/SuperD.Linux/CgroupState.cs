namespace SuperD.Linux;

/// <summary>What a group's <c>cgroup.events</c> says; see cgroups(7).</summary>
[Flags]
public enum CgroupState
{
    None,

    /// <summary>A process lives in it or below it. Zombies do not count.</summary>
    Populated,

    /// <summary>
    /// It, or a group above it, is frozen: its processes do nothing and act on no signal, and what is born into it does not begin.
    /// </summary>
    Frozen,
}
