using System.Globalization;
using System.Net;
using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>The clients that are connected and not accepted yet, from /proc/net.</summary>
internal static class WaitingClients
{
    /// <summary>
    /// The remote addresses at a TCP listener, as the kernel prints them; empty when no client waits, null when /proc cannot be read.
    /// </summary>
    public static HashSet<string>? AtPort(InetEndPoint listener)
    {
        // A mapped address ends with its IPv4 address. The address matters: another listener may have the same port at another one.
        string address = listener.IsWildcard ? string.Empty : AsKernelPrints(listener.ToIPAddress());
        string localEnd = $"{address}:{listener.Port:X4}";
        var clients = new HashSet<string>();
        bool isKnown = false;
        foreach (string table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            // Each has a heading; no lines without that address family, or without /proc.
            foreach (string line in KernelFile.ReadLines(table))
            {
                isKnown = true;
                AddIfWaiting(line, localEnd, clients);
            }
        }

        return isKnown ? clients : null;
    }

    /// <summary>
    /// The clients at a Unix-domain socket by their addresses in the kernel; null when /proc cannot be read.
    /// </summary>
    /// <remarks>With kptr_restrict all these addresses are the same: then it is only known how many clients wait.</remarks>
    public static WaitingQueue? AtUnixSocket(string name)
    {
        const string Connecting = "02";
        var clients = new HashSet<string>();
        int count = 0;
        string[] lines = KernelFile.ReadLines("/proc/net/unix");
        foreach (string line in lines)
        {
            // Num: RefCount Protocol Flags Type St Inode Path; a connection that is not accepted has its listener's path and no inode.
            string[] fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 8 && fields[5] == Connecting && fields[6] == "0" && fields[7] == name)
            {
                clients.Add(fields[0]);
                count++;
            }
        }

        return lines.Length == 0 ? null : new WaitingQueue(clients, count);
    }

    /// <summary>A connection that is not accepted is established, or already closed by its client, and has no inode.</summary>
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

    /// <summary>Each four bytes as a number in the machine's byte order, in hexadecimal.</summary>
    private static string AsKernelPrints(IPAddress address)
    {
        IEnumerable<byte[]> groups = address.GetAddressBytes().Chunk(sizeof(uint));
        return string.Concat(groups.Select(group => BitConverter.ToUInt32(group).ToString("X8", CultureInfo.InvariantCulture)));
    }
}
