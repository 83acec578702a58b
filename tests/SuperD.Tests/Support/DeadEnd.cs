using System.Net;
using System.Net.Sockets;

namespace SuperD.Tests.Support;

/// <summary>A port of 127.0.0.1 where connection attempts hang: its queue is full, so the kernel drops every further SYN.</summary>
internal sealed class DeadEnd : IDisposable
{
    private readonly TestBackend _listener = new(new IPEndPoint(IPAddress.Loopback, 0), backlog: 0);
    private readonly List<Socket> _queue = [];

    public DeadEnd()
    {
        // Connect until an attempt remains unanswered: the queue is full then.
        Socket last;
        do
        {
            last = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _queue.Add(last);
            try
            {
                last.Connect(IPAddress.Loopback, Port);
            }
            catch (SocketException onTheWay) when (onTheWay.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }
        }
        while (last.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite));
    }

    public int Port => _listener.Port;

    public void Dispose()
    {
        _queue.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
