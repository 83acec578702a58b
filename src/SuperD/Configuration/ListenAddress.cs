using System.Net;
using System.Net.Sockets;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>One socket address of a service.</summary>
/// <param name="EndPoint">Address and port; <see cref="IPAddress.Any"/> or <see cref="IPAddress.IPv6Any"/> for all addresses.</param>
/// <param name="V6Only">IPV6_V6ONLY; false only for the one dual-stack socket of a wait service. Meaningless for IPv4.</param>
/// <param name="Optional">
/// True for the half of a dual-stack port, or of localhost, whose address family the machine may lack; it is then skipped.
/// </param>
internal sealed record ListenAddress(IPEndPoint EndPoint, bool V6Only = true, bool Optional = false)
{
    /// <summary>The transport.</summary>
    public Transport Transport { get; init; } = Transport.Tcp;

    /// <summary>The absolute path of a Unix-domain socket, or <c>@</c> and its abstract name; null for an IP address.</summary>
    public string? UnixName { get; init; }

    /// <summary>Whether a socket passed to superd accepts the connections to this address. Passed sockets are TCP.</summary>
    public bool IsServedBy(PassedSocket passed) => Transport == Transport.Tcp && passed.Covers(EndPoint);

    /// <summary>False for port 0, for which the kernel chooses a different port for each socket.</summary>
    public bool HasName => UnixName is not null || EndPoint.Port != 0;

    private bool IsV6 => EndPoint.AddressFamily == AddressFamily.InterNetworkV6;

    private bool IsAny => EndPoint.Address.Equals(IPAddress.Any) || EndPoint.Address.Equals(IPAddress.IPv6Any);

    /// <summary>A Unix-domain address; its end point is meaningless.</summary>
    public static ListenAddress Unix(string name) =>
        new(new IPEndPoint(IPAddress.None, 0)) { Transport = Transport.Unix, UnixName = name };

    /// <summary>Whether the same socket fits both, so that a reload keeps it.</summary>
    public bool IsSameSocket(ListenAddress other) =>
        Transport == other.Transport
        && UnixName == other.UnixName
        && EndPoint.Equals(other.EndPoint)
        && (!IsV6 || V6Only == other.V6Only);

    /// <summary>Whether Linux refuses to bind two sockets to both. Port 0 differs each time, so it overlaps with nothing.</summary>
    public bool Overlaps(ListenAddress other)
    {
        if (Transport != other.Transport || UnixName != other.UnixName || EndPoint.Port != other.EndPoint.Port || !HasName)
        {
            return false;
        }

        // A dual-stack [::] occupies the port of every IPv4 address too.
        return IsV6 != other.IsV6
            ? !(IsV6 ? this : other).V6Only
            : EndPoint.Address.Equals(other.EndPoint.Address) || IsAny || other.IsAny;
    }

    /// <summary>Whether a local connection to an address arrives here, on the same port, as far as the addresses alone show.</summary>
    public bool Takes(IPAddress target)
    {
        // connect(2) treats a wildcard as this machine, and a mapped IPv4 address as the IPv4 address.
        InetEndPoint reached = InetEndPoint.Reached(new IPEndPoint(target, EndPoint.Port));
        return reached == InetEndPoint.From(EndPoint)
            || (IsAny && IPAddress.IsLoopback(reached.ToIPAddress()) && (IsV6 == reached.IsV6 || (IsV6 && !V6Only)));
    }

    /// <summary>Whether clients of an IP address family can reach it.</summary>
    public bool IsForFamily(bool isV6) => Transport != Transport.Unix && (IsV6 == isV6 || (IsV6 && IsAny && !V6Only));

    /// <summary>The form used in logs: <c>127.0.0.1:9003</c>, <c>[::1]:9003</c>, <c>0.0.0.0:69/udp</c>, <c>unix:/run/x.sock</c>.</summary>
    public override string ToString() => Transport switch
    {
        Transport.Udp => $"{EndPoint}/udp",
        Transport.Unix => $"unix:{UnixName}",
        _ => EndPoint.ToString(),
    };
}
