using System.Globalization;
using System.Net;
using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>Who is connected and not accepted by anybody yet, from /proc/net.</summary>
internal static class WaitingClients
{
    /// <summary>The remote ends of a TCP listener, as the kernel prints them; empty when nobody waits or /proc cannot be read.</summary>
    public static HashSet<string> AtPort(InetEndPoint listener)
    {
        // An IPv4 address stands at the end of the mapped one too; another listener may have the same port at another address.
        string address = listener.IsWildcard ? string.Empty : AsKernelPrints(listener.ToIPAddress());
        string localEnd = $"{address}:{listener.Port:X4}";
        var clients = new HashSet<string>();
        foreach (string table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            // No lines for want of such a family, or of /proc: then nothing is known to wait, and the handler is started at once.
            foreach (string line in KernelFile.ReadLines(table))
            {
                AddIfWaiting(line, localEnd, clients);
            }
        }

        return clients;
    }

    /// <summary>The kernel's own names for those who wait at a Unix-domain socket; empty when nobody does or /proc cannot be read.</summary>
    /// <remarks>Where the machine hides these names (kptr_restrict), all are one: then whether somebody waits is all that is known.</remarks>
    public static HashSet<string> AtUnixSocket(string name)
    {
        const string Connecting = "02";
        var clients = new HashSet<string>();
        foreach (string line in KernelFile.ReadLines("/proc/net/unix"))
        {
            // Num: RefCount Protocol Flags Type St Inode Path; a connection nobody has accepted has its listener's path and no inode.
            string[] fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 8 && fields[5] == Connecting && fields[6] == "0" && fields[7] == name)
            {
                clients.Add(fields[0]);
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
