using System.Buffers.Binary;

namespace SuperD.Linux;

/// <summary>The kernel's last report on a TCP connection; see <see cref="TcpDiagnosis.TrafficOf"/>.</summary>
/// <param name="Cookie">The cookie of <see cref="TcpIdentity"/>.</param>
/// <param name="Traffic">The counters; BytesIn may include one for the peer's FIN.</param>
/// <param name="IsOrderly">This side has sent its FIN, and the peer has acknowledged it.</param>
/// <param name="Unread">Bytes received and never read; the peer's FIN counts as one.</param>
public readonly record struct TcpEnd(ulong Cookie, TcpTraffic Traffic, bool IsOrderly, uint Unread);

/// <summary>Queries TCP connections whose socket superd does not hold, and reports their end; see sock_diag(7). One thread.</summary>
/// <remarks>
/// It needs no privilege. The event of a socket's end (SKNLGRP_INET_TCP_DESTROY, which <c>ss -E</c> shows) carries a struct tcp_info,
/// but its state is always CLOSE, and its tcpi_bytes_received counts the peer's FIN as a byte if the FIN has arrived. If this side's
/// own FIN was acknowledged, two facts tell whether it has:
/// 1. A single byte received and never read (idiag_rqueue) is the FIN, since unread data would have turned the close into a reset.
/// 2. If everything was read, either the FIN was too (the peer closed first, and nothing is left of the connection), or the peer has
/// not closed yet, and the kernel waits for it in FIN_WAIT2 or TIME_WAIT. A peer that sends data at the moment of the close ends that
/// wait; the byte count is then one too low.
/// After a reset there is no way to tell.
/// </remarks>
public sealed unsafe class TcpDiagnosis : IDisposable
{
    private const int HeaderSize = 16; // struct nlmsghdr
    private const int MessageSize = 72; // struct inet_diag_msg
    private const int RequestSize = 56; // struct inet_diag_req_v2
    private const int StateAt = 1;
    private const int CookieAt = 44;
    private const int UnreadAt = 56;

    /// <summary>Room for thousands of events: those of the whole machine arrive, and no one reads them during an upgrade.</summary>
    private const int ReceiveBuffer = 8 * 1024 * 1024;

    private const byte FinWait2 = 5;
    private const byte TimeWait = 6;

    private readonly byte[] _buffer = new byte[16 * 1024];

    private TcpDiagnosis(Fd events, Fd question)
    {
        Events = events;
        Question = question;
    }

    /// <summary>Readable when connections of the machine have ended; this object owns it.</summary>
    public Fd Events { get; }

    /// <summary>The socket of <see cref="Ask(TcpIdentity)"/>; this object owns it.</summary>
    /// <remarks>The kernel answers during the send, and takes the lock of the socket in question.</remarks>
    public Fd Question { get; }

    /// <summary>Subscribes to the ends of connections.</summary>
    /// <param name="events">The event socket of an earlier instance, with its pending events; null for a new one.</param>
    /// <returns>0; EPROTONOSUPPORT where the kernel has no sock_diag, EMFILE.</returns>
    public static SysResult Open(Fd? events, out TcpDiagnosis? diagnosis)
    {
        diagnosis = null;
        SysResult result = SysResult.Ok();
        if (events is null)
        {
            // The bit of group n is n - 1.
            uint groups = 1u << (LibC.SKNLGRP_INET_TCP_DESTROY - 1) | 1u << (LibC.SKNLGRP_INET6_TCP_DESTROY - 1);
            result = Netlink.Open(groups, out events);
        }

        if (events is null)
        {
            return result;
        }

        result = Netlink.Open(groups: 0, out Fd? question);
        if (question is null)
        {
            events.Dispose();
            return result;
        }

        int size = ReceiveBuffer;
        if (LibC.setsockopt(events.Value, LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, &size, sizeof(int)) < 0)
        {
            // Without CAP_NET_ADMIN net.core.rmem_max is the limit.
            _ = LibC.setsockopt(events.Value, LibC.SOL_SOCKET, LibC.SO_RCVBUF, &size, sizeof(int));
        }

        diagnosis = new TcpDiagnosis(events, question);
        return SysResult.Ok();
    }

    /// <summary>Takes the next event; null when none is pending. The kernel drops events when too many are pending.</summary>
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

    /// <summary>The traffic of an ended connection; null when it cannot be known exactly. Call it as soon as the event arrives.</summary>
    public TcpTraffic? TrafficOf(TcpIdentity connection, TcpEnd end)
    {
        if (!end.IsOrderly || end.Unread > 1)
        {
            return null;
        }

        bool hasPeerEnded = end.Unread == 1 || !IsAwaited(connection);
        return end.Traffic with { BytesIn = Math.Max(0, end.Traffic.BytesIn - (hasPeerEnded ? 1 : 0)), HasPeerEnded = hasPeerEnded };
    }

    /// <summary>The traffic of a connection that another process has open or that has not ended; null when there is no answer.</summary>
    public TcpTraffic? Ask(TcpIdentity connection)
    {
        TcpTraffic traffic = default;
        byte before = TcpConnection.Closed;
        while (Ask(connection, connection.Cookie, out _, out ReadOnlySpan<byte> info) && !info.IsEmpty && info[0] != TcpConnection.Closed)
        {
            // The kernel reads the state before the counters: they are consistent if the state is unchanged afterwards.
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

    /// <summary>Whether the kernel waits for the peer's FIN, or in TIME_WAIT, after this side closed first.</summary>
    private bool IsAwaited(TcpIdentity connection) =>
        Ask(connection, ulong.MaxValue, out ReadOnlySpan<byte> message, out _) && message[StateAt] is FinWait2 or TimeWait;

    /// <summary>Asks and reads the answer, which the kernel queues during the send.</summary>
    /// <param name="cookie">All ones: any socket with these addresses, even one that is no longer connected.</param>
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
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], uint.MaxValue); // any state
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

    /// <summary>Parses a message about one socket; false for an error or any other message.</summary>
    private static bool Parse(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> info)
    {
        message = info = default;
        if (bytes.Length < HeaderSize + MessageSize || BinaryPrimitives.ReadInt16LittleEndian(bytes[4..]) != LibC.SOCK_DIAG_BY_FAMILY)
        {
            return false;
        }

        message = bytes.Slice(HeaderSize, MessageSize);
        info = Netlink.Attribute(bytes[(HeaderSize + MessageSize)..], LibC.INET_DIAG_INFO);
        return true;
    }
}
