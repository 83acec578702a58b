using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Tests.Support;

/// <summary>A client of a service: a plain connection over TCP or a Unix-domain socket. Every read has a time limit.</summary>
internal sealed class Client : IDisposable
{
    private readonly Socket _socket;
    private readonly bool _isReset;

    /// <summary>Connects at once.</summary>
    /// <param name="from">The address to connect from; all of 127.0.0.0/8 belongs to this machine.</param>
    /// <param name="receiveBuffer">How many bytes the kernel buffers for a client that does not read; null = its default.</param>
    public Client(int port, IPAddress? address = null, IPAddress? from = null, int? receiveBuffer = null)
        : this(new IPEndPoint(address ?? IPAddress.Loopback, port), from is null ? null : new IPEndPoint(from, 0), receiveBuffer)
    {
    }

    /// <summary>Connects at once.</summary>
    /// <param name="name">The address to bind the client's own socket to; null = not bound, the usual case.</param>
    public Client(EndPoint endPoint, EndPoint? name = null, int? receiveBuffer = null)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Patience.Limit.TotalMilliseconds,
            SendTimeout = (int)Patience.Limit.TotalMilliseconds,
        };
        if (receiveBuffer is { } size)
        {
            _socket.ReceiveBufferSize = size;
        }

        if (name is IPEndPoint from)
        {
            BindTo(_socket, from.Address);
        }
        else if (name is not null)
        {
            _socket.Bind(name);
        }

        try
        {
            _socket.Connect(endPoint);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            _isReset = true; // on a busy machine superd refuses a flooding client so soon that connect(2) itself reports it
        }
        catch
        {
            _socket.Dispose(); // otherwise a load without a server runs out of descriptors
            throw;
        }
    }

    public Socket Socket => _socket;

    /// <summary>Makes a socket connect from an address, with a port chosen at connect, so that ports do not run out.</summary>
    public static void BindTo(Socket socket, IPAddress from)
    {
        const int IPPROTO_IP = 0;
        const int IP_BIND_ADDRESS_NO_PORT = 24;
        socket.SetRawSocketOption(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, [1, 0, 0, 0]);
        socket.Bind(new IPEndPoint(from, 0));
    }

    /// <summary>This side's address and port, as superd logs the peer.</summary>
    public string Address => _socket.LocalEndPoint!.ToString()!; // connected, so bound

    public int LocalPort => ((IPEndPoint)_socket.LocalEndPoint!).Port; // connected, so bound

    public Client Send(string text)
    {
        _socket.Send(Encoding.UTF8.GetBytes(text));
        return this;
    }

    /// <summary>Half-closes: no more will be sent.</summary>
    public Client EndSending()
    {
        _socket.Shutdown(SocketShutdown.Send);
        return this;
    }

    /// <summary>Reads everything until the server closes the connection.</summary>
    public string ReadToEnd() => Encoding.UTF8.GetString(ReadBytesToEnd());

    /// <summary>Reads everything until the server closes the connection.</summary>
    public byte[] ReadBytesToEnd()
    {
        var text = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int count = Receive(buffer); count > 0; count = Receive(buffer))
        {
            text.Write(buffer, 0, count);
        }

        return text.ToArray();
    }

    /// <summary>Reads exactly that many bytes; throws if the server closes first.</summary>
    public byte[] ReadBytes(int count)
    {
        var bytes = new byte[count];
        for (int length = 0; length < count;)
        {
            int read = Receive(bytes.AsSpan(length));
            length += read > 0 ? read : throw new EndOfStreamException($"the server ended after {length} of {count} bytes");
        }

        return bytes;
    }

    /// <summary>One byte; -1 at the end.</summary>
    public int ReadByte()
    {
        var one = new byte[1];
        return Receive(one) > 0 ? one[0] : -1;
    }

    /// <summary>One line without its newline; at the end of the stream, the rest.</summary>
    public string ReadLine()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (Receive(one) > 0 && one[0] != '\n')
        {
            line.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. line]);
    }

    /// <summary>One line; null when the server has closed or reset the connection.</summary>
    public string? TryReadLine()
    {
        try
        {
            string line = ReadLine();
            return line.Length > 0 ? line : null;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    /// <summary>True when the server has closed or reset the connection without sending anything.</summary>
    public bool IsClosedWithoutReply()
    {
        try
        {
            return Receive(new byte[1]) == 0;
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>Closes with a reset instead of a FIN.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>True when nothing listens on a port of 127.0.0.1.</summary>
    public static bool IsRefused(int port)
    {
        try
        {
            using var client = new Client(port);
            return false;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Receives what there is; a connection that was reset while it was made fails as one that is reset later.</summary>
    private int Receive(Span<byte> buffer) =>
        _isReset ? throw new SocketException((int)SocketError.ConnectionReset) : _socket.Receive(buffer);
}
