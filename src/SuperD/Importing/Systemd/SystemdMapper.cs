using System.Globalization;

namespace SuperD.Importing.Systemd;

/// <summary>Maps socket units and their service units to service files.</summary>
internal static class SystemdMapper
{
    private const string Suffix = ".socket";

    /// <summary>Reads the units and reports the outcome of each line.</summary>
    /// <param name="units">Names or paths of socket units.</param>
    /// <param name="report">Receives the outcomes.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The service files; or null and a line for the user when a unit cannot be found or read.</returns>
    public static (List<ServiceFile>? Files, string? Problem) Import(IReadOnlyList<string> units, ImportReport report, ImportHost host)
    {
        var files = new List<ServiceFile>();
        var names = new FileNames();
        foreach (string name in units)
        {
            if (!name.EndsWith(Suffix, StringComparison.Ordinal))
            {
                return (null, $"{name} is no socket unit: its name must end in {Suffix}");
            }

            (Unit? socket, string? problem) = UnitReader.Read(name, beside: null, host);
            if (socket is null)
            {
                return (null, problem);
            }

            string prefix = socket.Name[..^Suffix.Length];
            string wanted = socket.Flag("Accept", otherwise: false)
                ? $"{prefix}@.service"
                : socket.Last("Service")?.Value ?? $"{prefix}.service";
            (Unit? service, problem) = UnitReader.Read(wanted, Path.GetDirectoryName(socket.File), host);
            if (service is null)
            {
                return (null, $"{problem}; {socket.File} starts it");
            }

            var file = new ServiceFile(names.Take(prefix, "socket"), $"From {socket.File} and {service.File}");
            Map(new SystemdMapping(socket, service, file, report));
            files.Add(file);
        }

        return (files, null);
    }

    private static void Map(SystemdMapping mapping)
    {
        if ((mapping.Service.Last("Description") ?? mapping.Socket.Last("Description")) is { } description)
        {
            mapping.Set("description", TomlValue.Of(description.Value), description);
        }

        SystemdSocket.Map(mapping);
        SystemdProgram.Map(mapping);
        SystemdProcess.Map(mapping);
        foreach (Unit unit in (Unit[])[mapping.Socket, mapping.Service])
        {
            foreach (UnitLine line in unit.Lines)
            {
                Account(mapping, unit, line);
            }
        }
    }

    /// <summary>Reports a line that no other code has reported.</summary>
    private static void Account(SystemdMapping mapping, Unit unit, UnitLine line)
    {
        ImportReport report = mapping.Report;
        if (report.Mentions(line.Place))
        {
            return;
        }

        if (line.Value.Length == 0 || (unit.Last(line.Key) is { } last && last != line && report.Mentions(last.Place)))
        {
            report.Mapped(line.Place, line.Key, "replaced or reset by another line");
        }
        else if (SystemdDirectives.WhyNot(line) is { } why)
        {
            report.NotMapped(line.Place, $"{line.Key}={line.Value}", why);
        }
        else
        {
            report.Mapped(line.Place, line.Key, "without meaning for superd, which starts all its services with itself");
        }
    }

    /// <summary>Parses a size of systemd, where K M G T are powers of 1024; null when it is not one.</summary>
    public static string? Size(string text)
    {
        if (text == "infinity")
        {
            return "unlimited";
        }

        string digits = text.TrimEnd('K', 'M', 'G', 'T');
        bool isSize = text.Length - digits.Length <= 1
            && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isSize ? text : null;
    }

    /// <summary>Parses a time span of systemd to milliseconds: <c>5</c>, <c>90s</c>, <c>1min 30s</c>. Null: not one, or infinite.</summary>
    public static long? Milliseconds(string text)
    {
        long total = 0;
        int i = 0;
        while (i < text.Length)
        {
            int digits = i;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                digits++;
            }

            int letters = digits;
            while (letters < text.Length && char.IsAsciiLetter(text[letters]))
            {
                letters++;
            }

            long unit = text[digits..letters] switch
            {
                "ms" or "msec" => 1,
                "" or "s" or "sec" or "second" or "seconds" => 1000,
                "m" or "min" or "minute" or "minutes" => 60_000,
                "h" or "hr" or "hour" or "hours" => 3_600_000,
                "d" or "day" or "days" => 86_400_000,
                _ => 0,
            };
            if (unit == 0 || !int.TryParse(text.AsSpan(i, digits - i), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return null;
            }

            total += number * unit;
            i = letters;
            while (i < text.Length && text[i] == ' ')
            {
                i++;
            }
        }

        return text.Length > 0 ? total : null;
    }
}
