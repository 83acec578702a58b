using System.Text;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>
/// superd's own connections to backends, by which it recognizes itself as the client of an accepted connection. Loop only.
/// </summary>
/// <remarks>
/// The local address of one end of a TCP connection is the peer address of the other, and superd binds a Unix-domain socket to a name
/// before it connects. Both are known when connect(2) returns, hence before the loop can accept the other end. A connection whose addresses
/// were rewritten on the way (NAT), or that returns through another program, looks like any other; <c>instances</c> and the service's share
/// of descriptors bound such loops.
/// </remarks>
internal sealed class OwnConnections
{
    private readonly Dictionary<(InetEndPoint Here, InetEndPoint There), Connection> _tcp = [];
    private readonly Dictionary<string, Connection> _unix = new(StringComparer.Ordinal);

    /// <summary>Remembers a connection until its socket is closed.</summary>
    /// <param name="remote">The other end; unknown for a Unix-domain socket.</param>
    /// <param name="client">The connection that superd connects for.</param>
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

    /// <summary>Returns the connection for which superd made an accepted connection; null if the client is not superd.</summary>
    /// <param name="peer">The peer as the kernel reports it.</param>
    /// <param name="listener">Where it was accepted.</param>
    public Connection? FindClient(Fd accepted, Peer peer, LocalAddress listener)
    {
        if (peer.Kind == PeerKind.Unix)
        {
            return peer.Credentials.ProcessId == Environment.ProcessId ? FindClient(accepted) : null;
        }

        if (_tcp.Count == 0)
        {
            return null; // saves the system call below
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
