using System.Globalization;

namespace SuperD.Importing.Systemd;

/// <summary>The mapping of one socket unit and its service unit to a service file.</summary>
/// <param name="socket">The socket unit.</param>
/// <param name="service">The service unit.</param>
/// <param name="socketSlices">The slices of the socket unit.</param>
/// <param name="serviceSlices">The slices of the service unit.</param>
/// <param name="file">The service file under construction.</param>
/// <param name="report">Receives the outcome of each line.</param>
internal sealed class SystemdMapping(
    Unit socket,
    Unit service,
    IReadOnlyList<Unit> socketSlices,
    IReadOnlyList<Unit> serviceSlices,
    ServiceFile file,
    ImportReport report)
{
    /// <summary>The socket unit.</summary>
    public Unit Socket => socket;

    /// <summary>The service unit.</summary>
    public Unit Service => service;

    /// <summary>The slices of the socket unit, from its own up to the root slice; their lines are of the section [Socket].</summary>
    public IReadOnlyList<Unit> SocketSlices => socketSlices;

    /// <summary>The slices of the service unit; their lines are of the section [Service].</summary>
    public IReadOnlyList<Unit> ServiceSlices => serviceSlices;

    /// <summary>The socket unit, the service unit and the slices of both, which may be the same.</summary>
    public IEnumerable<Unit> Units => [socket, service, .. socketSlices, .. serviceSlices];

    /// <summary>The service file under construction.</summary>
    public ServiceFile File => file;

    /// <summary>Receives the outcome of each line.</summary>
    public ImportReport Report => report;

    /// <summary>True: one program per connection. False: one program for the listening socket.</summary>
    public bool Accept { get; } = socket.Flag("Accept", otherwise: false);

    /// <summary>Whether a client has an address: an address of the socket is a port.</summary>
    public bool HasPorts { get; } = socket.All("ListenStream").Concat(socket.All("ListenDatagram"))
        .Any(line => line.Value is not ['/' or '@', ..]);

    /// <summary>
    /// The instance that systemd makes for each connection, <c>7-10.0.0.1:9003-192.0.2.7:50112</c>, in placeholders; null without one.
    /// A text with it must be finished, see <see cref="Placeholders"/>.
    /// </summary>
    public string? Instance => !Accept ? null
        : HasPorts ? $"{Conn}-{Placeholders.Of("local_addr")}:{Placeholders.Of("local_port")}-{Peer}:{Placeholders.Of("peer_port")}"
        : $"{Conn}-{Peer}";

    private static string Conn => Placeholders.Of("conn");

    private static string Peer => Placeholders.Of("peer_addr");

    /// <summary>Sets a key from a directive and reports it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="toml">Its value as TOML.</param>
    /// <param name="line">The directive.</param>
    /// <param name="comment">A peculiarity of the original; null for none.</param>
    public void Set(string key, string toml, UnitLine line, string? comment = null)
    {
        file.Set(key, toml, comment);
        if (comment is null)
        {
            report.Mapped(line.Place, line.Key, $"{key} = {toml}");
        }
        else
        {
            report.Differs(line.Place, line.Key, $"{key} = {toml}; {comment}");
        }
    }

    /// <summary>Reports that a directive is not imported, and does what its weight asks for.</summary>
    public void NotMapped(UnitLine line, string why)
    {
        report.NotMapped(line.Place, $"{line.Key}={line.Value}", why);
        if (SystemdDirectives.Find(line.Section, line.Key) is { } row)
        {
            file.Lose(row.Weight, $"{line.Key}={line.Value}", line.Place, why);
        }
    }

    /// <summary>Reports a directive that no table has.</summary>
    public void NotKnown(UnitLine line)
    {
        const string Unknown = "this import does not know it, and superd has no key for it; systemd ignores what it does not know";
        report.NotMapped(line.Place, $"{line.Key}={line.Value}", Unknown);
        file.Warn($"{line.Key}={line.Value} ({line.Place})", Unknown);
    }

    /// <summary>The value of a directive with its specifiers expanded; null without it, or if one is unknown, which is reported.</summary>
    /// <param name="unit">The unit it stands in.</param>
    /// <param name="line">The directive.</param>
    public string? Fill(Unit unit, UnitLine? line)
    {
        if (line is null)
        {
            return null;
        }

        (string text, string? problem) = UnitWords.FillSpecifiers(line.Value, unit.Name);
        if (problem is null)
        {
            return text;
        }

        Stop(line, problem);
        return null;
    }

    /// <summary>Disables the service, because it would behave differently without a directive that has no counterpart.</summary>
    public void Stop(UnitLine line, string why)
    {
        report.NotMapped(line.Place, line.Key, why);
        file.Lose(ImportWeight.NarrowsAccess, $"{line.Key}={line.Value}", line.Place, why);
    }

    /// <summary>The number of a directive; null without the directive, or (and reported) when it is no number in the range.</summary>
    public (UnitLine Line, int Value)? Number(Unit unit, string key, int least, int most)
    {
        if (unit.Last(key) is not { } line)
        {
            return null;
        }

        if (int.TryParse(line.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            && number >= least
            && number <= most)
        {
            return (line, number);
        }

        NotMapped(line, $"'{line.Value}' is not a number from {least} to {most}");
        return null;
    }
}
