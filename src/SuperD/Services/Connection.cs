using System.Collections.Immutable;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>
/// One accepted connection and its peer; or the exchange with one peer over datagrams; or one run of a wait service. A wait service accepts
/// by itself and so has no peer here, except over datagrams: there it is the sender of the first one.
/// </summary>
internal sealed class Connection
{
    /// <summary>Creates a connection under the service's present definition.</summary>
    /// <param name="id">1 or more, unique in superd's life; in every log line and the handler's SUPERD_CONNECTION.</param>
    /// <param name="socket">The handler's fd 0: the accepted socket, or a duplicate of the listener's; owned by the connection.</param>
    /// <param name="peer">The client, or the sender of the first datagram; unknown for a wait service over connections.</param>
    /// <param name="listener">The address of its listener, which may be a wildcard, with the real port. Behind a proxy, the proxy's
    /// target.</param>
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

    /// <summary>1 or more, unique in superd's life.</summary>
    public long Id { get; }

    /// <summary>Its service.</summary>
    public Service Service { get; }

    /// <summary>The definition that applies to it until its end: the service's at admission; before admission, the one at accept.</summary>
    /// <remarks>Set on the loop, before anything else sees the connection.</remarks>
    public ServiceDefinition Definition { get; set; }

    /// <summary>The socket, owned by the connection.</summary>
    public Fd Socket { get; }

    /// <summary>The client.</summary>
    public Peer Peer { get; }

    /// <summary>The address of its listener.</summary>
    public LocalAddress Listener { get; }

    /// <summary>
    /// The services it came through, first to last: superd itself relayed it here, or a tcpmux service passed it on. Usually none.
    /// </summary>
    public ImmutableArray<string> Through { get; init; } = [];

    /// <summary>Whether it has come through its service before; it would return again and again, with more descriptors each time.</summary>
    public bool IsLoop => Through.Contains(Service.Name);

    /// <summary>When it was accepted, as the loop's <c>TimeProvider.GetTimestamp</c>.</summary>
    public long AcceptedAt { get; init; }

    /// <summary>What serves it; null while nothing does.</summary>
    public IConnectionServer? Server { get; set; }

    /// <summary>The last line that its handler wrote to stderr, shortened; null until the handler has ended.</summary>
    public string? LastStderr { get; set; }

    /// <summary>The user that its handler has alone; null if its service's user is fixed, or none is taken yet.</summary>
    public uint? DynamicUser { get; set; }

    /// <summary>The cgroup its handler is born into; null if it has none of its own.</summary>
    public LeafCgroup? Cgroup { get; set; }

    /// <summary>Whether superd keeps the socket until the handler is gone, instead of closing it after the launch.</summary>
    /// <remarks>
    /// Not with <c>close = "immediate"</c>: if the handler closed its socket and worked on, the client would not see that.
    /// </remarks>
    public bool KeepsSocket => Definition is { Wait: false, IsDatagrams: false, Close: CloseMode.Graceful };

    /// <summary>The proxy that made the connection for <see cref="Peer"/>; unknown if there is none.</summary>
    public Peer Proxy { get; init; }

    /// <summary>
    /// The local address; unknown for a Unix-domain socket. Queries the kernel only if there is a peer and the listener's address is a
    /// wildcard.
    /// </summary>
    public InetEndPoint Local => Listener is { UnixName: null, EndPoint.IsWildcard: true } && Peer.IsKnown
        ? TcpSocket.LocalEndPoint(Socket)
        : Listener.EndPoint;

    /// <summary>
    /// The same connection with the addresses from its PROXY header: the client, and the proxy's address it connected to.
    /// </summary>
    public Connection Proxied(InetEndPoint source, InetEndPoint destination) => new(Id, Service, Socket, source, destination)
    {
        AcceptedAt = AcceptedAt,
        Proxy = Peer,
        Through = Through,
    };

    /// <summary>The same connection, passed on to the service that a tcpmux client asked for.</summary>
    public Connection For(Service other) => new(Id, other, Socket, Peer, Listener)
    {
        AcceptedAt = AcceptedAt,
        Proxy = Proxy,
        Through = Through.Add(Service.Name),
    };
}
