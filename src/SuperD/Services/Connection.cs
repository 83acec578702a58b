using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>One accepted connection and its peer; or one run of a wait service, which accepts for itself and so has no peer here.</summary>
/// <param name="id">1 and up, never used twice in superd's life; in every log line and the handler's SUPERD_CONNECTION.</param>
/// <param name="socket">What the handler gets as fd 0: the accepted socket, owned by the connection, or a wait service's listener, which is not.</param>
/// <param name="peer">Who connected; not known for a wait service.</param>
/// <param name="listener">The address of the listener it came by, which may be a wildcard; its port is the real one. Behind a proxy, the proxy's.</param>
internal sealed class Connection(long id, Service service, Fd socket, InetEndPoint peer, InetEndPoint listener)
{
    public long Id { get; } = id;

    public Service Service { get; } = service;

    public Fd Socket { get; } = socket;

    public InetEndPoint Peer { get; } = peer;

    public InetEndPoint Listener { get; } = listener;

    /// <summary>When it was accepted, in the loop's <c>TimeProvider.GetTimestamp</c>.</summary>
    public long AcceptedAt { get; init; }

    /// <summary>The name of the cgroup its handler is born into; null = none of its own.</summary>
    public string? Cgroup { get; set; }

    /// <summary>Whether superd keeps the socket until the handler is gone, instead of closing it after the launch.</summary>
    public bool KeepsSocket => !Service.Definition.Wait && Service.Definition.Close == CloseMode.Graceful;

    /// <summary>The proxy that made the connection for <see cref="Peer"/>; not known where the peer came by itself.</summary>
    public InetEndPoint Proxy { get; private init; }

    /// <summary>The local side of the connection; asked of the kernel only where there is a peer and the listener's address is a wildcard.</summary>
    public InetEndPoint Local => Listener.IsWildcard && Peer.IsKnown ? TcpSocket.LocalEndPoint(Socket) : Listener;

    /// <summary>The same connection as its proxy tells of it: who came to the proxy, and to which of its addresses.</summary>
    public Connection Proxied(InetEndPoint source, InetEndPoint destination) => new(Id, Service, Socket, source, destination) { AcceptedAt = AcceptedAt, Proxy = Peer };
}
