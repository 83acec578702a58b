namespace SuperD.Configuration.Rules;

/// <summary>network: a handler without one has its client, and reaches nobody else.</summary>
internal static class SandboxNetworkRules
{
    /// <summary>Whether the program has a network; it is an error if that cannot be denied.</summary>
    public static bool Resolve(MergedConfig config, Written<SandboxProfile> sandbox, LoadContext context)
    {
        Written<bool>? written = config.Pick(keys => keys.Network);
        bool hasNetwork = written?.Value ?? sandbox.Value == SandboxProfile.Basic;
        if (!hasNetwork && WhyNot(config) is { } why)
        {
            string subject = written is null
                ? $"{SandboxRules.Shown(config, sandbox)} means network = \"off\", which"
                : $"network = \"off\"{config.Origin(written)}";
            context.Problems.Error(
                written is null ? config.Blame(sandbox) : config.Blame(written), $"{subject} cannot be kept {why}; write network = \"on\"");
        }

        return hasNetwork;
    }

    private static string? WhyNot(MergedConfig config) =>
        DatagramRules.IsDatagrams(config)
            ? "over UDP: the program's socket can send to any address, and the kernel has no means against that"
        : config.Service.Wait is { Value: true }
            ? "with wait = true: a program that may accept clients may also listen elsewhere"
        : null;
}
