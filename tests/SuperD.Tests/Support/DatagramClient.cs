using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Tests.Support;

/// <summary>A peer of a datagram service: one UDP socket. Every read has a time limit.</summary>
internal sealed class DatagramClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65_536];

    /// <summary>Talks to one port of this machine.</summary>
    /// <param name="from">The source address; null, or port 0, lets the kernel choose.</param>
    public DatagramClient(int port, IPAddress? address = null, IPEndPoint? from = null)
    {
        var endPoint = new IPEndPoint(address ?? IPAddress.Loopback, port);
        _socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)Patience.Limit.TotalMilliseconds,
        };
        if (from is not null)
        {
            _socket.Bind(from);
        }

        _socket.Connect(endPoint);
    }

    /// <summary>Talks to one port of 127.0.0.1 from another address of this machine.</summary>
    public DatagramClient(int port, string from)
        : this(port, address: null, new IPEndPoint(IPAddress.Parse(from), 0))
    {
    }

    /// <summary>This side's address and port, as superd logs the peer.</summary>
    public string Address => _socket.LocalEndPoint!.ToString()!; // connected, so bound

    public int LocalPort => ((IPEndPoint)_socket.LocalEndPoint!).Port; // connected, so bound

    public DatagramClient Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public DatagramClient Send(byte[] bytes)
    {
        _socket.Send(bytes);
        return this;
    }

    /// <summary>
    /// Sends the numbers from 0 up, one per datagram and without waiting, then receives as many answers, each as its lines.
    /// </summary>
    public string[][] SendNumbers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Send($"{i}");
        }

        return [.. Enumerable.Range(0, count).Select(_ => Receive().Split('\n'))];
    }

    /// <summary>The next datagram as text.</summary>
    public string Receive() => Encoding.UTF8.GetString(ReceiveBytes());

    public byte[] ReceiveBytes() => _buffer[.._socket.Receive(_buffer)];

    /// <summary>Receives the next datagram if one arrives in time.</summary>
    public bool IsAnsweredWithin(TimeSpan time)
    {
        if (!_socket.Poll(time, SelectMode.SelectRead))
        {
            return false;
        }

        Receive();
        return true;
    }

    /// <summary>Whether a datagram is available now.</summary>
    public bool HasDatagram => _socket.Available > 0;

    public void Dispose() => _socket.Dispose();
}
