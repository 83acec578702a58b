using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>The system calls of a sandbox.</summary>
internal static class SandboxPolicy
{
    /// <summary>Strict with a call without which the runtime of .NET does not start; it says on which processors a thread runs.</summary>
    private static readonly SystemCallPolicy s_strict = SystemCallPolicy.Strict.With(["+sched_setaffinity"]);

    /// <summary>The policy of a sandbox on this kernel: its filter denies what this kernel's Landlock cannot.</summary>
    public static SystemCallPolicy Of(SandboxDefinition sandbox) =>
        (sandbox.Profile == SandboxProfile.Strict ? s_strict : SystemCallPolicy.Basic)
            .With(sandbox.SystemCalls)
            .With(SystemCallPolicy.OptionsFor(Landlock.Abi, networkOff: !sandbox.HasNetwork));
}
