using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.TestHandler;

/// <summary>The verbs of a wait service: fd 0 is the socket superd listens on.</summary>
internal static class WaitService
{
    /// <summary><c>accept [COUNT]</c>: accepts COUNT clients (default 1), one after the other, and tells each <c>served by PID</c> and each LISTEN_ variable.</summary>
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

    /// <summary><c>exit-without-accept</c>: ends at once and leaves the client in the backlog.</summary>
    public static int ExitWithoutAccept(string[] arguments) => 0;

    /// <summary><c>dgram</c>: receives one datagram and answers its sender <c>served by PID</c> and, from the second line on, the datagram.</summary>
    public static int AnswerDatagram(string[] arguments)
    {
        using var socket = StandardSocket.Open();
        var buffer = new byte[65_536];
        EndPoint sender = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        var length = socket.ReceiveFrom(buffer, ref sender);
        socket.SendTo([.. Encoding.UTF8.GetBytes($"served by {Environment.ProcessId}\n"), .. buffer.AsSpan(0, length)], sender);
        return 0;
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
