using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace SuperD.Tests.Support;

/// <summary>A client of superd's console that works like a script: it sends lines of JSON, or anything else.</summary>
internal sealed class ConsoleSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];

    public ConsoleSocket(string path)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Patience.Limit.TotalMilliseconds,
            SendTimeout = (int)Patience.Limit.TotalMilliseconds,
        };
        _socket.Connect(new UnixDomainSocketEndPoint(path));
    }

    public ConsoleSocket(Daemon daemon)
        : this(daemon.Directory["control.sock"])
    {
    }

    public Socket Socket => _socket;

    /// <summary>Sends one request on a connection of its own.</summary>
    public static JsonElement Ask(Daemon daemon, string request)
    {
        using var console = new ConsoleSocket(daemon);
        return console.Ask(request);
    }

    public ConsoleSocket Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public ConsoleSocket Send(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += _socket.Send(bytes.AsSpan(sent));
        }

        return this;
    }

    /// <summary>Sends as much as superd accepts before it closes.</summary>
    public ConsoleSocket TrySend(byte[] bytes)
    {
        try
        {
            return Send(bytes);
        }
        catch (SocketException)
        {
            return this;
        }
    }

    public ConsoleSocket EndSending()
    {
        _socket.Shutdown(SocketShutdown.Send);
        return this;
    }

    public JsonElement Ask(string request)
    {
        Send(request + "\n");
        return ReadReply();
    }

    public JsonElement ReadReply() =>
        JsonDocument.Parse(ReadLine() ?? throw new EndOfStreamException("superd closed instead of answering")).RootElement;

    /// <summary>One line, without its newline; null at the end.</summary>
    public string? ReadLine()
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            int end = _received.IndexOf((byte)'\n');
            if (end >= 0)
            {
                string line = Encoding.UTF8.GetString([.. _received.Take(end)]);
                _received.RemoveRange(0, end + 1);
                return line;
            }

            try
            {
                int count = _socket.Receive(buffer);
                if (count == 0)
                {
                    return null;
                }

                _received.AddRange(buffer.AsSpan(0, count));
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                return null;
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
