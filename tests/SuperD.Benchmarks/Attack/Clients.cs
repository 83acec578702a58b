using System.Net;
using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack;

/// <summary>Sockets of clients that are done with everything after a moment.</summary>
internal static class Clients
{
    /// <summary>How long an attacker waits for anything: it is here to attack, and others see to it that answers come.</summary>
    private const int PatienceMs = 200;

    /// <summary>Connects, or throws within that time. From then on nothing blocks longer.</summary>
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

    /// <summary>Reads what comes until the end, or until nothing comes for a moment, but not more than a good deal.</summary>
    public static void Read(Socket socket)
    {
        const int most = 1 << 20;
        Span<byte> buffer = stackalloc byte[16 * 1024];
        for (int read = 0, count = 1; count > 0 && read < most; read += count)
        {
            count = socket.Receive(buffer);
        }
    }

    /// <summary>Closes by a reset instead of an end.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}
