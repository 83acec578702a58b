using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A service that is alive: its definition, and how many handlers it has. Loop only.</summary>
internal sealed class Service(ServiceDefinition definition)
{
    /// <summary>What all services have counted to whom nobody has come: counters are larger than all else of a service.</summary>
    private static readonly ServiceCounters s_nothing = new();

    private ServiceCounters? _counters;

    /// <summary>The definition new connections go by. Each keeps the one it began with: <see cref="Connection.Definition"/>.</summary>
    public ServiceDefinition Definition { get; private set; } = definition;

    public string Name { get; } = definition.Name;

    /// <summary>How its handlers are launched; null until the first launch of a definition, so that an idle service costs nothing for it.</summary>
    public LaunchPlan? LaunchPlan { get; set; }

    /// <summary>Handlers that run or are being launched: what <c>instances</c> counts.</summary>
    public int LiveHandlers { get; private set; }

    public Occupancy Occupancy => new(LiveHandlers, Definition.Instances);

    /// <summary>True when no further handler may start now.</summary>
    public bool IsFull => LiveHandlers >= Definition.Instances;

    /// <summary>Whether it takes new connections, by the console's wish.</summary>
    public ServiceMode Mode { get; set; }

    /// <summary>To count what becomes of its connections.</summary>
    public ServiceCounters Counters => _counters ??= new ServiceCounters();

    /// <summary>To read what was counted.</summary>
    public ServiceCounters Counted => _counters ?? s_nothing;

    /// <summary>A reload has found the service changed.</summary>
    public void Redefine(ServiceDefinition definition)
    {
        Definition = definition;
        LaunchPlan = null;
    }

    /// <summary>Takes a place among the instances, before the launch. Given back by <see cref="Release"/>, once.</summary>
    public void Take() => LiveHandlers++;

    /// <summary>Gives the place back: the launch failed, or the handler is reaped.</summary>
    public void Release() => LiveHandlers--;
}
