using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A service at run time: its definition, and how many handlers it has. Loop only.</summary>
internal sealed class Service(ServiceDefinition definition)
{
    /// <summary>
    /// Shared zero counters for services that have had no connection: a counter set is larger than the rest of a service.
    /// </summary>
    private static readonly ServiceCounters s_nothing = new();

    /// <summary>
    /// How many descriptors a launch takes in addition to those its handler keeps: the other end of the pipe, and the cgroup.
    /// </summary>
    private const int DescriptorsOfLaunch = 2;

    private ServiceCounters? _counters;
    private Action? _closed;

    /// <summary>
    /// The definition for new connections. Each connection keeps the one it started with: <see cref="Connection.Definition"/>.
    /// </summary>
    public ServiceDefinition Definition { get; private set; } = definition;

    /// <summary>Its name, unique among the services in force.</summary>
    public string Name { get; } = definition.Name;

    /// <summary>
    /// How its handlers are launched; null until the first launch under a definition, so that an idle service costs nothing.
    /// </summary>
    public LaunchPlan? LaunchPlan { get; set; }

    /// <summary>Handlers that run or are being launched: the count that <c>instances</c> limits.</summary>
    public int LiveHandlers { get; private set; }

    /// <summary>
    /// Open sockets of its connections, whatever they wait for: a PROXY header, a place, a client that reads a text, or their end.
    /// </summary>
    public int OpenSockets { get; private set; }

    /// <summary>How many descriptors its connections take: their sockets, and those of what serves them.</summary>
    public int Descriptors => OpenSockets + (LiveHandlers * DescriptorsOfPlace) + (LaunchesUnderWay * DescriptorsOfLaunch);

    /// <summary>
    /// How many descriptors a place takes in addition to the client's socket: the backend's; or a pidfd, a stderr pipe, and superd's own
    /// socket of a peer.
    /// </summary>
    public int DescriptorsOfPlace => Definition switch
    {
        { Builtin: not null } => 0,
        { Redirect: not null } => 1,
        { IsPerPeer: true } => 3,
        _ => 2,
    };

    /// <summary>How many launches are under way.</summary>
    public int LaunchesUnderWay { get; set; }

    /// <summary>Its handlers, and how many it may have.</summary>
    public Occupancy Occupancy => new(LiveHandlers, Definition.Instances);

    /// <summary>Whether no further handler may start now.</summary>
    public bool IsFull => LiveHandlers >= Definition.Instances;

    /// <summary>Whether it accepts new connections, as set on the console or by a reload.</summary>
    public ServiceMode Mode { get; set; }

    /// <summary>The counters to write to; creates them.</summary>
    public ServiceCounters Counters => _counters ??= new ServiceCounters();

    /// <summary>The counters to read.</summary>
    public ServiceCounters Counted => _counters ?? s_nothing;

    /// <summary>How its last connections ended; null if none has.</summary>
    public RecentEnds? Ends { get; private set; }

    /// <summary>As <see cref="Ends"/>, to write to; creates it.</summary>
    public RecentEnds EndsToWrite => Ends ??= new RecentEnds();

    /// <summary>
    /// Why its last connection got no handler or no backend; null if it got one, or there was none under the present definition.
    /// </summary>
    public Trouble? LastFailure { get; set; }

    /// <summary>Applies the changed definition of a reload.</summary>
    public void Redefine(ServiceDefinition definition)
    {
        Definition = definition;
        LaunchPlan = null;
        LastFailure = null;
    }

    /// <summary>Counts a connection's socket for this service until it is closed, or another service counts it.</summary>
    public void Count(Fd socket)
    {
        if (socket.IsClosed)
        {
            return; // inherited, and only the handler has the socket
        }

        socket.Closed?.Invoke();
        socket.Closed = _closed ??= () => OpenSockets--;
        OpenSockets++;
    }

    /// <summary>Takes a place among the instances, before the launch; <see cref="Release"/> returns it.</summary>
    public void Take() => LiveHandlers++;

    /// <summary>Returns a place, once: the launch failed, or the handler is reaped.</summary>
    public void Release() => LiveHandlers--;
}
