using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A bound UDP socket on which every datagram is answered before the next one is read; see udp(7), ip(7) and ipv6(7).</summary>
/// <remarks>
/// On a socket bound to all addresses the kernel would choose the sender of an answer by the route, and a client that wrote to another address
/// of the machine would not know it. So the address each datagram was sent to is asked for, and its answer is sent from there. Nothing here waits.
/// </remarks>
public sealed unsafe class DatagramSocket : IDisposable
{
    private readonly byte[] _sender = new byte[InetEndPoint.MaxSockaddrLength];
    private readonly byte[] _control = new byte[UdpSocket.ControlBytes];
    private uint _senderLength;
    private nuint _controlLength;

    /// <summary>A socket that <see cref="Bind"/> made in an earlier image of this process; owned by this from here on.</summary>
    public DatagramSocket(Fd fd) => Fd = fd;

    /// <summary>To be watched; it stays this socket's.</summary>
    public Fd Fd { get; }

    /// <summary>Makes and binds one, non-blocking and close-on-exec.</summary>
    /// <param name="v6Only">IPV6_V6ONLY; ignored for IPv4.</param>
    /// <returns>0, or EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE ...</returns>
    public static SysResult Bind(IPEndPoint endPoint, bool v6Only, out DatagramSocket? socket)
    {
        socket = null;
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        SysResult result = UdpSocket.Create(isV6, LibC.SOCK_NONBLOCK, v6Only, out Fd? fd);
        if (fd is null)
        {
            return result;
        }

        UdpSocket.AskForReceiver(fd, isV6);
        result = UdpSocket.BindOrClose(fd, endPoint);
        socket = result.IsError ? null : new DatagramSocket(fd);
        return result;
    }

    /// <summary>Takes the next datagram: its length, cut to the buffer's.</summary>
    /// <param name="peer">Who sent it, if that is true.</param>
    /// <param name="isForMany">True when it was sent to a broadcast or multicast address.</param>
    /// <returns>EAGAIN when there is none; after another errno there may be more.</returns>
    public SysResult Receive(Span<byte> buffer, out InetEndPoint peer, out bool isForMany)
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
            SysResult result = UdpSocket.Receive(Fd, &message, 0);
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

    /// <summary>Answers the datagram that was received last: to its sender, from the address it was sent to.</summary>
    /// <returns>How many bytes; EAGAIN when the kernel has no room: then the answer is lost, as any datagram may be.</returns>
    public SysResult Reply(ReadOnlySpan<byte> answer)
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
            nint count = LibC.sendmsg(Fd.Value, &message, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            return count >= 0 ? SysResult.Ok((int)count) : SysResult.Error(Marshal.GetLastPInvokeError());
        }
    }

    public void Dispose() => Fd.Dispose();

    /// <summary>Makes the control message of a datagram that of its answer, and tells whether the datagram was for many.</summary>
    /// <remarks>The interface is left to the route, since an answer need not go out where its question came in; for a link-local peer the sender's address names it.</remarks>
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
            // struct in_pktinfo: the interface, the address to answer from, the address it was sent to. They differ where the latter is nobody's own.
            case (LibC.IPPROTO_IP, LibC.IP_PKTINFO):
                *(int*)data = 0;
                return *(int*)(data + 4) != *(int*)(data + 8);

            // struct in6_pktinfo: the address it was sent to, the interface. ff00::/8 is multicast.
            case (LibC.IPPROTO_IPV6, LibC.IPV6_PKTINFO):
                *(int*)(data + 16) = 0;
                return data[0] == 0xFF;

            default:
                _controlLength = 0;
                return false;
        }
    }
}
