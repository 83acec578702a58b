using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>What a sandbox promises and this kernel cannot keep: an error, or with <c>sandbox_best_effort</c> a warning.</summary>
/// <remarks>
/// What an older Landlock lacks, the filter of system calls denies instead (truncation, TCP), so that it takes no Landlock at all for
/// files to be lost. A jail confines files by other means. Signals and abstract sockets are no promise: they are confined where the
/// kernel can.
/// </remarks>
internal static class SandboxPromiseRules
{
    /// <summary>The promises that are not kept; None when one is an error.</summary>
    /// <param name="sandbox">Key <c>sandbox</c>.</param>
    /// <param name="hasNetwork">Key <c>network</c>.</param>
    public static SandboxPromises Check(MergedConfig config, Written<SandboxProfile> sandbox, bool hasNetwork, LoadContext context)
    {
        SandboxAbilities abilities = context.Host.Sandbox;
        bool isBestEffort = config.Value(keys => keys.SandboxBestEffort, false);
        var missing = SandboxPromises.None;
        if (abilities.LandlockAbi == 0 && sandbox.Value != SandboxProfile.Jail)
        {
            missing |= SandboxPromises.Files;
            Report("confine files", WhyNoLandlock(abilities));
        }

        if (!abilities.HasFilters)
        {
            missing |= SandboxPromises.SystemCalls | (hasNetwork ? SandboxPromises.None : SandboxPromises.Network);
            Report(
                hasNetwork ? "filter system calls" : "filter system calls and close the network",
                $"this kernel ({abilities.Kernel}) has no seccomp filters, or a container hides them; it takes "
                + "CONFIG_SECCOMP_FILTER, and a container's profile that allows seccomp(2)");
        }

        return isBestEffort ? missing : SandboxPromises.None;

        void Report(string purpose, string why)
        {
            string problem = $"{SandboxRules.Shown(config, sandbox)} cannot {purpose}: {why}";
            if (isBestEffort)
            {
                context.Problems.Warning(config.Blame(sandbox), $"{problem}; sandbox_best_effort lets the service run without");
            }
            else
            {
                context.Problems.Error(config.Blame(sandbox), $"{problem}; or write sandbox_best_effort = true to run the service without");
            }
        }
    }

    private static string WhyNoLandlock(SandboxAbilities abilities) => abilities.LandlockErrno switch
    {
        Errno.EOPNOTSUPP => $"Landlock is switched off in this kernel ({abilities.Kernel}); add landlock to lsm= of its command line",
        Errno.ENOSYS => $"this kernel ({abilities.Kernel}) has no Landlock, or a container hides it; it takes Linux 5.13 with "
            + "CONFIG_SECURITY_LANDLOCK, and a container's seccomp profile that allows it",
        int errno => $"Landlock is denied here, {Errno.Describe(errno)}; allow landlock_create_ruleset(2) in the container's seccomp "
            + "profile",
    };
}
