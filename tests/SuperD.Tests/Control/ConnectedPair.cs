using System.Net;
using System.Net.Sockets;
using SuperD.Linux;

namespace SuperD.Tests.Control;

/// <summary>Two ends of a TCP connection on loopback: the console's, as superd has it, and its client's.</summary>
internal sealed class ConnectedPair : IDisposable
{
    public ConnectedPair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        Client.Connect(listener.LocalEndPoint!); // bound
        using Socket accepted = listener.Accept();
        accepted.Blocking = false;

        // A duplicate, not the same number: a Socket that lost its handle would shut down whatever connection gets that number next.
        SysResult result = new Fd((int)accepted.Handle).Duplicate(out Fd? own);
        Own = own ?? throw new IOException(Errno.Describe(result.Errno));
    }

    public Fd Own { get; }

    public Socket Client { get; }

    public void Dispose()
    {
        Client.Dispose();
        Own.Dispose();
    }
}
