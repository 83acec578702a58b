using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>jail: its settings, whether superd can make one here, and keys that have no meaning with it.</summary>
internal static class JailRules
{
    /// <summary>Character devices that show all memory, as disks show all files.</summary>
    private static readonly string[] s_memory = ["/dev/mem", "/dev/kmem", "/dev/port"];

    /// <summary>The jail of a service; null if its sandbox is another, and then the settings of one are an error.</summary>
    /// <param name="sandbox">Key <c>sandbox</c>.</param>
    public static JailDefinition? Resolve(
        MergedConfig config, Written<SandboxProfile> sandbox, ProcessDefinition process, LoadContext context)
    {
        Written<JailConfig>? written = config.Pick(keys => keys.Jail);
        if (sandbox.Value != SandboxProfile.Jail)
        {
            if (config.Service.Jail is { } stray)
            {
                context.Problems.Error(
                    stray.Place,
                    $"jail has no meaning with {SandboxRules.Shown(config, sandbox)}; write sandbox = \"jail\", or delete the line");
            }

            return null;
        }

        RefuseOthers(config, sandbox, context);
        UserRange? users = process.DynamicUser is { IsSubordinate: true } dynamic ? dynamic.Range : null;
        JailOwner? owner = users is { First: var first } ? new JailOwner(first, first)
            : context.Host.Has(Capability.SysAdmin) ? null
            : new JailOwner(context.Host.UserId, context.Host.GroupId);
        RefuseWithoutMeans(config, sandbox, owner, context);
        JailConfig jail = written?.Value ?? new JailConfig(null, null, null, [], []);
        return new JailDefinition
        {
            Service = config.Service.Name,
            Tmp = jail.Tmp?.Value ?? JailDefinition.DefaultTmp,
            HasProc = jail.Proc?.Value ?? true,
            Hostname = jail.Hostname?.Value ?? JailDefinition.DefaultHostname,
            Devices = [.. jail.Devices.Select(device => DeviceOf(device, config, context)).OfType<string>()],
            Binds = [.. jail.Bind.Select(bind => JailPathRules.BindOf(bind.Target, bind.Source, config, context)).OfType<JailBind>()],
            Owner = owner,
            Users = users,
        };
    }

    private static void RefuseOthers(MergedConfig config, Written<SandboxProfile> sandbox, LoadContext context)
    {
        if (config.Pick(keys => keys.Chroot) is { } chroot)
        {
            context.Problems.Error(
                config.Blame(chroot),
                $"chroot{config.Origin(chroot)} and {SandboxRules.Shown(config, sandbox)} exclude each other: a jail has a root of its "
                + "own; write readable, writable and jail.bind for what the program needs, and delete chroot");
        }

        if (config.Pick(keys => keys.Orphans) is { Value: OrphanMode.Keep } orphans && context.Host.Has(Capability.SysAdmin))
        {
            context.Problems.Error(
                config.Blame(orphans),
                $"orphans = \"keep\"{config.Origin(orphans)} has no meaning with {SandboxRules.Shown(config, sandbox)}: the kernel ends "
                + "all processes of a jail together with the program; delete it, or write sandbox = \"strict\"");
        }
    }

    private static void RefuseWithoutMeans(
        MergedConfig config, Written<SandboxProfile> sandbox, JailOwner? owner, LoadContext context)
    {
        SandboxAbilities abilities = context.Host.Sandbox;
        if (abilities.FindJailObstacle(owner is null) is not { } obstacle)
        {
            return;
        }

        string problem = $"{SandboxRules.Shown(config, sandbox)} cannot be made here, {obstacle.Step}: {Errno.Describe(obstacle.Errno)}";
        context.Problems.Error(config.Blame(sandbox), $"{problem}; {WhyNot(obstacle, owner, abilities)}; or write sandbox = \"strict\"");
    }

    private static string WhyNot(LaunchError obstacle, JailOwner? owner, SandboxAbilities abilities) => obstacle.Errno switch
    {
        Errno.ENOSYS => $"it takes Linux 5.12, and this is {abilities.Kernel}, or a container hides the call",
        Errno.ENOSPC => "the limits of /proc/sys/user (max_user_namespaces, max_mnt_namespaces ...) are reached or 0; raise them",
        Errno.EINVAL when obstacle.Step == "pivot_root" => "the root directory is the initial ramfs; it takes one that is mounted",
        _ when owner is null => "a container or a security module does not let root make namespaces and mounts; allow it to",
        _ => WhyNoUserNamespace(obstacle.Errno, abilities),
    };

    /// <summary>Why superd has no user namespace without root, and what to do.</summary>
    public static string WhyNoUserNamespace(int errno, SandboxAbilities abilities) => errno switch
    {
        Errno.ENOSPC => "/proc/sys/user/max_user_namespaces is reached or 0; raise it",
        _ when abilities.IsRestrictedByAppArmor => "AppArmor does not let programs without a profile use user namespaces; run superd as "
            + "root, give it an AppArmor profile with userns, or write 0 to /proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        _ => "without root it takes user namespaces, which this kernel or a container forbids "
            + "(/proc/sys/kernel/unprivileged_userns_clone, seccomp); allow them, or run superd as root",
    };

    private static string? DeviceOf(Written<string> written, MergedConfig config, LoadContext context)
    {
        PathCheck check = written.Value.StartsWith('/') ? context.Paths.Find("", written.Value) : default;
        if (check is { Problem: PathProblem.None, Status.Kind: FileKind.Device })
        {
            if (check.Status.IsBlockDevice || s_memory.Contains(check.Component))
            {
                context.Problems.Warning(
                    config.Blame(written),
                    $"jail.devices {Wording.Quote(written.Value)}{config.Origin(written)} is "
                    + $"{(check.Status.IsBlockDevice ? "a disk: its files" : "the machine's memory: all that is in it")}, whoever owns "
                    + "them, are the program's as far as the device's mode lets its user; remove it if the program can do without");
            }

            return written.Value;
        }

        context.Problems.Error(
            config.Blame(written),
            $"jail.devices {Wording.Quote(written.Value)}{config.Origin(written)} is no device; name a device file such as \"/dev/kvm\"");
        return null;
    }
}
