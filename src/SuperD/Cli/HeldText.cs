using SuperD.Configuration;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>What holds the program of a service, in one line; what matters most comes first, what is not kept last.</summary>
internal static class HeldText
{
    /// <summary>The word of a service without one.</summary>
    private const string NoSandbox = "none";

    /// <summary><c>user nobody, sandbox basic (1 readable, 2 writable), no network, rlimit nproc, cgroup</c>.</summary>
    public static string Of(HeldState held)
    {
        (int Count, string What)[] counts = [(held.Readable, "readable"), (held.Writable, "writable")];
        string[] paths =
        [
            .. counts.Where(one => one.Count > 0).Select(one => $"{one.Count} {one.What}"),
            .. held.SharesProcesses ? ["it sees the machine's processes"] : Array.Empty<string>(),
        ];
        string?[] parts =
        [
            $"user {held.User}",
            held.Chroot is { } root ? $"chroot {Wording.Path(root)}" : null,
            held.Capabilities is { } kept ? (kept is [] ? "no capabilities" : $"capabilities {string.Join(' ', kept)}") : null,
            held.Sandbox == NoSandbox ? "no sandbox" : $"sandbox {held.Sandbox}{(paths is [] ? "" : $" ({string.Join(", ", paths)})")}",
            held.Network ? "network" : "no network",
            held.Limits.Count > 0 ? $"rlimit {string.Join(' ', held.Limits)}" : null,
            TextOf("limit", held.Limit),
            TextOf("limit_total", held.LimitTotal),
            held.Cgroup ? "cgroup" : "no cgroup",
            held.Missing is { Count: > 0 } missing ? $"not kept by this kernel: {string.Join(' ', missing)}" : null,
            held.MissingLimits is { Count: > 0 } limits ? $"not kept by this machine: limit {string.Join(' ', limits)}" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    /// <summary><c>limit memory 64M processes 20 cpu 50% io 10M/s</c>.</summary>
    private static string? TextOf(string key, GroupLimitsState? limits)
    {
        if (limits is null)
        {
            return null;
        }

        string?[] parts =
        [
            limits.MemoryBytes is { } memory ? $"memory {Figures.Bytes(memory)}" : null,
            limits.Processes is { } processes ? $"processes {processes}" : null,
            limits.CpuPercent is { } cpu ? $"cpu {cpu}%" : null,
            limits.IoBytesPerSecond is { } io ? $"io {Figures.Bytes(io)}/s" : null,
        ];
        return $"{key} {string.Join(' ', parts.OfType<string>())}";
    }
}
