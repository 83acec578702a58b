using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The counters of a TCP connection, from struct tcp_info; see tcp(7).</summary>
/// <param name="BytesIn">Bytes received from the peer, read or not.</param>
/// <param name="BytesOut">Bytes written for the peer, acknowledged or not.</param>
/// <param name="RoundTrip">Smoothed round-trip time; 0 when none was measured.</param>
/// <param name="IdleFor">Time since data was last sent or received, or since the connection was made.</param>
/// <param name="HasPeerEnded">The peer sends no more: it closed its side, or the connection broke.</param>
public readonly record struct TcpTraffic(long BytesIn, long BytesOut, TimeSpan RoundTrip, TimeSpan IdleFor, bool HasPeerEnded);

/// <summary>Queries a connection superd has given to a handler, without reading a byte of it.</summary>
public static unsafe class TcpConnection
{
    private const int TcpInfoOption = 11;
    private const int TcpInfoSize = 216; // up to tcpi_bytes_retrans, Linux 4.19

    private const byte FinWait1 = 4;
    private const byte TimeWait = 6;

    /// <summary>TCP_CLOSE.</summary>
    internal const byte Closed = 7;
    private const byte CloseWait = 8;
    private const byte LastAck = 9;
    private const byte Closing = 11;

    /// <summary>tcpi_unacked: of a listener, the length of its accept queue.</summary>
    private const int QueuedAt = 24;

    private const int RoundTripAt = 68;
    private const int LastSentAt = 44;
    private const int LastReceivedAt = 52;
    private const int BytesAcknowledgedAt = 120;
    private const int BytesReceivedAt = 128;
    private const int BytesUnsentAt = 144;
    private const int BytesSentAt = 200;
    private const int BytesSentAgainAt = 208;

    /// <summary>Reads the current counters. ENOTCONN, or EOPNOTSUPP when it is not TCP.</summary>
    public static SysResult ReadTraffic(Fd socket, out TcpTraffic traffic)
    {
        Span<byte> info = stackalloc byte[TcpInfoSize];
        traffic = default;
        SysResult result = Read(socket, info);
        while (!result.IsError)
        {
            // A connection that was reset may never have received the peer's FIN.
            byte state = info[0];
            bool hasPeerEnded = HasPeerEnded(state) || (state == Closed && Error(socket) == 0);
            _ = TryRead(info, hasPeerEnded, out traffic);
            traffic = traffic with { HasPeerEnded = hasPeerEnded || state == Closed };

            // The kernel reads the state before the counters: they are consistent if the state is unchanged afterwards, or final.
            if (traffic.HasPeerEnded || (result = Read(socket, info)).IsError || info[0] == state)
            {
                break;
            }
        }

        return result;
    }

    /// <summary>How many bytes of a connection have been read, by whoever has it; null when it was written to, or it is over.</summary>
    public static long? CountRead(Fd socket)
    {
        int unread = 0;
        return !ReadTraffic(socket, out TcpTraffic traffic).IsError
            && traffic.BytesOut == 0
            && LibC.ioctl(socket.Value, LibC.FIONREAD, &unread) == 0 ? traffic.BytesIn - unread : null;
    }

    /// <summary>How many connections a listener has that nobody has accepted; 0 if it is no TCP listener.</summary>
    /// <remarks>Counts those that their clients have reset, which are in no list of /proc. Never blocks.</remarks>
    public static int CountQueued(Fd listener)
    {
        Span<byte> info = stackalloc byte[TcpInfoSize];
        return Read(listener, info).IsError ? 0 : (int)BinaryPrimitives.ReadUInt32LittleEndian(info[QueuedAt..]);
    }

    /// <summary>Whether a connection in this state has received the peer's FIN. The state CLOSE does not say.</summary>
    internal static bool HasPeerEnded(byte state) => state is TimeWait or CloseWait or LastAck or Closing;

    /// <summary>Whether the peer has acknowledged this side's FIN, which counts as an acknowledged byte but not as a sent one.</summary>
    internal static bool IsEndAcknowledged(ReadOnlySpan<byte> info) =>
        Number(info, BytesAcknowledgedAt) - (Number(info, BytesSentAt) - Number(info, BytesSentAgainAt)) == 1;

    /// <summary>Parses a struct tcp_info; false when the kernel's is too short (before Linux 4.19).</summary>
    /// <param name="hasPeerEnded">Whether the peer's FIN has arrived; it counts as a received byte.</param>
    internal static bool TryRead(ReadOnlySpan<byte> info, bool hasPeerEnded, out TcpTraffic traffic)
    {
        traffic = default;
        if (info.Length < TcpInfoSize)
        {
            return false;
        }

        long unsent = BinaryPrimitives.ReadUInt32LittleEndian(info[BytesUnsentAt..]);
        if (unsent > 0 && info[0] is FinWait1 or LastAck or Closing)
        {
            unsent--; // this side's FIN is among the unsent and counts as a byte
        }

        traffic = new TcpTraffic(
            Math.Max(0, Number(info, BytesReceivedAt) - (hasPeerEnded ? 1 : 0)),
            Number(info, BytesSentAt) - Number(info, BytesSentAgainAt) + unsent,
            TimeSpan.FromMicroseconds(BinaryPrimitives.ReadUInt32LittleEndian(info[RoundTripAt..])),
            TimeSpan.FromMilliseconds(Math.Min(
                BinaryPrimitives.ReadUInt32LittleEndian(info[LastSentAt..]),
                BinaryPrimitives.ReadUInt32LittleEndian(info[LastReceivedAt..]))),
            hasPeerEnded);
        return true;
    }

    private static SysResult Read(Fd socket, Span<byte> info)
    {
        uint length = (uint)info.Length;
        fixed (byte* bytes = info)
        {
            return LibC.getsockopt(socket.Value, LibC.IPPROTO_TCP, TcpInfoOption, bytes, &length) == 0
                ? SysResult.Ok()
                : SysResult.Error(Marshal.GetLastPInvokeError());
        }
    }

    private static long Number(ReadOnlySpan<byte> info, int offset) => BinaryPrimitives.ReadInt64LittleEndian(info[offset..]);

    private static int Error(Fd socket)
    {
        int error = 0;
        uint length = sizeof(int);
        return LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_ERROR, &error, &length) == 0 ? error : 0;
    }
}
