using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>Who connected to a Unix-domain socket, as the kernel knows it: what the process was at its connect(2).</summary>
/// <param name="UserId">Its effective uid.</param>
/// <param name="GroupId">Its effective gid.</param>
/// <param name="ProcessId">Its pid, which may be another process's by now; 0 when it is not visible here (another pid namespace).</param>
public readonly record struct PeerCredentials(uint UserId, uint GroupId, int ProcessId)
{
    /// <summary>Its supplementary groups.</summary>
    public ImmutableArray<uint> Groups { get; init; } = [];

    /// <summary>Whether it was in a group, by its effective or a supplementary one.</summary>
    public bool IsInGroup(uint groupId) => GroupId == groupId || Groups.Contains(groupId);
}
