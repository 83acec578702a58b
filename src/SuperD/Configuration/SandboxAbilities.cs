using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What this kernel offers for sandboxes.</summary>
internal sealed record SandboxAbilities
{
    /// <summary>The first ABI of Landlock that governs signals and abstract sockets.</summary>
    public const int ScopeAbi = 6;

    /// <summary>The first ABI of Landlock that can allow a rename between directories.</summary>
    private const int RenameAbi = 2;

    /// <summary>The first ABI of Landlock that governs TCP.</summary>
    private const int NetworkAbi = 4;

    /// <summary>The version of Landlock's ABI, see landlock(7); 0 when there is none.</summary>
    public required int LandlockAbi { get; init; }

    /// <summary>Why there is no Landlock: ENOSYS, EOPNOTSUPP, or what a container's profile answers.</summary>
    public int LandlockErrno { get; init; }

    /// <summary>Whether a process may filter its system calls.</summary>
    public required bool HasFilters { get; init; }

    /// <summary>What keeps superd from making a jail here, as root (true) or in a user namespace; null if nothing does.</summary>
    /// <remarks>May start a child and wait for it: not on the loop.</remarks>
    public Func<bool, LaunchError?> FindJailObstacle { get; init; } = _ => null;

    /// <summary>Whether AppArmor keeps programs without a profile from using user namespaces, as on Ubuntu from 23.10 on.</summary>
    public bool IsRestrictedByAppArmor { get; init; }

    /// <summary>The version of the kernel: <c>6.1.0</c>.</summary>
    public string Kernel { get; init; } = Environment.OSVersion.Version.ToString(3);

    /// <summary>How sandboxes differ on this kernel although they keep what they promise; null if they do not.</summary>
    public string? Difference
    {
        get
        {
            string?[] parts =
            [
                LandlockAbi < RenameAbi ? "programs move no file into another directory" : null,
                LandlockAbi < NetworkAbi ? "those with network = \"off\" connect to no Unix-domain socket either" : null,
                LandlockAbi < ScopeAbi ? "signals and abstract Unix-domain sockets are not confined" : null,
            ];
            string differences = string.Join("; ", parts.OfType<string>());
            return LandlockAbi == 0 || differences.Length == 0
                ? null
                : $"sandboxes on this kernel ({Kernel}, Landlock ABI {LandlockAbi}): {differences}";
        }
    }
}
