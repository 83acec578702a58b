using System.Net;
using System.Net.Sockets;
using SuperD.Linux;

namespace SuperD.Tests.Control;

/// <summary>Two ends of a TCP connection on loopback: the console's, as superd has it, and its client's.</summary>
internal sealed class ConnectedPair : IDisposable
{
    private readonly Socket _accepted;

    public ConnectedPair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        Client.Connect(listener.LocalEndPoint!); // bound
        _accepted = listener.Accept();
        _accepted.Blocking = false;
        Own = new Fd(_accepted.SafeHandle.DangerousGetHandle().ToInt32());
        _accepted.SafeHandle.SetHandleAsInvalid(); // Own closes it
    }

    public Fd Own { get; }

    public Socket Client { get; }

    public void Dispose()
    {
        Client.Dispose();
        Own.Dispose();
        _accepted.Dispose();
    }
}
