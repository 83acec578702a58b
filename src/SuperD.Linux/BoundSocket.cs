using System.Buffers.Binary;
using System.Text;

namespace SuperD.Linux;

/// <summary>A socket of this machine (of this network namespace) that has an address; see sock_diag(7).</summary>
/// <param name="Local">Its address; unknown for a Unix-domain socket.</param>
/// <param name="IsV6Only">Whether a socket at [::] leaves the IPv4 port to others.</param>
/// <param name="UnixName">The path it was bound to, or <c>@</c> and its abstract name; null for an IP socket.</param>
/// <param name="Inode">The number in <c>socket:[N]</c> of /proc/PID/fd.</param>
/// <param name="UserId">The user who made it; null if the kernel does not tell.</param>
public readonly record struct BoundSocket(InetEndPoint Local, bool IsV6Only, string? UnixName, uint Inode, uint? UserId)
{
    private const int HeaderSize = 16; // struct nlmsghdr
    private const int InetMessageSize = 72; // struct inet_diag_msg
    private const int InetRequestSize = 56; // struct inet_diag_req_v2
    private const int UnixMessageSize = 16; // struct unix_diag_msg
    private const int UnixRequestSize = 24; // struct unix_diag_req
    private const int Closed = 7, Listening = 10; // TCP_CLOSE, TCP_LISTEN; a socket that is bound and no more is closed

    private const int NameOfUnix = 0, UserOfUnix = 7, V6Only = 11; // UNIX_DIAG_NAME, UNIX_DIAG_UID, INET_DIAG_SKV6ONLY
    private const uint ShowName = 1, ShowUser = 0x40;

    /// <summary>The TCP sockets that listen; with a port all sockets at it, because any of them may keep it from being bound.</summary>
    public static List<BoundSocket> Tcp(ushort port = 0) => Inet(LibC.IPPROTO_TCP, port, port == 0 ? 1u << Listening : uint.MaxValue);

    /// <summary>The UDP sockets.</summary>
    public static List<BoundSocket> Udp() => Inet(LibC.IPPROTO_UDP, port: 0, uint.MaxValue);

    /// <summary>The Unix-domain sockets that clients can connect to.</summary>
    public static List<BoundSocket> Unix()
    {
        Span<byte> request = stackalloc byte[HeaderSize + UnixRequestSize];
        request.Clear();
        request[HeaderSize] = LibC.AF_UNIX;
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 4)..], 1u << Listening | 1u << Closed);
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 12)..], ShowName | ShowUser);
        var found = new List<BoundSocket>();
        _ = Netlink.Dump(request, LibC.SOCK_DIAG_BY_FAMILY, message =>
        {
            if (message.Length < UnixMessageSize)
            {
                return;
            }

            ReadOnlySpan<byte> name = Netlink.Attribute(message[UnixMessageSize..], NameOfUnix);
            if (!name.IsEmpty)
            {
                ReadOnlySpan<byte> user = Netlink.Attribute(message[UnixMessageSize..], UserOfUnix);
                found.Add(new BoundSocket(
                    default,
                    IsV6Only: false,
                    name[0] == 0 ? "@" + Encoding.UTF8.GetString(name[1..]) : Encoding.UTF8.GetString(name).TrimEnd('\0'),
                    BinaryPrimitives.ReadUInt32LittleEndian(message[4..]),
                    user.Length < sizeof(uint) ? null : BinaryPrimitives.ReadUInt32LittleEndian(user)));
            }
        });
        return found;
    }

    private static List<BoundSocket> Inet(byte protocol, ushort port, uint states)
    {
        var found = new List<BoundSocket>();
        AddInet(found, LibC.AF_INET, protocol, port, states);
        AddInet(found, LibC.AF_INET6, protocol, port, states);
        return found;
    }

    private static void AddInet(List<BoundSocket> found, byte family, byte protocol, ushort port, uint states)
    {
        Span<byte> request = stackalloc byte[HeaderSize + InetRequestSize];
        request.Clear();
        request[HeaderSize] = family;
        request[HeaderSize + 1] = protocol;
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 4)..], states);
        BinaryPrimitives.WriteUInt16BigEndian(request[(HeaderSize + 8)..], port); // the kernel lists only that port
        _ = Netlink.Dump(request, LibC.SOCK_DIAG_BY_FAMILY, message =>
        {
            if (message.Length >= InetMessageSize)
            {
                ReadOnlySpan<byte> v6Only = Netlink.Attribute(message[InetMessageSize..], V6Only);
                ushort local = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
                found.Add(new BoundSocket(
                    InetEndPoint.FromBytes(message.Slice(8, family == LibC.AF_INET ? 4 : 16), local),
                    IsV6Only: v6Only is [not 0, ..],
                    UnixName: null,
                    BinaryPrimitives.ReadUInt32LittleEndian(message[68..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(message[64..])));
            }
        });
    }
}
