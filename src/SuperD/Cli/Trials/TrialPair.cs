using System.Net;
using System.Net.Sockets;
using SuperD.Linux;

namespace SuperD.Cli.Trials;

/// <summary>The two ends of a real TCP connection within this machine: the client's, and the one for the handler.</summary>
/// <remarks>
/// It is not a socketpair(2), because a handler may ask for its peer's address or set TCP options. For an instant a listener exists, on a
/// port of 127.0.0.1 that the kernel chooses; it accepts only this client, and is closed before the handler starts.
/// </remarks>
/// <param name="Server">Blocking, like an accepted connection.</param>
internal sealed record TrialPair(Socket Client, Fd Server) : IDisposable
{
    /// <summary>Makes a pair.</summary>
    /// <param name="from">The client's address, if it is in this machine's 127.0.0.0/8.</param>
    /// <exception cref="IOException">The machine has no socket left.</exception>
    public static TrialPair Create(TcpListenOptions options, IPAddress? from)
    {
        SysResult result = TcpSocket.Listen(new IPEndPoint(IPAddress.Loopback, 0), options, out Fd? listener);
        if (listener is null)
        {
            throw new IOException($"no TCP connection can be made on 127.0.0.1: {Errno.Describe(result.Errno)}");
        }

        using (listener)
        {
            Socket client = Connect(TcpSocket.LocalEndPoint(listener).Port, from);
            InetEndPoint own = InetEndPoint.From((IPEndPoint)client.LocalEndPoint!); // a connected socket is bound
            while (true)
            {
                result = TcpSocket.Accept(listener, out InetEndPoint peer);
                if (result.IsError)
                {
                    client.Dispose();
                    throw new IOException($"no TCP connection can be made on 127.0.0.1: {Errno.Describe(result.Errno)}");
                }

                var server = new Fd(result.Value);
                if (peer == own)
                {
                    return new TrialPair(client, server);
                }

                server.Dispose(); // another process that scans this machine's ports
            }
        }
    }

    public void Dispose() => Client.Dispose();

    private static Socket Connect(int port, IPAddress? from)
    {
        Socket? client = null;
        try
        {
            client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (from is { AddressFamily: AddressFamily.InterNetwork } && IPAddress.IsLoopback(from))
            {
                client.Bind(new IPEndPoint(from, 0));
            }

            client.Connect(new IPEndPoint(IPAddress.Loopback, port));
            return client;
        }
        catch (SocketException problem)
        {
            client?.Dispose();
            throw new IOException($"no TCP connection can be made on 127.0.0.1: {problem.Message}", problem);
        }
    }
}
