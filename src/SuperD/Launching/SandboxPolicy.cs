using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>The system calls of a sandbox.</summary>
internal static class SandboxPolicy
{
    /// <summary>The policy of a sandbox on this kernel: its filter denies what this kernel's Landlock cannot.</summary>
    public static SystemCallPolicy Of(SandboxDefinition sandbox) =>
        (sandbox.Profile == SandboxProfile.Strict ? SystemCallPolicy.Strict : SystemCallPolicy.Basic)
            .With(sandbox.SystemCalls)
            .With(SystemCallPolicy.OptionsFor(Landlock.Abi, networkOff: !sandbox.HasNetwork));
}
