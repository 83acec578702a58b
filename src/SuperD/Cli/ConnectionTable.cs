using System.Globalization;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>The table of live connections for <c>superd ps</c> and <c>superd top</c>.</summary>
internal static class ConnectionTable
{
    private const int PeerColumn = 3;

    /// <summary>Builds the table; with a column of users if any connection has one of its own.</summary>
    /// <param name="marked">The row to mark; -1 = none.</param>
    public static TextTable Create(IEnumerable<ConnectionState> connections, int marked = -1)
    {
        ConnectionState[] all = [.. connections];
        bool hasUsers = Array.Exists(all, connection => connection.UserId is not null);
        string[] heads = [">ID", "S", "SERVICE", "PEER", ">PID", .. Users(">UID"), ">AGE", ">IDLE", ">IN", ">OUT", ">CPU", ">MEM"];
        var table = new TextTable(PeerColumn, heads);
        int row = 0;
        foreach (ConnectionState connection in all)
        {
            table.Add(
                row++ == marked ? "\e[7m" : connection.State is "ending" or "leaving" ? Terminal.Yellow : null,
                [
                    connection.Id.ToString(CultureInfo.InvariantCulture),
                    Letter(connection.State),
                    connection.Service,
                    connection.Peer ?? "-",
                    connection.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-",
                    .. Users(connection.UserId?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                    Figures.Time(connection.AgeMs),
                    Figures.Time(connection.IdleMs),
                    Figures.Bytes(connection.BytesIn),
                    Figures.Bytes(connection.BytesOut),
                    Figures.Time(connection.CpuMs),
                    Figures.Bytes((connection.GroupMemKib ?? connection.MemKib) * 1024),
                ]);
        }

        return table;

        string[] Users(string cell) => hasUsers ? [cell] : [];
    }

    /// <summary>
    /// S starting, R running, E ending, L leaving (its orphans are being ended), C connecting to its backend, P passed on to it, T talking
    /// with superd itself.
    /// </summary>
    private static string Letter(string state) => state switch
    {
        "relaying" => "P",
        "" => "?",
        _ => state[..1].ToUpperInvariant(),
    };
}
