using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Tests.Support;

/// <summary>A port number for the tests that need to know it before superd runs; all others listen on port 0.</summary>
internal static class FreePort
{
    // Below the ephemeral range, so that no client's socket takes the port in the meantime.
    private const int First = 20_000;
    private const int End = 32_000;

    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    /// <summary>A port without a listener on IPv4 or IPv6, different for every call.</summary>
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
                // Try the next one.
            }
        }
    }
}
