using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>UDP sockets: the one a service listens on, and those connected to a single peer; see udp(7).</summary>
/// <remarks>Every read passes MSG_DONTWAIT: handlers share the sockets and expect them to block.</remarks>
public static unsafe class UdpSocket
{
    /// <summary>The largest datagram.</summary>
    public const int MaxDatagramBytes = 65_535;

    /// <summary>The bytes a mark hashes; for longer datagrams, length and arrival time distinguish the rest.</summary>
    private const int MarkedBytes = 512;

    /// <summary>Enough for the one control message asked for: a cmsghdr and an in6_pktinfo, the larger of the two kinds.</summary>
    internal const int ControlBytes = 64;

    /// <summary>Creates and binds a service's socket, non-blocking and close-on-exec.</summary>
    /// <param name="v6Only">IPV6_V6ONLY; ignored for IPv4.</param>
    /// <param name="perPeer">True when each peer gets its own socket; <see cref="Receive"/> then also returns the local address.</param>
    /// <returns>0, or EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE ...</returns>
    public static SysResult Bind(IPEndPoint endPoint, bool v6Only, bool perPeer, out Fd? socket)
    {
        socket = null;
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        SysResult result = Create(isV6, LibC.SOCK_NONBLOCK, v6Only, out Fd? created);
        if (created is null)
        {
            return result;
        }

        // Before the bind: the kernel does not report the address for a datagram that is already queued.
        if (perPeer)
        {
            AskForReceiver(created, isV6);
        }

        EnableArrivalTimes(created);
        result = BindOrClose(created, endPoint);
        if (result.IsError)
        {
            return result;
        }

        // After the bind: a second superd must fail with EADDRINUSE, while the peers' sockets, of the same user, may share the
        // address. (SO_REUSEADDR would let any local user share it and take the datagrams.)
        if (perPeer)
        {
            _ = SetOption(created, LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1);
        }

        socket = created;
        return SysResult.Ok();
    }

    /// <summary>Prepares a bound socket for peers with their own sockets at the same address.</summary>
    public static void MakePerPeer(Fd socket, IPEndPoint endPoint)
    {
        AskForReceiver(socket, endPoint.AddressFamily == AddressFamily.InterNetworkV6);
        _ = SetOption(socket, LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1);
    }

    /// <summary>Prepares a bound socket to be lent to a handler: its datagrams get arrival times, which marks need.</summary>
    public static void MakeLendable(Fd socket) => EnableArrivalTimes(socket);

    /// <summary>Creates a socket for one peer, blocking, as a handler expects. It is bound later, so refusing the peer is cheap.</summary>
    public static SysResult CreateForPeer(bool isV6, out Fd? socket) => Create(isV6, 0, v6Only: true, out socket);

    /// <summary>Binds a peer's socket to the address the peer wrote to and connects it; it then gets all the peer's datagrams.</summary>
    /// <remarks>Between bind and connect other peers' datagrams may enter its queue; the caller must take them out.</remarks>
    /// <returns>0, or the errno of bind(2) or connect(2) (ENETUNREACH, EACCES for a broadcast address).</returns>
    public static SysResult ConnectToPeer(Fd socket, UdpFlow flow)
    {
        EnableArrivalTimes(socket);
        _ = SetOption(socket, LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1);
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        int length = flow.Local.WriteSockaddr(flow.Scope, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        return LibC.bind(socket.Value, address, (uint)length) == 0
            ? Connect(socket, flow.Peer, flow.Scope)
            : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>Connects a peer's socket to itself, so that the peer's datagrams go to the service's socket again.</summary>
    /// <remarks>
    /// The socket can then be drained and closed without losing a datagram in between. Dissolving the connection instead would make it a
    /// second listener.
    /// </remarks>
    public static SysResult TurnAway(Fd socket, UdpFlow flow) => Connect(socket, flow.Local, flow.Scope);

    /// <summary>Receives the first datagram and returns its length, truncated to the buffer's.</summary>
    /// <param name="port">The port the socket is bound to.</param>
    /// <param name="flow">Sender and destination; without <c>perPeer</c> at the bind, only the sender.</param>
    /// <returns>EAGAIN when the queue is empty. Another errno belongs to an earlier send; the next call continues.</returns>
    public static SysResult Receive(Fd socket, ushort port, Span<byte> buffer, out UdpFlow flow)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        byte* control = stackalloc byte[ControlBytes];
        fixed (byte* data = buffer)
        {
            var vector = new LibC.iovec { iov_base = data, iov_len = (nuint)buffer.Length };
            var message = new LibC.msghdr
            {
                msg_name = address,
                msg_namelen = InetEndPoint.MaxSockaddrLength,
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = ControlBytes,
            };
            SysResult result = Receive(socket, &message, 0);
            flow = result.IsError ? default : FlowOf(address, ref message, port);
            return result;
        }
    }

    /// <summary>Peeks at the first datagram.</summary>
    /// <returns>0, or EAGAIN when there is none.</returns>
    public static SysResult PeekFirst(Fd socket, out DatagramMark mark)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        byte* data = stackalloc byte[MarkedBytes];
        var vector = new LibC.iovec { iov_base = data, iov_len = MarkedBytes };
        var message = new LibC.msghdr
        {
            msg_name = address,
            msg_namelen = InetEndPoint.MaxSockaddrLength,
            msg_iov = &vector,
            msg_iovlen = 1,
        };

        // With MSG_TRUNC recvmsg returns the datagram's real length.
        long beforeNs = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        SysResult result = Receive(socket, &message, LibC.MSG_PEEK | LibC.MSG_TRUNC);
        if (result.IsError)
        {
            mark = default;
            return result;
        }

        InetEndPoint source = InetEndPoint.FromSockaddr(new ReadOnlySpan<byte>(address, InetEndPoint.MaxSockaddrLength));
        var start = new ReadOnlySpan<byte>(data, Math.Min(result.Value, MarkedBytes));
        // Of a datagram that came just before the kernel began to stamp them, it gives the present time, another at each look.
        long arrivedNs = LastArrivalNs(socket);
        mark = new DatagramMark(source, result.Value, HashOf(start), arrivedNs < beforeNs ? arrivedNs : 0);
        return SysResult.Ok();
    }

