using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>What the kernel tells of a TCP connection at its very end; see <see cref="TcpDiagnosis.TrafficOf"/>.</summary>
/// <param name="Traffic">What went over it; its bytes in may have one too many, for the end of the peer's stream.</param>
/// <param name="IsOrderly">This side has ended its stream, and the peer has acknowledged that.</param>
/// <param name="Unread">How many bytes had arrived that nobody has read; the end of the peer's stream counts as one.</param>
public readonly record struct TcpEnd(ulong Cookie, TcpTraffic Traffic, bool IsOrderly, uint Unread);

/// <summary>Asks the kernel about TCP connections whose socket is not held, and hears of their end; see sock_diag(7). No privilege is needed. One thread.</summary>
/// <remarks>
/// The event of a socket's end (SKNLGRP_INET_TCP_DESTROY, what <c>ss -E</c> shows) has its struct tcp_info, but the state in it is always CLOSE. Its
/// tcpi_bytes_received counts the peer's FIN as a byte, if that has come. Whether it has follows, where this side's own FIN was acknowledged, from
/// two facts. A single byte that was received and never read (idiag_rqueue) is the FIN, since unread data would have made the end a reset. And where
/// all was read, either the FIN too, and then the peer ended first and nothing is left of the connection; or the peer has not ended yet, and then
/// the kernel waits for it, in FIN_WAIT2 or TIME_WAIT. (A peer that sends data in the very moment after the close ends that wait: its bytes are one too
/// few then.) After a reset it cannot be told.
/// </remarks>
public sealed unsafe class TcpDiagnosis : IDisposable
{
    private const int HeaderSize = 16; // struct nlmsghdr
    private const int MessageSize = 72; // struct inet_diag_msg
    private const int RequestSize = 56; // struct inet_diag_req_v2
    private const int StateAt = 1;
    private const int CookieAt = 44;
    private const int UnreadAt = 56;

    /// <summary>Room for some thousands of ends: all of the machine's come, and nobody takes them while superd replaces itself.</summary>
    private const int ReceiveBuffer = 8 * 1024 * 1024;

    private const byte FinWait2 = 5;
    private const byte TimeWait = 6;

    private readonly byte[] _buffer = new byte[16 * 1024];

    private TcpDiagnosis(Fd events, Fd question)
    {
        Events = events;
        Question = question;
    }

    /// <summary>Readable when connections of the machine have ended; owned by this object.</summary>
    public Fd Events { get; }

    /// <summary>
    /// Where <see cref="Ask(TcpIdentity)"/> asks; owned by this object. The kernel answers in the very call, and takes the lock of the socket
    /// that was asked about.
    /// </summary>
    public Fd Question { get; }

    /// <summary>Begins to hear of ends.</summary>
    /// <param name="events">The descriptor of an earlier one, in which events wait; null for a new one.</param>
    /// <returns>0; EPROTONOSUPPORT where the kernel has no sock_diag, EMFILE.</returns>
    public static SysResult Open(Fd? events, out TcpDiagnosis? diagnosis)
    {
        diagnosis = null;
        SysResult result = SysResult.Ok();
        if (events is null)
        {
            // The number of a group is that of its bit, counted from 1.
            result = Open(1u << (LibC.SKNLGRP_INET_TCP_DESTROY - 1) | 1u << (LibC.SKNLGRP_INET6_TCP_DESTROY - 1), out events);
        }

        if (events is null)
        {
            return result;
        }

        result = Open(groups: 0, out Fd? question);
        if (question is null)
        {
            events.Dispose();
            return result;
        }

        int size = ReceiveBuffer;
        if (LibC.setsockopt(events.Value, LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, &size, sizeof(int)) < 0)
        {
            // Without CAP_NET_ADMIN, as much as net.core.rmem_max allows.
            _ = LibC.setsockopt(events.Value, LibC.SOL_SOCKET, LibC.SO_RCVBUF, &size, sizeof(int));
        }

        diagnosis = new TcpDiagnosis(events, question);
        return SysResult.Ok();
    }

    /// <summary>Takes the next event; null when there is none now. Events can be lost where too many come at once.</summary>
    public TcpEnd? TakeEvent()
    {
        while (true)
        {
            SysResult result = StreamSocket.Receive(Events, _buffer);
            if (result.IsError && result.Errno != Errno.ENOBUFS)
            {
                return null;
            }

            if (!result.IsError && Parse(_buffer.AsSpan(0, result.Value), out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> info)
                && TcpConnection.TryRead(info, hasPeerEnded: false, out TcpTraffic traffic))
            {
                return new TcpEnd(
                    BinaryPrimitives.ReadUInt64LittleEndian(message[CookieAt..]),
                    traffic,
                    TcpConnection.IsEndAcknowledged(info),
                    BinaryPrimitives.ReadUInt32LittleEndian(message[UnreadAt..]));
            }
        }
    }

