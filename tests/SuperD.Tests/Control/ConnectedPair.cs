using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Control;

/// <summary>Both ends of a TCP connection on loopback: the console's end as superd holds it, and the client's.</summary>
internal sealed class ConnectedPair : IDisposable
{
    public ConnectedPair()
    {
        var options = new TcpListenOptions(Backlog: 1, V6Only: true, NoDelay: false, KeepAlive: null);
        Assert.That(TcpSocket.Listen(new IPEndPoint(IPAddress.Loopback, 0), options, out Fd? listener).IsError, Is.False);
        using (listener)
        {
            InetEndPoint address = TcpSocket.LocalEndPoint(listener!); // no error: it is listening
            Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
            Client.Connect(new IPEndPoint(address.ToIPAddress(), address.Port));
            SysResult accepted = TcpSocket.Accept(listener!, out _);
            Assert.That(accepted.IsError, Is.False);
            Own = new Fd(accepted.Value);
        }
    }

    public Fd Own { get; }

    public Socket Client { get; }

    public void Dispose()
    {
        Client.Dispose();
        Own.Dispose();
    }
}
