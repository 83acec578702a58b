using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>capabilities: what a program has, and whether superd can give it that.</summary>
internal static class CapabilityRules
{
    /// <summary>The capabilities of a program; null when the key is not written. What cannot be given is reported.</summary>
    public static CapabilitySet? Resolve(MergedConfig config, LoadContext context)
    {
        if (config.Pick(keys => keys.Capabilities) is not { } written)
        {
            return null;
        }

        var all = default(CapabilitySet);
        foreach (Written<CapabilitySet> one in written.Value)
        {
            all = all.With(one.Value);
            CheckOwn(one, config, context);
        }

        CheckBound(written, config, context);
        return all;
    }

    /// <summary>Nobody can pass on what he does not have.</summary>
    private static void CheckOwn(Written<CapabilitySet> one, MergedConfig config, LoadContext context)
    {
        if (!one.Value.Except(new CapabilitySet(context.Host.Capabilities)).IsEmpty)
        {
            string name = one.Value.Names.Single();
            context.Problems.Error(
                config.Blame(one),
                $"capabilities {Wording.Quote(name)}{config.Origin(one)} needs root or CAP_{name.ToUpperInvariant()}: superd runs as "
                + $"{context.OwnUser()} and does not have it; {context.HowToBeAllowed}, or remove {Wording.Quote(name)}");
        }
    }

    /// <summary>Without a sandbox set-user-id programs have an effect, so that it takes a privilege to bound what they can have.</summary>
    private static void CheckBound(Written<ImmutableArray<Written<CapabilitySet>>> written, MergedConfig config, LoadContext context)
    {
        bool hasSandbox = config.Pick(keys => keys.Sandbox) is { Value: not SandboxProfile.None };
        if (!hasSandbox && !context.Host.Has(Capability.SetPcap))
        {
            context.Problems.Error(
                config.Blame(written),
                $"capabilities{config.Origin(written)} needs root or CAP_SETPCAP without a sandbox, because programs with set-user-id "
                + $"could have others: superd runs as {context.OwnUser()}; {context.HowToBeAllowed}, or add sandbox = \"basic\"");
        }
    }
}
