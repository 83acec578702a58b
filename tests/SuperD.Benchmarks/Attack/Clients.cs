using System.Net;
using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack;

/// <summary>Client sockets on which no call blocks for long.</summary>
internal static class Clients
{
    /// <summary>How long an attacker waits for anything: its job is to attack; other clients verify the answers.</summary>
    private const int PatienceMs = 200;

    /// <summary>Connects, or throws within the time limit. Later calls on the socket block no longer than that either.</summary>
    public static Socket Connected(Socket socket, EndPoint address)
    {
        try
        {
            socket.Blocking = false;
            try
            {
                socket.Connect(address);
            }
            catch (SocketException later) when (later.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                if (!socket.Poll(PatienceMs * 1000, SelectMode.SelectWrite))
                {
                    throw new SocketException((int)SocketError.TimedOut);
                }
            }

            socket.Blocking = true;
            socket.SendTimeout = PatienceMs;
            socket.ReceiveTimeout = PatienceMs;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads until the end, until nothing arrives for a moment, or until it has read plenty.</summary>
    public static void Read(Socket socket)
    {
        const int most = 1 << 20;
        Span<byte> buffer = stackalloc byte[16 * 1024];
        for (int read = 0, count = 1; count > 0 && read < most; read += count)
        {
            count = socket.Receive(buffer);
        }
    }

    /// <summary>Closes with a reset instead of a FIN.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}
