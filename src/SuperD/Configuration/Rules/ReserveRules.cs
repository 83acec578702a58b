namespace SuperD.Configuration.Rules;

/// <summary>reserve: whether there are instances to keep, and whether superd sees whom it keeps them from.</summary>
internal static class ReserveRules
{
    /// <summary>The reserve; null without one, and where it cannot be kept: an error, or a warning if it is inherited.</summary>
    public static ReserveDefinition? Resolve(MergedConfig config, int? instances, WhenFull whenFull, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (config.Pick(keys => keys.Reserve) is not { } written
            || service.Sensor is not null
            || (service.Builtin is not null && DatagramRules.IsDatagrams(config)))
        {
            return null; // AdmissionRules and BuiltinUdpRules report that the key does not apply
        }

        bool isWait = service.Wait is { Value: true };
        if (service.Reserve is null && (isWait || instances is null))
        {
            return null; // it is meant for services that can be full
        }

        if (WhyNot(written.Value.Slots, isWait, instances, whenFull) is not { } problem)
        {
            return new ReserveDefinition(written.Value.Slots, AdmissionRules.Resolve(written.Value.From, context));
        }

        if (service.Reserve is null)
        {
            context.Problems.Warning(config.WholeFile, $"reserve{config.Origin(written)} {problem}");
        }
        else if (instances is not null || !service.MayMention("instances"))
        {
            context.Problems.Error(written.Place, $"reserve {problem}"); // a bad value of instances has its own message
        }

        return null;
    }

    private static string? WhyNot(int slots, bool isWait, int? instances, WhenFull whenFull) =>
        isWait ? "has no meaning with wait = true: the one program accepts all connections; delete the line"
        : instances is not { } most
            ? "needs instances: without it the service is never full; add instances = 40, with a number of your choice"
        : whenFull == WhenFull.Queue
            ? "cannot be kept with when_full = \"queue\": clients wait in the kernel's queue, in order, and superd sees who they are only "
                + "when it accepts them; write when_full = \"refuse\""
        : slots >= most
            ? $"cannot keep {slots} of {Wording.Count(most, "instance")}, since nobody else could come; lower slots, or raise instances"
        : null;
}
