using System.Net.Sockets;
using System.Text;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A Unix datagram socket that a test reads in place of a service manager, the journal or syslog.</summary>
internal sealed class DatagramInbox : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <param name="path">The path to bind to, writable for every user; or <c>@NAME</c> for an abstract socket.</param>
    public DatagramInbox(string path)
    {
        bool isAbstract = path.StartsWith('@');
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path[1..] : path));
        if (!isAbstract)
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("666", 8));
        }
    }

    /// <summary>Whether a datagram waits to be read.</summary>
    public bool HasMail => _socket.Available > 0;

    /// <summary>The next datagram as text; fails the test if none arrives in time.</summary>
    public string Next() => Encoding.UTF8.GetString(NextBytes());

    public byte[] NextBytes()
    {
        byte[] buffer = new byte[256 * 1024];
        if (!_socket.Poll(Patience.Limit, SelectMode.SelectRead))
        {
            throw new AssertionException("waited in vain for a datagram");
        }

        return buffer[.._socket.Receive(buffer)];
    }

    /// <summary>The next matching datagram; discards those before it.</summary>
    public string Next(Func<string, bool> predicate)
    {
        while (true)
        {
            string text = Next();
            if (predicate(text))
            {
                return text;
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
