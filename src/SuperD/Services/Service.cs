using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A service that is alive: its definition, and how many handlers it has. Loop only.</summary>
internal sealed class Service(ServiceDefinition definition)
{
    /// <summary>What all services have counted to whom nobody has come: counters are larger than all else of a service.</summary>
    private static readonly ServiceCounters s_nothing = new();

    /// <summary>Descriptors that a launch takes besides what its handler keeps: the other end of the pipe, and the cgroup.</summary>
    private const int DescriptorsOfLaunch = 2;

    private ServiceCounters? _counters;
    private Action? _closed;

    /// <summary>The definition new connections go by. Each keeps the one it began with: <see cref="Connection.Definition"/>.</summary>
    public ServiceDefinition Definition { get; private set; } = definition;

    public string Name { get; } = definition.Name;

    /// <summary>How its handlers are launched; null until the first launch of a definition, so that an idle service costs nothing for it.</summary>
    public LaunchPlan? LaunchPlan { get; set; }

    /// <summary>Handlers that run or are being launched: what <c>instances</c> counts.</summary>
    public int LiveHandlers { get; private set; }

    /// <summary>Sockets of its connections that superd has open, whatever they wait for: a PROXY header, a place, a text to be read, their end.</summary>
    public int OpenSockets { get; private set; }

    /// <summary>Descriptors its connections take: their sockets, and what serves them.</summary>
    public int Descriptors => OpenSockets + (LiveHandlers * DescriptorsOfPlace) + (LaunchesUnderWay * DescriptorsOfLaunch);

    /// <summary>Descriptors that a place takes besides the client's socket: the backend's; or a pidfd, a pipe for stderr, and superd's own socket of a peer.</summary>
    public int DescriptorsOfPlace => Definition switch
    {
        { Builtin: not null } => 0,
        { Redirect: not null } => 1,
        { IsPerPeer: true } => 3,
        _ => 2,
    };

    /// <summary>Launches on their way.</summary>
    public int LaunchesUnderWay { get; set; }

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

    /// <summary>Counts a connection's socket as this service's until it is closed, or another service counts it.</summary>
    public void Count(Fd socket)
    {
        if (socket.IsClosed)
        {
            return; // after an upgrade, a connection whose socket the handler alone has
        }

        socket.Closed?.Invoke();
        socket.Closed = _closed ??= () => OpenSockets--;
        OpenSockets++;
    }

    /// <summary>Takes a place among the instances, before the launch. Given back by <see cref="Release"/>, once.</summary>
    public void Take() => LiveHandlers++;

    /// <summary>Gives the place back: the launch failed, or the handler is reaped.</summary>
    public void Release() => LiveHandlers--;
}
