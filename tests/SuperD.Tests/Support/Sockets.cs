using System.Globalization;
using System.Net;

namespace SuperD.Tests.Support;

/// <summary>What the kernel reports about connections.</summary>
internal static class Sockets
{
    /// <summary>
    /// Bytes that an IPv4 client has sent and the server has not read or not even received; -1 if there is no such connection.
    /// </summary>
    public static int UnreadAt(Client client)
    {
        var local = (IPEndPoint)client.Socket.LocalEndPoint!; // connected, so bound
        string remote = $":{local.Port:X4}";
        foreach (string line in File.ReadLines("/proc/net/tcp"))
        {
            // sl local_address rem_address st tx_queue:rx_queue ...; the server's end is the one with the client as its remote address.
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[2].EndsWith(remote, StringComparison.Ordinal))
            {
                return int.Parse(fields[4].AsSpan(fields[4].IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return -1;
    }
}
