using System.Net;
using System.Net.Sockets;

namespace SuperD.Tests.Support;

/// <summary>A port of 127.0.0.1 that takes connections to it nowhere: its queue is full, so the kernel drops every further SYN.</summary>
internal sealed class DeadEnd : IDisposable
{
    private readonly TestBackend _listener = new(new IPEndPoint(IPAddress.Loopback, 0), backlog: 0);
    private readonly List<Socket> _queue = [];

    public DeadEnd()
    {
        // One that has its place in the queue, and then some until one is left without an answer.
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
