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
        string[]? fields = FieldsOf(client.Socket.RemoteEndPoint!, client.Socket.LocalEndPoint!); // connected, so both are there
        return fields is null ? -1 : int.Parse(fields[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// What proc_net_tcp(5) says of the IPv4 connection between two addresses, seen from the first; null if there is none.
    /// The ports of both ends count: another connection, or one in TIME-WAIT, may have one of the two ports.
    /// </summary>
    public static string[]? FieldsOf(EndPoint local, EndPoint remote) =>
        File.ReadLines("/proc/net/tcp")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)) // sl local remote state tx:rx tr:when
            .FirstOrDefault(fields => EndsWithPort(fields[1], local) && EndsWithPort(fields[2], remote));

    private static bool EndsWithPort(string field, EndPoint end) =>
        field.EndsWith($":{((IPEndPoint)end).Port:X4}", StringComparison.Ordinal);
}
