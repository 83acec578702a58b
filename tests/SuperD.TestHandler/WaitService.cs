using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace SuperD.TestHandler;

/// <summary>The verbs of a wait service: fd 0 is superd's listening socket.</summary>
internal static class WaitService
{
    /// <summary>
    /// <c>accept [COUNT]</c>: accepts COUNT clients (default 1), one after another,
    /// and sends each <c>served by PID</c> and every LISTEN_ variable.
    /// </summary>
    public static int Accept(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        using var listener = StandardSocket.Open();
        for (var i = 0; i < count; i++)
        {
            using var client = listener.Accept();
            client.Send(Encoding.UTF8.GetBytes(Answer()));
            client.Shutdown(SocketShutdown.Send);
        }

        return 0;
    }

    /// <summary><c>exit-without-accept</c>: exits at once and leaves the client in the backlog.</summary>
    public static int ExitWithoutAccept(string[] arguments) => 0;

    /// <summary>
    /// <c>dgram [COUNT]</c>: receives COUNT datagrams (default 1) and answers each sender with <c>served
    /// by PID</c> followed, from the second line on, by the datagram.
    /// </summary>
    public static int AnswerDatagram(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        using var socket = StandardSocket.Open();
        for (var i = 0; i < count; i++)
        {
            var datagram = Receive(socket, out var sender);
            socket.SendTo([.. Encoding.UTF8.GetBytes($"served by {Environment.ProcessId}\n"), .. datagram], sender);
        }

        return 0;
    }

    /// <summary>
    /// <c>dgram-unless TEXT</c>: exits without reading if the first datagram begins with TEXT; otherwise like <c>dgram</c>.
    /// </summary>
    public static int AnswerDatagramUnless(string[] arguments)
    {
        using var socket = StandardSocket.Open();
        var buffer = new byte[65_536];
        var length = socket.Receive(buffer, SocketFlags.Peek);
        return buffer.AsSpan(0, length).StartsWith(Encoding.UTF8.GetBytes(arguments[0])) ? 1 : AnswerDatagram([]);
    }

    /// <summary>
    /// <c>dgram-env</c>: answers one datagram with the environment, one variable
    /// per line in byte order, and with whether fd 0 is non-blocking.
    /// </summary>
    public static int AnswerWithEnvironment(string[] arguments)
    {
        using var socket = StandardSocket.Open();
        _ = Receive(socket, out var sender);
        var lines = Inspection.Environment().Append($"nonblock={(Inspection.IsNonBlocking(0) ? 1 : 0)}");
        socket.SendTo(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), sender);
        return 0;
    }

    /// <summary><c>dgram-length</c>: answers one datagram with its length and its SHA-256.</summary>
    public static int AnswerWithLength(string[] arguments)
    {
        using var socket = StandardSocket.Open();
        var datagram = Receive(socket, out var sender);
        socket.SendTo(Encoding.UTF8.GetBytes($"{datagram.Length} {Convert.ToHexString(SHA256.HashData(datagram))}"), sender);
        return 0;
    }

    private static byte[] Receive(Socket socket, out EndPoint sender)
    {
        var buffer = new byte[65_536];
        sender = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        var length = socket.ReceiveFrom(buffer, ref sender);
        return buffer[..length];
    }

    private static string Answer()
    {
        var variables = new[] { "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES" }
            .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
            .Where(variable => variable.Value is not null)
            .Select(variable => $"{variable.Name}={variable.Value}\n");

        return $"served by {Environment.ProcessId}\n{string.Concat(variables)}";
    }
}
