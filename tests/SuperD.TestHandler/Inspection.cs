using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.TestHandler;

/// <summary>The verbs that print to stdout what the process received.</summary>
internal static class Inspection
{
    /// <summary><c>env</c>: the environment, one NAME=VALUE per line, in byte order.</summary>
    public static int PrintEnvironment(string[] arguments)
    {
        foreach (var entry in Environment())
        {
            Console.WriteLine(entry);
        }

        return 0;
    }

    /// <summary><c>args ANYTHING...</c>: the whole argv as passed to exec, one per line: argv[0], the verb, the rest.</summary>
    public static int PrintArguments(string[] arguments)
    {
        foreach (var argument in ReadNulSeparated("/proc/self/cmdline"))
        {
            Console.WriteLine(argument);
        }

        return 0;
    }

    /// <summary>
    /// <c>fds</c>: for each of 0, 1 and 2 a line <c>FD LINK nonblock=0|1</c>, e.g. <c>0 socket:[4711]
    /// nonblock=0</c>; LINK is <c>closed</c> for a closed descriptor.
    /// </summary>
    /// <remarks>Other inherited descriptors cannot be told from those that the .NET runtime has opened since.</remarks>
    public static int PrintDescriptors(string[] arguments)
    {
        for (var fd = 0; fd <= 2; fd++)
        {
            var link = new FileInfo($"/proc/self/fd/{fd}").LinkTarget;
            Console.WriteLine(link is null ? $"{fd} closed" : $"{fd} {link} nonblock={(IsNonBlocking(fd) ? 1 : 0)}");
        }

        return 0;
    }

    /// <summary>
    /// <c>peername</c>: the peer of fd 0 as <c>ADDRESS PORT</c>; an IPv4 client of a dual-stack socket appears as plain IPv4.
    /// </summary>
    public static int PrintPeerName(string[] arguments)
    {
        using var client = StandardSocket.Open();
        if (client.RemoteEndPoint is not IPEndPoint peer)
        {
            Console.Error.WriteLine("peername: fd 0 is not a connected socket of IPv4 or IPv6");
            return 1;
        }

        var address = peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address;
        Console.WriteLine($"{address} {peer.Port}");
        return 0;
    }

    /// <summary><c>sockopt</c>: prints the options of fd 0 that a reload may change, SO_KEEPALIVE and TCP_NODELAY, as 0 or 1.</summary>
    public static int PrintSocketOptions(string[] arguments)
    {
        using var socket = StandardSocket.Open();
        Console.Write(
            $"keepalive={socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)}\n"
                + $"nodelay={socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay)}\n");
        return 0;
    }

    /// <summary><c>tcpopt</c>: prints the keepalive times and the user timeout of fd 0.</summary>
    public static int PrintTcpOptions(string[] arguments)
    {
        const int TCP_USER_TIMEOUT = 18;
        using var socket = StandardSocket.Open();
        Span<byte> timeout = stackalloc byte[sizeof(int)];
        _ = socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TCP_USER_TIMEOUT, timeout);
        Console.WriteLine(
            $"idle={socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)}"
                + $" interval={socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)}"
                + $" probes={socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)}"
                + $" user_timeout={BitConverter.ToInt32(timeout)}");
        return 0;
    }

    /// <summary>The environment, NAME=VALUE in byte order.</summary>
    /// <remarks>Not Environment.GetEnvironmentVariables, which hides duplicate names and entries without '='.</remarks>
    public static IEnumerable<string> Environment() => ReadNulSeparated("/proc/self/environ").Order(StringComparer.Ordinal);

    private static string[] ReadNulSeparated(string path)
    {
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(path));
        return text.Length == 0 ? [] : text[..^1].Split('\0'); // each one ends with NUL, including the last; an empty one counts
    }

    /// <summary>Reads the file status flags of fcntl(fd, F_GETFL), which proc(5) shows in octal.</summary>
    public static bool IsNonBlocking(int fd)
    {
        const int nonBlock = 0x800; // O_NONBLOCK on x86-64 and arm64
        var flags = File.ReadLines($"/proc/self/fdinfo/{fd}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & nonBlock) != 0;
    }
}
