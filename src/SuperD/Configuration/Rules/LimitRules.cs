using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>rlimit and nice: what superd may set for a handler without being root, and what nobody may set.</summary>
internal static class LimitRules
{
    public static void Check(Written<ResourceLimit> limit, LoadContext context)
    {
        HostContext host = context.Host;
        (Resource resource, _, ulong hard) = limit.Value;
        if (resource == Resource.OpenFiles && hard > host.MostOpenFiles)
        {
            string found = hard == ResourceLimit.Unlimited ? "unlimited" : $"{hard}";
            context.Problems.Error(limit.Place, $"rlimit.nofile must be at most {host.MostOpenFiles} on this machine (sysctl fs.nr_open), found {found}; lower it");
            return;
        }

        if (hard > host.HardLimits.GetValueOrDefault(resource, ResourceLimit.Unlimited) && !host.Has(Capability.SysResource))
        {
            context.Problems.Error(limit.Place,
                $"this hard limit needs root or CAP_SYS_RESOURCE: it is above superd's own, {host.HardLimits[resource]}; lower it to that, or {context.HowToBeAllowed}");
        }
    }

    public static void Check(Written<int> nice, LoadContext context)
    {
        HostContext host = context.Host;
        if (nice.Value < host.Nice && nice.Value < host.LowestNice && !host.Has(Capability.SysNice))
        {
            context.Problems.Error(nice.Place,
                $"nice = {nice.Value} needs root or CAP_SYS_NICE: it is below superd's own, {host.Nice}; raise it to {host.Nice} or more, or {context.HowToBeAllowed}");
        }
    }
}