    /// <summary>Discards the first datagram.</summary>
    public static SysResult DropFirst(Fd socket) => Receive(socket, 0, [], out _);

    /// <summary>The arrival time of the datagram read last from this socket, by any process; 0 when there was none.</summary>
    /// <remarks>Nanoseconds of the wall clock, which may be set back: only a change of the value is meaningful.</remarks>
    public static long LastArrivalNs(Fd socket)
    {
        long* time = stackalloc long[2];
        return LibC.ioctl(socket.Value, LibC.SIOCGSTAMPNS_OLD, time) == 0 ? (time[0] * 1_000_000_000) + time[1] : 0;
    }

    /// <summary>FNV-1a: equal in every process, because a mark may outlive an upgrade.</summary>
    private static int HashOf(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2_166_136_261;
        foreach (byte one in bytes)
        {
            hash = (hash ^ one) * 16_777_619;
        }

        return (int)hash;
    }

    /// <summary>Creates a socket without binding it.</summary>
    /// <param name="flags">SOCK_NONBLOCK, or 0.</param>
    internal static SysResult Create(bool isV6, int flags, bool v6Only, out Fd? socket)
    {
        socket = null;
        int fd = LibC.socket(isV6 ? LibC.AF_INET6 : LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC | flags, 0);
        if (fd < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        socket = new Fd(fd);
        if (isV6)
        {
            _ = SetOption(socket, LibC.IPPROTO_IPV6, LibC.IPV6_V6ONLY, v6Only ? 1 : 0);
        }

        return SysResult.Ok();
    }

    /// <summary>Makes the kernel report each datagram's destination address (IP_PKTINFO).</summary>
    internal static void AskForReceiver(Fd socket, bool isV6) => _ = isV6
        ? SetOption(socket, LibC.IPPROTO_IPV6, LibC.IPV6_RECVPKTINFO, 1)
        : SetOption(socket, LibC.IPPROTO_IP, LibC.IP_PKTINFO, 1);

    /// <summary>Binds a socket; closes it on an error.</summary>
    internal static SysResult BindOrClose(Fd socket, IPEndPoint endPoint)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        int length = InetEndPoint.WriteSockaddr(endPoint, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        if (LibC.bind(socket.Value, address, (uint)length) == 0)
        {
            return SysResult.Ok();
        }

        var error = SysResult.Error(Marshal.GetLastPInvokeError());
        socket.Dispose();
        return error;
    }

    /// <summary>Non-blocking recvmsg(2).</summary>
    /// <returns>The length; EAGAIN when the queue is empty.</returns>
    internal static SysResult Receive(Fd socket, LibC.msghdr* message, int flags)
    {
        while (true)
        {
            nint length = LibC.recvmsg(socket.Value, message, flags | LibC.MSG_DONTWAIT);
            if (length >= 0)
            {
                return SysResult.Ok((int)length);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return SysResult.Error(errno);
            }
        }
    }

    /// <summary>The kernel records arrival times once a socket has been asked for one.</summary>
    private static void EnableArrivalTimes(Fd socket) => _ = LastArrivalNs(socket);

    private static SysResult Connect(Fd socket, InetEndPoint endPoint, uint scope)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        int length = endPoint.WriteSockaddr(scope, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        return LibC.connect(socket.Value, address, (uint)length) == 0
            ? SysResult.Ok()
            : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>The sender from the address and the destination from the control message; see ip(7) and ipv6(7).</summary>
    private static UdpFlow FlowOf(byte* address, ref LibC.msghdr message, ushort localPort)
    {
        var sender = new ReadOnlySpan<byte>(address, InetEndPoint.MaxSockaddrLength);
        InetEndPoint peer = InetEndPoint.FromSockaddr(sender);
        uint scope = peer.IsV6 ? BitConverter.ToUInt32(sender[24..]) : 0;
        var control = (LibC.cmsghdr*)message.msg_control;
        if (message.msg_controllen < (nuint)sizeof(LibC.cmsghdr))
        {
            return new UdpFlow(peer, default, scope);
        }

        byte* data = (byte*)(control + 1);
        InetEndPoint local = (control->cmsg_level, control->cmsg_type) switch
        {
            // struct in_pktinfo: interface, local address to reply from (not the destination of a broadcast), destination.
            (LibC.IPPROTO_IP, LibC.IP_PKTINFO) => InetEndPoint.FromBytes(new ReadOnlySpan<byte>(data + 4, 4), localPort),
            (LibC.IPPROTO_IPV6, LibC.IPV6_PKTINFO) => InetEndPoint.FromBytes(new ReadOnlySpan<byte>(data, 16), localPort),
            _ => default,
        };
        return new UdpFlow(peer, local, scope);
    }

    private static SysResult SetOption(Fd fd, int level, int option, int value) =>
        LibC.setsockopt(fd.Value, level, option, &value, sizeof(int)) == 0
            ? SysResult.Ok()
            : SysResult.Error(Marshal.GetLastPInvokeError());
}
