using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>The system calls of a sandbox.</summary>
internal static class SandboxPolicy
{
    /// <summary>The policy of a sandbox on this kernel: its filter denies what this kernel's Landlock cannot.</summary>
    public static SystemCallPolicy Of(SandboxDefinition sandbox) =>
        (sandbox.Profile == SandboxProfile.Basic ? SystemCallPolicy.Basic : SystemCallPolicy.Strict)
            .With(sandbox.SystemCalls)
            .With(OptionsOf(sandbox));

    /// <summary>What may only be read in a jail is mounted so, and no Landlock is needed to keep it from being truncated.</summary>
    private static SystemCallOptions OptionsOf(SandboxDefinition sandbox)
    {
        SystemCallOptions options = SystemCallPolicy.OptionsFor(Landlock.Abi, networkOff: !sandbox.HasNetwork);
        return sandbox.Jail is null ? options : options & ~SystemCallOptions.ProtectsTruncation;
    }
}
