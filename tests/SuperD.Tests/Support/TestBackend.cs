using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>The backend of a redirect: a listening socket in the test.</summary>
internal sealed class TestBackend : IDisposable
{
    private readonly Socket _listener;

    public TestBackend(EndPoint endPoint, int backlog = 128)
    {
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(endPoint);
        _listener.Listen(backlog);
    }

    /// <summary>Listens on 127.0.0.1, at a port that the kernel chooses.</summary>
    public TestBackend()
        : this(new IPEndPoint(IPAddress.Loopback, 0))
    {
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port; // bound

    /// <summary>The <c>redirect</c> line that points here.</summary>
    public string Redirect => $"redirect = '127.0.0.1:{Port}'\n";

    /// <summary>Accepts the next connection. Every read and write on it has a time limit.</summary>
    public Socket Accept()
    {
        Assert.That(_listener.Poll(Patience.Limit, SelectMode.SelectRead), Is.True, "nobody connected to the backend");
        Socket connection = _listener.Accept();
        connection.ReceiveTimeout = connection.SendTimeout = (int)Patience.Limit.TotalMilliseconds;
        return connection;
    }

    /// <summary>A port of 127.0.0.1 without a listener.</summary>
    public static int ClosedPort()
    {
        using var gone = new TestBackend();
        return gone.Port;
    }

    public void Dispose() => _listener.Dispose();
}
