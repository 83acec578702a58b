using System.Globalization;

namespace SuperD.Importing.Systemd;

/// <summary>A socket unit and its service unit on their way to a service file.</summary>
internal sealed class SystemdMapping(Unit socket, Unit service, ServiceFile file, ImportReport report)
{
    public Unit Socket => socket;

    public Unit Service => service;

    public ServiceFile File => file;

    public ImportReport Report => report;

    /// <summary>One program per connection; else one for the listening socket.</summary>
    public bool Accept { get; } = socket.Flag("Accept", otherwise: false);

    /// <summary>Sets a key from a directive and reports it.</summary>
    /// <param name="comment">What was odd, if anything.</param>
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

    /// <summary>A value that cannot be taken over, without which the service would not do the same.</summary>
    public void Stop(UnitLine line, string why)
    {
        report.NotMapped(line.Place, line.Key, why);
        file.TurnOff($"{line.Key}={line.Value} ({line.Place}): {why}");
    }

    /// <summary>The whole number of a directive that lies in a range; null when there is none, which is reported when something else stands there.</summary>
    public (UnitLine Line, int Value)? Number(Unit unit, string key, int least, int most)
    {
        if (unit.Last(key) is not { } line)
        {
            return null;
        }

        if (int.TryParse(line.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return (line, number);
        }

        report.NotMapped(line.Place, key, $"'{line.Value}' is not a number from {least} to {most}");
        return null;
    }
}
