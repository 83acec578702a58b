using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>What the kernel has counted of a TCP connection: from struct tcp_info, see tcp(7).</summary>
/// <param name="BytesIn">Bytes of the peer that have arrived, read or not.</param>
/// <param name="BytesOut">Bytes that were written for the peer, acknowledged or not.</param>
/// <param name="RoundTrip">Smoothed round-trip time; 0 when nothing was measured.</param>
/// <param name="IdleFor">Since data was last sent or received, or since the connection came to be.</param>
/// <param name="HasPeerEnded">The peer sends no more: it has ended its side, or the connection broke.</param>
public readonly record struct TcpTraffic(long BytesIn, long BytesOut, TimeSpan RoundTrip, TimeSpan IdleFor, bool HasPeerEnded);

/// <summary>What superd asks and does with a connection it has given to a handler: never reading a byte the handler could want.</summary>
public static unsafe class TcpConnection
{
    private const int TcpInfoOption = 11;
    private const int TcpInfoSize = 216; // up to tcpi_bytes_retrans, Linux 4.19

    private const byte FinWait1 = 4;
    private const byte TimeWait = 6;
    private const byte Closed = 7;
    private const byte CloseWait = 8;
    private const byte LastAck = 9;
    private const byte Closing = 11;

    /// <summary>Its counters so far. ENOTCONN, EOPNOTSUPP where it is not TCP.</summary>
    public static SysResult ReadTraffic(Fd socket, out TcpTraffic traffic)
    {
        byte* info = stackalloc byte[TcpInfoSize];
        uint length = TcpInfoSize;
        if (LibC.getsockopt(socket.Value, LibC.IPPROTO_TCP, TcpInfoOption, (int*)info, &length) != 0)
        {
            traffic = default;
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        // The end of the peer's stream counts as a byte received. A connection that was reset may never have had one.
        bool hasEnd = info[0] is TimeWait or CloseWait or LastAck or Closing || (info[0] == Closed && Error(socket) == 0);
        long received = *(long*)(info + 128);
        long unsent = *(uint*)(info + 144);
        if (unsent > 0 && info[0] is FinWait1 or LastAck or Closing)
        {
            unsent--; // what has not gone out yet ends with the end of superd's own stream, which counts as a byte too
        }

        long sent = *(long*)(info + 200) - *(long*)(info + 208) + unsent;
        traffic = new TcpTraffic(
            Math.Max(0, received - (hasEnd ? 1 : 0)),
            sent,
            TimeSpan.FromMicroseconds(*(uint*)(info + 68)),
            TimeSpan.FromMilliseconds(Math.Min(*(uint*)(info + 44), *(uint*)(info + 52))),
            hasEnd || info[0] == Closed);
        return SysResult.Ok();
    }

    private static int Error(Fd socket)
    {
        int error = 0;
        uint length = sizeof(int);
        return LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_ERROR, &error, &length) == 0 ? error : 0;
    }
}
