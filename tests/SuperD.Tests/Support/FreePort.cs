using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Tests.Support;

/// <summary>A port number for the tests that must know it before superd runs; all others listen on port 0.</summary>
internal static class FreePort
{
    // Below the ports the kernel gives to clients, so that none of those takes it meanwhile.
    private const int First = 20_000;
    private const int End = 32_000;

    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    /// <summary>A port that nothing listens on, over IPv4 or IPv6, and that was given to no test before.</summary>
    public static int Find()
    {
        while (true)
        {
            int port = Random.Shared.Next(First, End);
            if (!s_given.TryAdd(port, true))
            {
                continue;
            }

            try
            {
                using var probe = new TcpListener(IPAddress.IPv6Any, port);
                probe.Server.DualMode = true;
                probe.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }
}
