namespace SuperD.Importing.Systemd;

/// <summary>Maps socket units and their service units to service files.</summary>
internal static class SystemdMapper
{
    private const string Suffix = ".socket";

    /// <summary>Reads the units and reports the outcome of each line.</summary>
    /// <param name="units">Names or paths of socket units.</param>
    /// <param name="report">Receives the outcomes, and the problems of units if others are imported.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The service files; or null and the problems when no unit can be imported.</returns>
    public static (List<ServiceFile>? Files, ImportProblem? Problem) Import(
        IReadOnlyList<string> units,
        ImportReport report,
        ImportHost host)
    {
        var files = new List<ServiceFile>();
        var problems = new List<ImportProblem>();
        var names = new FileNames();
        foreach (string name in units)
        {
            (SystemdMapping? mapping, ImportProblem? problem) = Read(name, names, report, host);
            if (mapping is null)
            {
                problems.Add(problem!); // no units, so a problem
                continue;
            }

            Map(mapping);
            files.Add(mapping.File);
        }

        if (files.Count == 0)
        {
            return (null, ImportProblem.All(problems));
        }

        problems.ForEach(report.Unread);
        return (files, null);
    }

    /// <summary>Reads a socket unit with its service and their slices.</summary>
    private static (SystemdMapping? Mapping, ImportProblem? Problem) Read(
        string name, FileNames names, ImportReport report, ImportHost host)
    {
        if (!name.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return (null, ImportProblem.NoSuch(name, "socket unit", $"its name must end in {Suffix}"));
        }

        (Unit? socket, ImportProblem? problem) = UnitReader.Read(name, beside: null, host);
        if (socket is null)
        {
            return (null, problem);
        }

        if (!socket.Lines.Any(line => line.Section == "Socket"))
        {
            return (null, ImportProblem.NoSuch(socket.File, "socket unit", "it has no directive in a section [Socket]"));
        }

        string prefix = socket.Name[..^Suffix.Length];
        if (prefix.EndsWith('@'))
        {
            return (null, new ImportProblem($"{name} is a template: name an instance of it, such as {prefix}NAME{Suffix}"));
        }

        string? beside = Path.GetDirectoryName(socket.File);
        (Unit? service, problem) = UnitReader.Read(ServiceOf(socket, prefix), beside, host);
        if (service is null)
        {
            return (null, problem! with { Text = $"{problem.Text}; {socket.File} starts it" }); // no unit, so a problem
        }

        (List<Unit>? socketSlices, problem) = SystemdSlices.Read(socket, beside, host);
        (List<Unit>? serviceSlices, ImportProblem? another) = SystemdSlices.Read(service, beside, host);
        if (socketSlices is null || serviceSlices is null)
        {
            return (null, problem ?? another);
        }

        var file = new ServiceFile(names.Take(prefix, "socket"), $"From {socket.File} and {service.File}");
        return (new SystemdMapping(socket, service, socketSlices, serviceSlices, file, report), null);
    }

    /// <summary>The name of the unit that a connection, or the first of them, starts.</summary>
    private static string ServiceOf(Unit socket, string prefix)
    {
        if (socket.Flag("Accept", otherwise: false))
        {
            return $"{prefix.Split('@')[0]}@.service"; // the instance is the connection's, not the socket's
        }

        string? written = socket.Last("Service")?.Value;
        return written is null ? $"{prefix}.service" : UnitWords.FillSpecifiers(written, socket.Name).Text;
    }

    private static void Map(SystemdMapping mapping)
    {
        if ((mapping.Service.Last("Description") ?? mapping.Socket.Last("Description")) is { } description)
        {
            Unit unit = mapping.Service.Lines.Contains(description) ? mapping.Service : mapping.Socket;
            mapping.Set("description", TomlValue.Of(UnitWords.FillSpecifiers(description.Value, unit.Name).Text), description);
        }

        SystemdStart.Map(mapping);
        SystemdRefusals.Map(mapping);
        SystemdSocket.Map(mapping);
        SystemdProgram.Map(mapping);
        SystemdProcess.Map(mapping);
        SystemdSandbox.Map(mapping);
        SystemdSlices.Map(mapping);
        foreach (Unit unit in mapping.Units)
        {
            foreach ((SourceLine place, string why) in unit.Defects)
            {
                mapping.Report.Wrong(place, unit.Name, why);
                mapping.File.TurnOff($"{place}: {why}");
            }
        }

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

        UnitLine? last = unit.Last(line.Key);
        if (line.Key.StartsWith("X-", StringComparison.Ordinal) || line.Section.StartsWith("X-", StringComparison.Ordinal))
        {
            report.Mapped(line.Place, line.Key, "systemd ignores it too");
        }
        else if (!unit.Reads(line))
        {
            report.Wrong(line.Place, line.Key, $"a section [{line.Section}] of {unit.Name} has no such directive; systemd ignores it");
        }
        else if (EmptyValue.IsIgnored(line))
        {
            report.Mapped(line.Place, line.Key, "is empty; systemd ignores it");
        }
        else if (!unit.All(line.Key).Contains(line) || (last is not null && last != line && report.Mentions(last.Place)))
        {
            report.Mapped(line.Place, line.Key, "replaced or reset by another line");
        }
        else if (SystemdDirectives.Find(line.Section, line.Key) is { } row)
        {
            AccountKnown(mapping, line, row, last!.Value); // the line is effective, so there is a last one
        }
        else
        {
            mapping.NotKnown(line);
        }
    }

    /// <summary>Reports a line of a directive that the table has.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="line">The line.</param>
    /// <param name="row">Its directive.</param>
    /// <param name="last">The value of the last line of that directive, which alone counts unless the directive is a list.</param>
    private static void AccountKnown(SystemdMapping mapping, UnitLine line, SystemdDirective row, string last)
    {
        // Of what narrows access, PrivateNetwork= alone is a boolean: a condition or a command may be "false" too.
        bool mayBeOff = row.Weight == ImportWeight.NarrowsProgram || row.Name == "PrivateNetwork";
        if (row.Weight == ImportWeight.Cosmetic)
        {
            mapping.Report.Mapped(line.Place, line.Key, $"without meaning here: {row.Note}");
        }
        else if (mayBeOff && last.ToLowerInvariant() is "no" or "false" or "off" or "infinity")
        {
            mapping.Report.Mapped(line.Place, line.Key, "narrows nothing");
        }
        else
        {
            mapping.NotMapped(line, row.Here == SystemdDirective.None ? row.Note : $"its value has no counterpart in {row.Here}");
        }
    }
}
