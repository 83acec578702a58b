using System.Runtime.CompilerServices;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>
/// A sandbox at run time: its ruleset, made for the files that its paths led to, its filter, and the namespaces of a jail. Loop only.
/// </summary>
/// <param name="ruleset">Null when this kernel has no Landlock, and the definition lets the service run without.</param>
/// <param name="filter">Null when this kernel has no filters, and the definition lets the service run without.</param>
/// <param name="jail">Null when it is no jail.</param>
internal sealed class Sandbox(LandlockRuleset? ruleset, SystemCallFilter? filter, JailTemplate? jail) : IDisposable
{
    private readonly ConditionalWeakTable<ServiceDefinition, LaunchPlan> _plans = [];

    /// <summary>The files, and TCP; null for none.</summary>
    public LandlockRuleset? Ruleset => ruleset;

    /// <summary>The system calls; null for none.</summary>
    public SystemCallFilter? Filter => filter;

    /// <summary>The namespaces; null for none.</summary>
    public JailTemplate? Jail { get; private set; } = jail;

    /// <summary>How many descriptors it has open.</summary>
    public int Descriptors => (ruleset is null ? 0 : 1) + (Jail?.Descriptors ?? 0);

    /// <summary>The plan of a service in this sandbox, made at its first launch.</summary>
    /// <remarks>The plans go with the sandbox, since they name its ruleset.</remarks>
    public LaunchPlan PlanFor(ServiceDefinition definition, Func<ServiceDefinition, Sandbox?, LaunchPlan> make)
    {
        if (!_plans.TryGetValue(definition, out LaunchPlan? plan))
        {
            plan = make(definition, this);
            _plans.Add(definition, plan);
        }

        return plan;
    }

    /// <summary>Takes the namespaces for another sandbox; this one launches nothing any more.</summary>
    public JailTemplate? TakeJail()
    {
        JailTemplate? taken = Jail;
        Jail = null;
        return taken;
    }

    /// <summary>Closes its descriptors. Launches under way have some of their own.</summary>
    public void Dispose()
    {
        ruleset?.Dispose();
        Jail?.Dispose();
    }
}
