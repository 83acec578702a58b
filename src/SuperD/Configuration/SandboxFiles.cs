using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The files of a sandbox: those of its profile, those that its program needs, and those that were written.</summary>
internal static class SandboxFiles
{
    private const string Proc = "/proc", Cgroups = "/sys/fs/cgroup";

    /// <summary>What programs read: the system's own directories, none of which holds data of users or services.</summary>
    /// <remarks>
    /// /nix and /gnu are where NixOS and Guix keep all programs. /etc/resolv.conf is often a link into /run, and then it is the target that
    /// the rule is for; its directory is listed too, because the file is replaced whenever the network changes.
    /// </remarks>
    private static readonly ImmutableArray<string> s_readable =
    [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu",
        "/etc/resolv.conf", "/run/systemd/resolve", "/run/resolvconf", "/var/lib/ca-certificates",
        Proc, "/sys/devices/system/cpu", Cgroups,
    ];

    private static readonly ImmutableArray<string> s_changeable = ["/tmp", "/var/tmp", "/dev/shm"];

    private static readonly ImmutableArray<string> s_devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
    private static readonly ImmutableArray<string> s_terminals = ["/dev/tty", "/dev/ptmx", "/dev/pts"];

    private static readonly ImmutableArray<LandlockRule> s_strict =
        [.. Optional(s_readable, LandlockAccess.Read), .. Optional(s_devices, LandlockAccess.Device)];

    /// <summary>A jail mounts a /proc of its own, and the tree of cgroups would show it the other services.</summary>
    private static readonly ImmutableArray<LandlockRule> s_jail = [.. s_strict.Where(rule => rule.Path is not (Proc or Cgroups))];

    private static readonly ImmutableArray<LandlockRule> s_basic =
        [.. s_strict, .. Optional(s_changeable, LandlockAccess.Write), .. Optional(s_terminals, LandlockAccess.Device)];

    /// <summary>The files of a profile; a machine need not have them.</summary>
    public static ImmutableArray<LandlockRule> Of(SandboxProfile profile) => profile switch
    {
        SandboxProfile.Basic => s_basic,
        SandboxProfile.Strict => s_strict,
        _ => s_jail,
    };

    /// <summary>All files of a sandbox.</summary>
    public static IEnumerable<LandlockRule> Of(SandboxDefinition sandbox) =>
    [
        .. Of(sandbox.Profile),
        .. Optional(sandbox.Own, LandlockAccess.Read),
        .. sandbox.Readable.Select(path => new LandlockRule(path.Path, LandlockAccess.Read, path.IsOptional)),
        .. sandbox.Writable.Select(path => new LandlockRule(path.Path, LandlockAccess.Write, path.IsOptional)),
    ];

    /// <summary>The jail of a sandbox that is one.</summary>
    /// <remarks>A jail without a pid namespace has the machine's /proc.</remarks>
    public static JailSpec JailOf(SandboxDefinition sandbox, JailDefinition jail) => new()
    {
        Name = jail.Service,
        Files =
        [
            .. Of(sandbox),
            .. jail.Devices.Select(device => new LandlockRule(device, LandlockAccess.Device)),
            .. Optional(jail is { HasProc: true, HasOwnPids: false } ? [Proc] : [], LandlockAccess.Read),
        ],
        Binds = [.. jail.Binds],
        Hostname = jail.Hostname,
        HasOwnNetwork = !sandbox.HasNetwork,
        HasTmp = jail.Tmp > 0,
        HasProc = jail.HasProc,
        Owner = jail.Owner,
        Users = jail.Users,
    };

    /// <summary>Whether the sandbox lets its handler read a path, as far as the path can be followed.</summary>
    /// <param name="path">Absolute, inside the root of the sandbox.</param>
    /// <param name="paths">Follows links.</param>
    public static bool Allow(SandboxDefinition sandbox, string path, PathChecker paths)
    {
        string target = paths.Find(sandbox.Root, path).Component;
        return Of(sandbox).Any(file =>
            paths.Find(sandbox.Root, file.Path) is { Problem: PathProblem.None, Component: var component }
            && PathChecker.IsIn(target, component));
    }

    private static IEnumerable<LandlockRule> Optional(IEnumerable<string> paths, LandlockAccess access) =>
        paths.Select(path => new LandlockRule(path, access, IsOptional: true));
}
