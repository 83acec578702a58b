using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>limit and limit_total: what the cgroups of a service may use, and whether this machine can keep it.</summary>
internal static class GroupLimitRules
{
    private const string BestEffort = "limit_best_effort";

    /// <summary>The limits of a service; null for none.</summary>
    /// <param name="endsOrphans">Whether superd ends what a handler leaves behind.</param>
    public static LimitsDefinition? Resolve(MergedConfig config, bool endsOrphans, LoadContext context)
    {
        GroupLimits each = Merge(config, keys => keys.GroupLimit);
        GroupLimits total = Merge(config, keys => keys.GroupLimitTotal);
        CgroupControllers needs = each.Needs | total.Needs;
        string key = each.Needs != CgroupControllers.None ? "limit" : "limit_total";
        if (needs == CgroupControllers.None)
        {
            RejectBestEffort(config, context);
            return null;
        }

        // It has a limit, and so it was written.
        Written<GroupLimitsConfig> written = config.Pick(keys => key == "limit" ? keys.GroupLimit : keys.GroupLimitTotal)!;
        if (!endsOrphans)
        {
            bool isOfWait = config.Pick(keys => keys.Orphans) is null;
            string first = GroupLimits.KeysOf(needs).First();
            context.Problems.Error(
                config.Blame(written),
                $"{key}{config.Origin(written)} cannot hold processes that outlive their connection"
                + $"{(isOfWait ? ", as those of wait = true may" : "")}; write orphans = \"kill\", "
                + (config.Blame(written) == written.Place ? "or delete the line" : $"or {key}.{first} = \"unlimited\" and so on"));
        }

        WarnOfLowTotal(each, total, config, written, context);
        CgroupControllers missing = FindMissing(needs, key, config, written, context);
        return context.Share(new LimitsDefinition { Each = each.Without(missing), Total = total.Without(missing), Missing = missing });
    }

    /// <summary>Each value of the service, else that of [defaults].</summary>
    private static GroupLimits Merge(MergedConfig config, Func<DefaultsConfig, Written<GroupLimitsConfig>?> key)
    {
        GroupLimitsConfig? own = key(config.Service)?.Value, inherited = config.Inherited(key)?.Value;
        return new GroupLimits
        {
            Memory = (own?.Memory ?? inherited?.Memory)?.Value,
            Processes = (own?.Processes ?? inherited?.Processes)?.Value,
            Cpu = (own?.Cpu ?? inherited?.Cpu)?.Value,
            Io = (own?.Io ?? inherited?.Io)?.Value,
        };
    }

    /// <summary>That of [defaults] waits for a service with limits.</summary>
    private static void RejectBestEffort(MergedConfig config, LoadContext context)
    {
        if (!config.Service.MayMention("limit") && !config.Service.MayMention("limit_total"))
        {
            foreach ((string key, Place place) in config.Service.WrittenKeys.Where(written => written.Key == BestEffort))
            {
                context.Problems.Error(place, $"{key} has no meaning without limit or limit_total; delete the line");
            }
        }
    }

    private static void WarnOfLowTotal(
        GroupLimits each, GroupLimits total, MergedConfig config, Written<GroupLimitsConfig> written, LoadContext context)
    {
        string[] low =
        [
            .. total.Memory < each.Memory ? ["memory"] : Array.Empty<string>(),
            .. total.Processes < each.Processes ? ["processes"] : Array.Empty<string>(),
            .. total.Cpu < each.Cpu ? ["cpu"] : Array.Empty<string>(),
            .. total.Io < each.Io ? ["io"] : Array.Empty<string>(),
        ];
        foreach (string name in low)
        {
            context.Problems.Warning(
                config.Blame(written),
                $"limit_total.{name} is below limit.{name}, which no handler can reach then; raise one or lower the other");
        }
    }

    /// <summary>The controllers that there are not: an error, or with limit_best_effort a warning.</summary>
    private static CgroupControllers FindMissing(
        CgroupControllers needs, string key, MergedConfig config, Written<GroupLimitsConfig> written, LoadContext context)
    {
        CgroupHome home = context.Host.Cgroup;
        bool isBestEffort = config.Value(keys => keys.LimitBestEffort, false);
        CgroupControllers missing = home is { IsWritable: true, Stranger: null } ? needs & ~home.Offered : needs;
        if (missing == CgroupControllers.None)
        {
            return missing;
        }

        string names = string.Join(", ", GroupLimits.KeysOf(missing));
        string problem = $"{key}{config.Origin(written)} cannot be kept ({names}): {WhyNot(home, missing, context)}";
        if (isBestEffort)
        {
            context.Problems.Warning(config.Blame(written), $"{problem}; {BestEffort} lets the service run without");
            return missing;
        }

        context.Problems.Error(config.Blame(written), $"{problem}; or write {BestEffort} = true to run the service without");
        return CgroupControllers.None;
    }

    private static string Plural(CgroupControllers controllers) => controllers.Names().Count() > 1 ? "controllers" : "controller";

    private static string WhyNot(CgroupHome home, CgroupControllers missing, LoadContext context)
    {
        const string Unit = "start superd by a unit with Delegate=yes, as superd.service has it";
        string scope = $"'systemd-run {(context.Host.IsRoot ? "" : "--user ")}--scope -p Delegate=yes superd run'";
        string controllers = string.Join(" and ", missing.Names());
        CgroupControllers taken = missing & home.InVersion1;
        return home.Path is null
            ? $"no cgroup v2 is mounted, which has the {controllers} {Plural(missing)}; boot with cgroup_no_v1=all, or give a container a "
                + "cgroup namespace of its own (--cgroupns=private)"
            : taken != CgroupControllers.None
            ? $"cgroup v1 has the {string.Join(" and ", taken.Names())} {Plural(taken)} of this machine, so that cgroup v2 lacks "
                + $"{(taken.Names().Count() > 1 ? "them" : "it")}; boot "
                + "with cgroup_no_v1=all"
            : !home.IsWritable
            ? $"superd may not make groups in {Wording.Path(home.Path)}; {Unit}, or by {scope}; in a container /sys/fs/cgroup must be "
                + "writable"
            : (missing & ~home.Offered) is not CgroupControllers.None and var absent
            ? $"the group {Wording.Path(home.Path)} has no {string.Join(" and ", absent.Names())} {Plural(absent)}; {Unit}, or by "
                + scope
            : $"the group {Wording.Path(home.Path)} has a process that is not superd's, {home.Stranger?.Pid} "
                + $"({Wording.Quote(home.Stranger?.Name ?? "")}), and no group with processes divides what it has; {Unit}, or by {scope}";
    }
}
