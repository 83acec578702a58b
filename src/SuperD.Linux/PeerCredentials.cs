using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>The credentials of a process that connected to a Unix-domain socket, recorded by the kernel at connect(2).</summary>
/// <param name="UserId">The effective uid.</param>
/// <param name="GroupId">The effective gid.</param>
/// <param name="ProcessId">The pid, which may have been reused; 0 when the process is in a pid namespace not visible here.</param>
public readonly record struct PeerCredentials(uint UserId, uint GroupId, int ProcessId)
{
    /// <summary>The supplementary groups.</summary>
    public ImmutableArray<uint> Groups { get; init; } = [];

    /// <summary>Whether the effective or a supplementary group matches.</summary>
    public bool IsInGroup(uint groupId) => GroupId == groupId || Groups.Contains(groupId);
}