    /// <summary>What went over a connection that has ended; null where that cannot be told exactly. To be asked as soon as its event is there.</summary>
    public TcpTraffic? TrafficOf(TcpIdentity connection, TcpEnd end)
    {
        if (!end.IsOrderly || end.Unread > 1)
        {
            return null;
        }

        bool hasPeerEnded = end.Unread == 1 || !IsAwaited(connection);
        return end.Traffic with { BytesIn = Math.Max(0, end.Traffic.BytesIn - (hasPeerEnded ? 1 : 0)), HasPeerEnded = hasPeerEnded };
    }

    /// <summary>What went over a connection whose socket somebody has open, or that has not come to its end yet.</summary>
    public TcpTraffic? Ask(TcpIdentity connection)
    {
        TcpTraffic traffic = default;
        byte before = TcpConnection.Closed;
        while (Ask(connection, connection.Cookie, out _, out ReadOnlySpan<byte> info) && !info.IsEmpty && info[0] != TcpConnection.Closed)
        {
            // The kernel reads the state before the counters: they belong together where it is the same afterwards.
            if (info[0] == before)
            {
                return traffic;
            }

            before = info[0];
            if (!TcpConnection.TryRead(info, TcpConnection.HasPeerEnded(before), out traffic))
            {
                return null;
            }
        }

        return null;
    }

    public void Dispose()
    {
        Events.Dispose();
        Question.Dispose();
    }

    /// <summary>Whether the kernel waits for the peer's end, or for the last packets, of a connection that has ended on this side first.</summary>
    private bool IsAwaited(TcpIdentity connection) =>
        Ask(connection, ulong.MaxValue, out ReadOnlySpan<byte> message, out _) && message[StateAt] is FinWait2 or TimeWait;

    private static SysResult Open(uint groups, out Fd? socket)
    {
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, LibC.NETLINK_SOCK_DIAG);
        socket = fd >= 0 ? new Fd(fd) : null;
        if (socket is null)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        // struct sockaddr_nl: family and padding, port 0 = the kernel chooses one, the groups.
        uint* address = stackalloc uint[3] { LibC.AF_NETLINK, 0, groups };
        if (LibC.bind(fd, (byte*)address, 3 * sizeof(uint)) == 0)
        {
            return SysResult.Ok();
        }

        SysResult error = SysResult.Error(Marshal.GetLastPInvokeError());
        socket.Dispose();
        socket = null;
        return error;
    }

    /// <summary>The answer comes at once: the kernel makes it while the question is sent.</summary>
    /// <param name="cookie">All ones for whatever socket has these addresses; an unconnected one too.</param>
    private bool Ask(TcpIdentity connection, ulong cookie, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> info)
    {
        Span<byte> request = stackalloc byte[HeaderSize + RequestSize];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteInt16LittleEndian(request[4..], LibC.SOCK_DIAG_BY_FAMILY);
        BinaryPrimitives.WriteInt16LittleEndian(request[6..], LibC.NLM_F_REQUEST);
        Span<byte> body = request[HeaderSize..];
        body[0] = connection.Local.IsV6 ? (byte)LibC.AF_INET6 : (byte)LibC.AF_INET;
        body[1] = LibC.IPPROTO_TCP;
        body[2] = 1 << (LibC.INET_DIAG_INFO - 1);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], uint.MaxValue); // in whatever state
        Span<byte> id = body[8..];
        BinaryPrimitives.WriteUInt16BigEndian(id, connection.Local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(id[2..], connection.Remote.Port);
        connection.Local.WriteAddress(id[4..]);
        connection.Remote.WriteAddress(id[20..]);
        BinaryPrimitives.WriteUInt64LittleEndian(id[40..], cookie);
        message = info = default;
        return !StreamSocket.Send(Question, request, more: false).IsError
            && StreamSocket.Receive(Question, _buffer) is { IsError: false } answer
            && Parse(_buffer.AsSpan(0, answer.Value), out message, out info);
    }

    /// <summary>One message about one socket; false for an error, or what is none.</summary>
    private static bool Parse(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> info)
    {
        message = info = default;
        if (bytes.Length < HeaderSize + MessageSize || BinaryPrimitives.ReadInt16LittleEndian(bytes[4..]) != LibC.SOCK_DIAG_BY_FAMILY)
        {
            return false;
        }

        message = bytes.Slice(HeaderSize, MessageSize);
        for (ReadOnlySpan<byte> rest = bytes[(HeaderSize + MessageSize)..]; rest.Length >= 4;)
        {
            // struct nlattr: its length, itself included, and its type; then padding to four bytes.
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length < 4 || length > rest.Length)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) == LibC.INET_DIAG_INFO)
            {
                info = rest[4..length];
            }

            rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
        }

        return true;
    }
}
