using System.Globalization;
using System.Net;
using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>Who is connected to a listener and not accepted by anybody yet, from /proc/net/tcp and tcp6.</summary>
internal static class WaitingClients
{
    /// <summary>The remote ends, as the kernel prints them; empty when nobody waits or /proc cannot be read.</summary>
    public static HashSet<string> Read(InetEndPoint listener)
    {
        // An IPv4 address stands at the end of the mapped one too; another listener may have the same port at another address.
        string address = listener.IsWildcard ? string.Empty : AsKernelPrints(listener.ToIPAddress());
        string localEnd = $"{address}:{listener.Port:X4}";
        var clients = new HashSet<string>();
        foreach (string table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            try
            {
                foreach (string line in File.ReadLines(table))
                {
                    AddIfWaiting(line, localEnd, clients);
                }
            }
            catch (IOException)
            {
                // No such family, or no /proc: then nothing is known to wait, and the handler is started at once.
            }
        }

        return clients;
    }

    /// <summary>A connection nobody has accepted is established, or closed by its client already, and has no inode.</summary>
    private static void AddIfWaiting(string line, string localEnd, HashSet<string> clients)
    {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const string Established = "01";
        const string CloseWait = "08";
        if (fields.Length > 9
            && fields[9] == "0"
            && fields[3] is Established or CloseWait
            && fields[1].EndsWith(localEnd, StringComparison.Ordinal))
        {
            clients.Add(fields[2]);
        }
    }

    /// <summary>Each four bytes as a number of the machine's own byte order, in hexadecimal.</summary>
    private static string AsKernelPrints(IPAddress address)
    {
        IEnumerable<byte[]> groups = address.GetAddressBytes().Chunk(sizeof(uint));
        return string.Concat(groups.Select(group => BitConverter.ToUInt32(group).ToString("X8", CultureInfo.InvariantCulture)));
    }
}
