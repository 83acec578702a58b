using System.Net;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A connection handed over to the next version.</summary>
/// <param name="Service">Its service's name.</param>
/// <param name="Socket">The number of its socket; null if superd has closed it.</param>
/// <param name="Listener">The address it was accepted on.</param>
/// <param name="Proxy">The proxy that made it, if there is one.</param>
/// <param name="Cgroup">The name of its handler's cgroup, if there is one.</param>
internal sealed record ConnectionHandover(
    long Id, string Service, int? Socket, PeerHandover? Peer, AddressHandover Listener, PeerHandover? Proxy, string? Cgroup)
{
    /// <summary>The services it came through; null if there are none.</summary>
    public string[]? Through { get; init; }

    /// <summary>Describes a connection.</summary>
    public static ConnectionHandover Of(Connection connection, int? socket) => new(
        connection.Id,
        connection.Service.Name,
        socket,
        PeerHandover.Of(connection.Peer),
        AddressHandover.Of(connection.Listener),
        PeerHandover.Of(connection.Proxy),
        connection.Cgroup?.Name)
    {
        Through = connection.Through.IsEmpty ? null : [.. connection.Through],
    };

    /// <summary>Restores the connection.</summary>
    /// <param name="socket">A closed one if superd has closed it.</param>
    public Connection ToConnection(Service service, Fd socket, long acceptedAt) =>
        new(Id, service, socket, Peer?.ToPeer() ?? default, Listener.ToAddress())
        {
            AcceptedAt = acceptedAt,
            Proxy = Proxy?.ToPeer() ?? default,
            Through = [.. Through ?? []],
        };
}

/// <summary>A peer: an address and port, or a user of this machine.</summary>
internal sealed record PeerHandover(string? Address, uint UserId, uint GroupId, int ProcessId, uint[]? Groups)
{
    /// <summary>Describes a peer; null if it is unknown.</summary>
    public static PeerHandover? Of(Peer peer) => peer.Kind switch
    {
        PeerKind.Inet => new PeerHandover(peer.EndPoint.ToString(), 0, 0, 0, null),
        PeerKind.Unix => new PeerHandover(
            null, peer.Credentials.UserId, peer.Credentials.GroupId, peer.Credentials.ProcessId, [.. peer.Credentials.Groups]),
        _ => null,
    };

    /// <summary>Restores the peer.</summary>
    public Peer ToPeer() => Address is { } text
        ? new Peer(AddressHandover.EndPointOf(text))
        : new Peer(new PeerCredentials(UserId, GroupId, ProcessId) { Groups = [.. Groups ?? []] });
}

/// <summary>An address that superd listens on.</summary>
/// <param name="EndPoint">Null if it is unknown, or for a Unix-domain socket.</param>
internal sealed record AddressHandover(Transport Transport, string? EndPoint, string? UnixName)
{
    /// <summary>Describes an address.</summary>
    public static AddressHandover Of(LocalAddress address) =>
        new(address.Transport, address.EndPoint.IsKnown ? address.EndPoint.ToString() : null, address.UnixName);

    /// <summary>Parses an end point; unknown if the text is not one.</summary>
    public static InetEndPoint EndPointOf(string? text) =>
        IPEndPoint.TryParse(text ?? string.Empty, out IPEndPoint? read) ? InetEndPoint.From(read) : default;

    /// <summary>Restores the address.</summary>
    public LocalAddress ToAddress() => new(Transport, EndPointOf(EndPoint), UnixName);
}
