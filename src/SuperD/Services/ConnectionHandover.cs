using System.Net;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Services;

/// <summary>A connection on its way to superd's next version.</summary>
/// <param name="Service">Its service's name.</param>
/// <param name="Socket">The number of its socket; null when superd has it no more.</param>
/// <param name="Listener">The address it came by.</param>
/// <param name="Proxy">The proxy that made it, if one did.</param>
/// <param name="Cgroup">The cgroup of its handler, if it has one of its own.</param>
internal sealed record ConnectionHandover(long Id, string Service, int? Socket, PeerHandover? Peer, AddressHandover Listener, PeerHandover? Proxy, string? Cgroup)
{
    /// <summary>The services it came through; null for none.</summary>
    public string[]? Through { get; init; }

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

    /// <summary>The connection again.</summary>
    /// <param name="socket">Where superd has it no more, one that is closed.</param>
    public Connection ToConnection(Service service, Fd socket, long acceptedAt) => new(Id, service, socket, Peer?.ToPeer() ?? default, Listener.ToAddress())
    {
        AcceptedAt = acceptedAt,
        Proxy = Proxy?.ToPeer() ?? default,
        Through = [.. Through ?? []],
    };
}

/// <summary>A peer: an address and port, or a user of this machine.</summary>
internal sealed record PeerHandover(string? Address, uint UserId, uint GroupId, int ProcessId, uint[]? Groups)
{
    /// <summary>Null for a peer that is not known.</summary>
    public static PeerHandover? Of(Peer peer) => peer.Kind switch
    {
        PeerKind.Inet => new PeerHandover(peer.EndPoint.ToString(), 0, 0, 0, null),
        PeerKind.Unix => new PeerHandover(null, peer.Credentials.UserId, peer.Credentials.GroupId, peer.Credentials.ProcessId, [.. peer.Credentials.Groups]),
        _ => null,
    };

    public Peer ToPeer() => Address is { } text
        ? new Peer(AddressHandover.EndPointOf(text))
        : new Peer(new PeerCredentials(UserId, GroupId, ProcessId) { Groups = [.. Groups ?? []] });
}

/// <summary>An address superd listens on.</summary>
/// <param name="EndPoint">Null when it is not known, or a Unix-domain socket's.</param>
internal sealed record AddressHandover(Transport Transport, string? EndPoint, string? UnixName)
{
    public static AddressHandover Of(LocalAddress address) => new(address.Transport, address.EndPoint.IsKnown ? address.EndPoint.ToString() : null, address.UnixName);

    /// <summary>The end point of its own text; not known when it is none.</summary>
    public static InetEndPoint EndPointOf(string? text) => IPEndPoint.TryParse(text ?? string.Empty, out IPEndPoint? read) ? InetEndPoint.From(read) : default;

    public LocalAddress ToAddress() => new(Transport, EndPointOf(EndPoint), UnixName);
}
