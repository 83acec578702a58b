using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>What holds the program of a service.</summary>
/// <param name="User">Its user, by the name that is written, or else by number.</param>
/// <param name="Chroot">Its root directory; absent without one.</param>
/// <param name="Capabilities">Its capabilities, when the service says which; absent if they are those of its user.</param>
/// <param name="Sandbox"><c>none</c>, <c>basic</c>, <c>strict</c> or <c>jail</c>.</param>
/// <param name="Readable">How many paths it may read beside those of its sandbox's profile.</param>
/// <param name="Writable">How many paths it may change beside those of its sandbox's profile.</param>
/// <param name="Network">Whether it may reach others than its client.</param>
/// <param name="Limits">The resources with an rlimit of the configuration: <c>nofile</c>.</param>
/// <param name="Cgroup">Whether its processes are in a cgroup.</param>
/// <param name="Missing">
/// What this kernel cannot keep of the sandbox: <c>files</c>, <c>syscalls</c>, <c>network</c>; absent if it keeps all.
/// </param>
internal sealed record HeldState(
    [property: JsonRequired] string User,
    string? Chroot,
    IReadOnlyList<string>? Capabilities,
    [property: JsonRequired] string Sandbox,
    int Readable,
    int Writable,
    bool Network,
    [property: JsonRequired] IReadOnlyList<string> Limits,
    bool Cgroup,
    IReadOnlyList<string>? Missing)
{
    /// <summary>Whether it is a jail that was made without root, whose processes see those of the machine.</summary>
    public bool SharesProcesses { get; init; }

    /// <summary>Key <c>limit</c>; absent without one.</summary>
    public GroupLimitsState? Limit { get; init; }

    /// <summary>Key <c>limit_total</c>; absent without one.</summary>
    public GroupLimitsState? LimitTotal { get; init; }

    /// <summary>Limits that this machine cannot keep: <c>memory</c>; absent if it keeps all.</summary>
    public IReadOnlyList<string>? MissingLimits { get; init; }
}

/// <summary>What a group of processes may use; absent values are unlimited.</summary>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="Processes">Processes and threads.</param>
/// <param name="CpuPercent">Of one processor.</param>
/// <param name="IoBytesPerSecond">Read from each disk, and written.</param>
internal sealed record GroupLimitsState(long? MemoryBytes, int? Processes, int? CpuPercent, long? IoBytesPerSecond);
