namespace SuperD.Linux;

/// <summary>What a process may do with a file, or with a directory and all below it.</summary>
public enum LandlockAccess
{
    /// <summary>Read and execute.</summary>
    Read,

    /// <summary>Everything except to make device nodes.</summary>
    Write,

    /// <summary>Read, write and control (ioctl) a device, or the devices in a directory.</summary>
    Device,
}

/// <summary>A path of a sandbox.</summary>
/// <param name="Path">Absolute; below the new root when there is one.</param>
/// <param name="IsOptional">Whether the path may be missing: then there is no rule.</param>
public sealed record LandlockRule(string Path, LandlockAccess Access, bool IsOptional = false);

/// <summary>Why there is no ruleset.</summary>
/// <param name="What">The path, or the system call when it is about none: <c>/srv/x</c>, <c>landlock_create_ruleset</c>.</param>
public readonly record struct LandlockError(string What, int Errno);
