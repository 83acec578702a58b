using System.Collections.Immutable;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>
/// One accepted connection and its peer; or the conversation of one peer over datagrams; or one run of a wait service, which accepts
/// for itself and so has no peer here, except over datagrams: there it is the sender of the first one.
/// </summary>
internal sealed class Connection
{
    /// <param name="id">1 and up, never used twice in superd's life; in every log line and the handler's SUPERD_CONNECTION.</param>
    /// <param name="socket">What the handler gets as fd 0: the accepted socket, or a duplicate of the listener's; owned by the connection.</param>
    /// <param name="peer">Who connected, or sent the first datagram; not known for a wait service of connections.</param>
    /// <param name="listener">The address of the listener it came by, which may be a wildcard; its port is the real one. Behind a proxy, the proxy's.</param>
    public Connection(long id, Service service, Fd socket, Peer peer, LocalAddress listener)
    {
        Id = id;
        Service = service;
        Definition = service.Definition;
        Socket = socket;
        Peer = peer;
        Listener = listener;
        service.Count(socket);
    }

    public long Id { get; }

    public Service Service { get; }

    /// <summary>What it goes by to its end: the service's definition when it was admitted, or, before that, when it was accepted.</summary>
    /// <remarks>Set on the loop, before anybody else sees the connection.</remarks>
    public ServiceDefinition Definition { get; set; }

    public Fd Socket { get; }

    public Peer Peer { get; }

    public LocalAddress Listener { get; }

    /// <summary>The services it came through, first to last: superd itself relayed it here, or a tcpmux service handed it on. Usually none.</summary>
    public ImmutableArray<string> Through { get; init; } = [];

    /// <summary>Whether it came through its service before, and so would come again, each time with more descriptors.</summary>
    public bool IsLoop => Through.Contains(Service.Name);

    /// <summary>When it was accepted, in the loop's <c>TimeProvider.GetTimestamp</c>.</summary>
    public long AcceptedAt { get; init; }

    /// <summary>What serves it; null before it is served, and while nobody has it.</summary>
    public IConnectionServer? Server { get; set; }

    /// <summary>The cgroup its handler is born into; null = none of its own.</summary>
    public LeafCgroup? Cgroup { get; set; }

    /// <summary>Whether superd keeps the socket until the handler is gone, instead of closing it after the launch.</summary>
    /// <remarks>Not with <c>close = "immediate"</c>: the client of a handler that closes its socket and works on would not see that.</remarks>
    public bool KeepsSocket => Definition is { Wait: false, IsDatagrams: false, Close: CloseMode.Graceful };

    /// <summary>The proxy that made the connection for <see cref="Peer"/>; not known where the peer came by itself.</summary>
    public Peer Proxy { get; init; }

    /// <summary>The local side; asked of the kernel only where there is a peer and the listener's address is a wildcard. Unknown for a Unix-domain socket.</summary>
    public InetEndPoint Local => Listener is { UnixName: null, EndPoint.IsWildcard: true } && Peer.IsKnown ? TcpSocket.LocalEndPoint(Socket) : Listener.EndPoint;

    /// <summary>The same connection as its proxy tells of it: who came to the proxy, and to which of its addresses.</summary>
    public Connection Proxied(InetEndPoint source, InetEndPoint destination) => new(Id, Service, Socket, source, destination)
    {
        AcceptedAt = AcceptedAt,
        Proxy = Peer,
        Through = Through,
    };

    /// <summary>The same connection, now another service's: tcpmux found out whom the client means.</summary>
    public Connection For(Service other) => new(Id, other, Socket, Peer, Listener)
    {
        AcceptedAt = AcceptedAt,
        Proxy = Proxy,
        Through = Through.Add(Service.Name),
    };
}
