using System.Text;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>superd's own connections to backends: by them superd finds out that a client it has accepted is superd itself. Loop only.</summary>
/// <remarks>
/// What is the local address of one end of a TCP connection is the peer's address of the other, and a Unix-domain socket gets a name before it
/// connects. Both are known when connect(2) has returned, and so before the loop can accept the other end. A connection whose addresses were
/// changed on its way (NAT), or that comes back through another program, looks like any other: <c>instances</c> and the share that one service
/// has of the descriptors bound those.
/// </remarks>
internal sealed class OwnConnections
{
    private readonly Dictionary<(InetEndPoint Here, InetEndPoint There), Connection> _tcp = [];
    private readonly Dictionary<string, Connection> _unix = new(StringComparer.Ordinal);

    /// <summary>Remembers a connection, until its socket is closed.</summary>
    /// <param name="remote">The other end; not known of a Unix-domain socket.</param>
    /// <param name="client">Whom superd connects for.</param>
    public void Add(Fd socket, InetEndPoint remote, Connection client)
    {
        if (remote.IsKnown)
        {
            (InetEndPoint, InetEndPoint) ends = (TcpSocket.LocalEndPoint(socket), remote);
            _tcp[ends] = client;
            socket.Closed = () => _tcp.Remove(ends);
        }
        else
        {
            Span<byte> buffer = stackalloc byte[UnixSocket.MaxNameBytes + 1];
            string name = Encoding.UTF8.GetString(buffer[..UnixSocket.NameOf(socket, buffer)]);
            _unix[name] = client;
            socket.Closed = () => _unix.Remove(name);
        }
    }

    /// <summary>Whom superd made an accepted connection for; null when the client is somebody else.</summary>
    /// <param name="peer">Who has connected, as the kernel says.</param>
    /// <param name="listener">Where it was accepted.</param>
    public Connection? FindClient(Fd accepted, Peer peer, LocalAddress listener)
    {
        if (peer.Kind == PeerKind.Unix)
        {
            return peer.Credentials.ProcessId == Environment.ProcessId ? FindClient(accepted) : null;
        }

        if (_tcp.Count == 0)
        {
            return null; // nothing need be asked of the kernel
        }

        InetEndPoint local = listener.EndPoint.IsWildcard ? TcpSocket.LocalEndPoint(accepted) : listener.EndPoint;
        return _tcp.GetValueOrDefault((peer.EndPoint, local));
    }

    private Connection? FindClient(Fd acceptedFromUnixSocket)
    {
        Span<byte> name = stackalloc byte[UnixSocket.MaxNameBytes + 1];
        int length = UnixSocket.NameOfPeer(acceptedFromUnixSocket, name);
        return length > 0 ? _unix.GetValueOrDefault(Encoding.UTF8.GetString(name[..length])) : null;
    }
}
