using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>rlimit, nice, oom_score_adj and cpu_affinity: checks superd's privileges and the machine's limits.</summary>
internal static class LimitRules
{
    /// <summary>Checks a resource limit.</summary>
    public static void Check(Written<ResourceLimit> limit, LoadContext context)
    {
        HostContext host = context.Host;
        (Resource resource, _, ulong hard) = limit.Value;
        if (resource == Resource.OpenFiles && hard > host.MostOpenFiles)
        {
            string found = hard == ResourceLimit.Unlimited ? "unlimited" : $"{hard}";
            context.Problems.Error(
                limit.Place,
                $"rlimit.nofile must be at most {host.MostOpenFiles} on this machine (sysctl fs.nr_open), found {found}; lower it");
            return;
        }

        if (hard > host.HardLimits.GetValueOrDefault(resource, ResourceLimit.Unlimited) && !host.Has(Capability.SysResource))
        {
            context.Problems.Error(
                limit.Place,
                $"this hard limit needs root or CAP_SYS_RESOURCE: it is above superd's own, {host.HardLimits[resource]}; "
                + $"lower it to that, or {context.HowToBeAllowed}");
        }
    }

    /// <summary>A user who may have no process cannot execute the handler: execve(2) fails after the change to that user.</summary>
    public static void CheckProcesses(MergedConfig config, Credentials? credentials, LoadContext context)
    {
        bool changesUser = credentials is { UserId: not 0 } && credentials.UserId != context.Host.UserId;
        if (changesUser
            && config.Limits().FirstOrDefault(limit => limit.Value is { Resource: Resource.Processes, Soft: 0 }) is { } limit)
        {
            context.Problems.Error(
                config.Blame(limit),
                $"rlimit.nproc{config.Origin(limit)} = 0 lets the handler's user have no process, not even the handler; write 1 or more");
        }
    }

    /// <summary>Checks the OOM score adjustment.</summary>
    public static void CheckOomScore(Written<int> adjustment, LoadContext context)
    {
        HostContext host = context.Host;
        if (host.OomScoreAdjustment is not { } own)
        {
            context.Problems.Error(
                adjustment.Place,
                "oom_score_adj cannot be set: superd may not write /proc/self/oom_score_adj; delete the line");
        }
        else if (adjustment.Value < own && !host.Has(Capability.SysResource))
        {
            context.Problems.Error(
                adjustment.Place,
                $"oom_score_adj = {adjustment.Value} needs root or CAP_SYS_RESOURCE: it is below superd's own, {own}; "
                + $"raise it to {own} or more, or {context.HowToBeAllowed}");
        }
    }

    /// <summary>Checks the processors.</summary>
    public static void CheckAffinity(Written<ProcessorSet> processors, LoadContext context)
    {
        ProcessorSet usable = context.UsableProcessors;
        if (!processors.Value.Overlaps(usable))
        {
            context.Problems.Error(
                processors.Place,
                $"cpu_affinity = \"{processors.Value}\" holds no processor that superd may use: it may use \"{usable}\"; "
                + "write some of these, or delete the line");
        }
    }

    /// <summary>Checks the nice value.</summary>
    public static void CheckNice(Written<int> nice, LoadContext context)
    {
        HostContext host = context.Host;
        if (nice.Value < host.Nice && nice.Value < host.LowestNice && !host.Has(Capability.SysNice))
        {
            context.Problems.Error(
                nice.Place,
                $"nice = {nice.Value} needs root or CAP_SYS_NICE: it is below superd's own, {host.Nice}; "
                + $"raise it to {host.Nice} or more, or {context.HowToBeAllowed}");
        }
    }
}
