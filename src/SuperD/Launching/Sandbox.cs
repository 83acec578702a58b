using System.Runtime.CompilerServices;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>A sandbox at run time: its ruleset, made for the files that its paths led to, and its filter. Loop only.</summary>
/// <param name="ruleset">Null when this kernel has no Landlock, and the definition lets the service run without.</param>
/// <param name="filter">Null when this kernel has no filters, and the definition lets the service run without.</param>
internal sealed class Sandbox(LandlockRuleset? ruleset, SystemCallFilter? filter) : IDisposable
{
    private readonly ConditionalWeakTable<ServiceDefinition, LaunchPlan> _plans = [];

    /// <summary>The files, and TCP; null for none.</summary>
    public LandlockRuleset? Ruleset => ruleset;

    /// <summary>The system calls; null for none.</summary>
    public SystemCallFilter? Filter => filter;

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

    /// <summary>Closes the ruleset. Launches under way have a descriptor of their own.</summary>
    public void Dispose() => ruleset?.Dispose();
}
