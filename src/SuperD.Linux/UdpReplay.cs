using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Puts a received datagram, with its original sender, into the queue of another socket: the socket of a new handler.</summary>
/// <remarks>
/// The kernel cannot move a datagram between sockets. So we write the original packet to this machine's loopback path (a raw socket,
/// CAP_NET_RAW), and the kernel delivers it to the socket connected to its sender. A datagram forwarded the ordinary way would carry
/// superd's address, and would mislead a handler that checks or answers its sender.
/// </remarks>
public sealed unsafe class UdpReplay : IDisposable
{
    private const int UdpHeaderBytes = 8;
    private const int HopLimit = 64;

    private readonly Fd _socket;
    private readonly bool _isV6;

    private UdpReplay(Fd socket, bool isV6)
    {
        _socket = socket;
        _isV6 = isV6;
    }

    /// <summary>Opens the raw socket.</summary>
    /// <returns>0, or EPERM without CAP_NET_RAW.</returns>
    public static SysResult Open(bool isV6, out UdpReplay? replay)
    {
        // IPPROTO_RAW: packets include their header, and the socket never receives.
        int fd = LibC.socket(isV6 ? LibC.AF_INET6 : LibC.AF_INET, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, LibC.IPPROTO_RAW);
        replay = fd >= 0 ? new UdpReplay(new Fd(fd), isV6) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>Delivers a datagram of a flow to the socket connected for that flow.</summary>
    /// <returns>0, or EMSGSIZE (IPv6 above 65,488 bytes does not fit the loopback MTU), ENOBUFS, EPERM (a firewall rule).</returns>
    public SysResult Deliver(UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[48];
        header = _isV6 ? WriteIPv6(header, flow, payload) : WriteIPv4(header, flow, payload);
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];

        // Port 0: a raw IPv6 socket interprets this field as a protocol number.
        int addressLength = flow.Local.WriteSockaddr(flow.Scope, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        new Span<byte>(address + 2, 2).Clear();
        fixed (byte* first = header, second = payload)
        {
            LibC.iovec* vectors = stackalloc LibC.iovec[2];
            vectors[0] = new LibC.iovec { iov_base = first, iov_len = (nuint)header.Length };
            vectors[1] = new LibC.iovec { iov_base = second, iov_len = (nuint)payload.Length };
            var message = new LibC.msghdr { msg_name = address, msg_namelen = (uint)addressLength, msg_iov = vectors, msg_iovlen = 2 };
            return LibC.sendmsg(_socket.Value, &message, LibC.MSG_DONTWAIT) >= 0
                ? SysResult.Ok()
                : SysResult.Error(Marshal.GetLastPInvokeError());
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>RFC 791. The kernel fills in length, identification and checksum; see raw(7).</summary>
    private static Span<byte> WriteIPv4(Span<byte> header, UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        const int Bytes = 20;
        header = header[..(Bytes + UdpHeaderBytes)];
        header.Clear();
        header[0] = 0x45;
        header[8] = HopLimit;
        header[9] = LibC.IPPROTO_UDP;
        flow.Peer.WriteAddress(header[12..]);
        flow.Local.WriteAddress(header[16..]);
        WriteUdp(header[Bytes..], header[12..Bytes], flow, payload);
        return header;
    }

    /// <summary>RFC 8200.</summary>
    private static Span<byte> WriteIPv6(Span<byte> header, UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        const int Bytes = 40;
        header = header[..(Bytes + UdpHeaderBytes)];
        header.Clear();
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)Math.Min(UdpHeaderBytes + payload.Length, ushort.MaxValue));
        header[6] = LibC.IPPROTO_UDP;
        header[7] = HopLimit;
        flow.Peer.WriteAddress(header[8..]);
        flow.Local.WriteAddress(header[24..]);
        WriteUdp(header[Bytes..], header[8..Bytes], flow, payload);
        return header;
    }

    /// <summary>RFC 768. The checksum covers the addresses, the header and the payload.</summary>
    private static void WriteUdp(Span<byte> header, ReadOnlySpan<byte> addresses, UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        ushort length = (ushort)Math.Min(UdpHeaderBytes + payload.Length, ushort.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(header, flow.Peer.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], flow.Local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], length);
        ulong sum = (ulong)LibC.IPPROTO_UDP + length + Sum(addresses) + Sum(header[..UdpHeaderBytes]) + Sum(payload);
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        // 0 would mean that there is no checksum.
        ushort checksum = (ushort)~sum;
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], checksum == 0 ? ushort.MaxValue : checksum);
    }

    /// <summary>The sum of the 16-bit words; an odd last byte is the high byte of its word.</summary>
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (; bytes.Length > 1; bytes = bytes[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        }

        return bytes.Length == 1 ? sum + ((ulong)bytes[0] << 8) : sum;
    }
}
