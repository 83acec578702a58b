using System.Globalization;

namespace SuperD.Listening;

/// <summary>Who is connected to a port and not accepted by anybody yet, from /proc/net/tcp and tcp6.</summary>
internal static class WaitingClients
{
    /// <summary>The remote ends, as the kernel prints them; empty when nobody waits or /proc cannot be read.</summary>
    public static HashSet<string> Read(int localPort)
    {
        var clients = new HashSet<string>();
        foreach (string table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            try
            {
                foreach (string line in File.ReadLines(table))
                {
                    AddIfWaiting(line, localPort, clients);
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
    private static void AddIfWaiting(string line, int localPort, HashSet<string> clients)
    {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const string Established = "01";
        const string CloseWait = "08";
        if (fields.Length > 9
            && fields[9] == "0"
            && fields[3] is Established or CloseWait
            && int.TryParse(fields[1].AsSpan(fields[1].IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int port)
            && port == localPort)
        {
            clients.Add(fields[2]);
        }
    }
}
