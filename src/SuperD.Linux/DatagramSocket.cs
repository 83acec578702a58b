using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A UDP socket on which each datagram is answered before the next one is read; see udp(7), ip(7) and ipv6(7).</summary>
/// <remarks>
/// On a socket bound to the wildcard address the kernel picks a reply's source address by route, and a client that wrote to another
/// address of this machine would not recognize the reply. So we ask for each datagram's destination address and reply from it.
/// Nothing here blocks.
/// </remarks>
public sealed unsafe class DatagramSocket
{
    private readonly byte[] _sender = new byte[InetEndPoint.MaxSockaddrLength];
    private readonly byte[] _control = new byte[UdpSocket.ControlBytes];
    private uint _senderLength;
    private nuint _controlLength;

    /// <summary>Creates and binds a socket, non-blocking and close-on-exec.</summary>
    /// <param name="v6Only">IPV6_V6ONLY; ignored for IPv4.</param>
    /// <returns>0, or EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE ...</returns>
    public static SysResult Bind(IPEndPoint endPoint, bool v6Only, out Fd? socket)
    {
        socket = null;
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        SysResult result = UdpSocket.Create(isV6, LibC.SOCK_NONBLOCK, v6Only, out Fd? fd);
        if (fd is null)
        {
            return result;
        }

        MakeAnswering(fd, endPoint);
        result = UdpSocket.BindOrClose(fd, endPoint);
        socket = result.IsError ? null : fd;
        return result;
    }

    /// <summary>Prepares a bound UDP socket for this class: the kernel reports the destination address of each datagram.</summary>
    public static void MakeAnswering(Fd socket, IPEndPoint endPoint) =>
        UdpSocket.AskForReceiver(socket, endPoint.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>Receives the next datagram and returns its length, truncated to the buffer's.</summary>
    /// <param name="peer">The sender, which may be spoofed.</param>
    /// <param name="isForMany">True when the destination is a broadcast or multicast address.</param>
    /// <returns>EAGAIN when the queue is empty; after another errno the queue may hold more datagrams.</returns>
    public SysResult Receive(Fd socket, Span<byte> buffer, out InetEndPoint peer, out bool isForMany)
    {
        peer = default;
        isForMany = false;
        fixed (byte* data = buffer, name = _sender, control = _control)
        {
            var vector = new LibC.iovec { iov_base = data, iov_len = (nuint)buffer.Length };
            var message = new LibC.msghdr
            {
                msg_name = name,
                msg_namelen = InetEndPoint.MaxSockaddrLength,
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = UdpSocket.ControlBytes,
            };
            SysResult result = UdpSocket.Receive(socket, &message, 0);
            if (result.IsError)
            {
                return result;
            }

            _senderLength = message.msg_namelen;
            _controlLength = message.msg_controllen;
            peer = InetEndPoint.FromSockaddr(_sender);
            isForMany = PrepareControl((LibC.cmsghdr*)control);
            return result;
        }
    }

    /// <summary>Replies to the datagram received last: to its sender, from its destination address.</summary>
    /// <returns>The number of bytes sent; EAGAIN when the send buffer is full: the reply is lost, as any datagram may be.</returns>
    public SysResult Reply(Fd socket, ReadOnlySpan<byte> answer)
    {
        fixed (byte* data = answer, name = _sender, control = _control)
        {
            var vector = new LibC.iovec { iov_base = data, iov_len = (nuint)answer.Length };
            var message = new LibC.msghdr
            {
                msg_name = name,
                msg_namelen = _senderLength,
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = _controlLength == 0 ? null : control,
                msg_controllen = _controlLength,
            };
            nint count = LibC.sendmsg(socket.Value, &message, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            return count >= 0 ? SysResult.Ok((int)count) : SysResult.Error(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Turns the control message of a datagram into that of its reply; true when the datagram was sent to many.</summary>
    /// <remarks>
    /// The route chooses the interface, since a reply need not leave where the datagram came in. For a link-local peer the sender's
    /// address names the interface.
    /// </remarks>
    private bool PrepareControl(LibC.cmsghdr* control)
    {
        if (_controlLength < (nuint)sizeof(LibC.cmsghdr))
        {
            _controlLength = 0;
            return false;
        }

        byte* data = (byte*)(control + 1);
        switch (control->cmsg_level, control->cmsg_type)
        {
            // struct in_pktinfo: interface, local address to reply from, destination in the header. The two addresses differ for a
            // broadcast or multicast destination.
            case (LibC.IPPROTO_IP, LibC.IP_PKTINFO):
                *(int*)data = 0;
                return *(int*)(data + 4) != *(int*)(data + 8);

            // struct in6_pktinfo: destination, interface. ff00::/8 is multicast.
            case (LibC.IPPROTO_IPV6, LibC.IPV6_PKTINFO):
                *(int*)(data + 16) = 0;
                return data[0] == 0xFF;

            default:
                _controlLength = 0;
                return false;
        }
    }
}
