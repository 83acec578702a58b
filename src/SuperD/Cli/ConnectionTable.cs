using System.Globalization;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>The table of live connections for <c>superd ps</c> and <c>superd top</c>.</summary>
internal static class ConnectionTable
{
    private const int PeerColumn = 3;

    /// <summary>Builds the table.</summary>
    /// <param name="marked">The row to mark; -1 = none.</param>
    public static TextTable Create(IEnumerable<ConnectionState> connections, int marked = -1)
    {
        var table = new TextTable(
            PeerColumn, ">ID", "S", "SERVICE", "PEER", ">PID", ">AGE", ">IDLE", ">IN", ">OUT", ">CPU", ">MEM");
        int row = 0;
        foreach (ConnectionState connection in connections)
        {
            table.Add(
                row++ == marked ? "\e[7m" : connection.State is "ending" or "leaving" ? Terminal.Yellow : null,
                connection.Id.ToString(CultureInfo.InvariantCulture),
                Letter(connection.State),
                connection.Service,
                connection.Peer ?? "-",
                connection.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-",
                Figures.Time(connection.AgeMs),
                Figures.Time(connection.IdleMs),
                Figures.Bytes(connection.BytesIn),
                Figures.Bytes(connection.BytesOut),
                Figures.Time(connection.CpuMs),
                Figures.Bytes(connection.MemKib * 1024));
        }

        return table;
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
