using System.Text;

namespace SuperD.Importing.Systemd;

/// <summary>The slices of a unit, whose settings systemd combines with the unit's own (systemd.resource-control(5)).</summary>
/// <remarks>
/// Slices may have no file, and still drop-ins. Their lines are read as if they stood in the section of the unit: those of the socket
/// unit's slices narrow its clients, those of the service unit's slices its program. IPAddressAllow= and IPAddressDeny= are combined in
/// <see cref="SystemdAccess"/>, and what a slice requires is reported by <see cref="SystemdStart"/>.
/// </remarks>
internal static class SystemdSlices
{
    private const string Directive = "Slice", Suffix = ".slice", Root = "-.slice", System = "system.slice";

    /// <summary>Reads the slices of a unit, from its own up to the root slice.</summary>
    public static (List<Unit>? Slices, ImportProblem? Problem) Read(Unit unit, string? beside, ImportHost host)
    {
        var slices = new List<Unit>();
        for (string? name = NameOf(unit) ?? DefaultOf(unit); name is not null; name = ParentOf(name))
        {
            (Unit? slice, ImportProblem? problem) = UnitReader.ReadSlice(name, unit.Section, beside, host);
            if (slice is null)
            {
                return (null, problem);
            }

            slices.Add(slice);
        }

        return (slices, null);
    }

    /// <summary>Reports Slice= and what narrows a unit in its slices.</summary>
    public static void Map(SystemdMapping mapping)
    {
        foreach (Unit unit in (Unit[])[mapping.Socket, mapping.Service])
        {
            if (unit.Last(Directive) is not { } line)
            {
                continue;
            }

            if (NameOf(unit) is null)
            {
                mapping.NotMapped(line, $"'{line.Value}' is the name of no slice");
            }
            else
            {
                mapping.Report.Mapped(line.Place, line.Key, "superd has no slices; what this one says is told by itself");
            }
        }

        // The program's come first: the lines of a slice that both are in are told once.
        foreach (Unit slice in mapping.ServiceSlices)
        {
            Account(mapping, slice, ImportWeight.NarrowsProgram);
        }

        foreach (Unit slice in mapping.SocketSlices)
        {
            Account(mapping, slice, ImportWeight.NarrowsAccess);
        }
    }

    /// <summary>Reports the effective lines of a slice with this weight; the others change nothing for a client.</summary>
    private static void Account(SystemdMapping mapping, Unit slice, ImportWeight weight)
    {
        foreach (UnitLine line in slice.Lines.Where(line => slice.Reads(line) && slice.All(line.Key).Contains(line)))
        {
            if (SystemdDirectives.Find(line.Section, line.Key) is not { } row)
            {
                mapping.NotKnown(line);
            }
            else if (row.Weight == weight && !SystemdStart.IsOfAnother(line))
            {
                mapping.NotMapped(line, row.Here == SystemdDirective.None ? row.Note : $"superd has no slices: write {row.Here}");
            }
        }
    }

    /// <summary>The slice that a unit names; null when it names none, or what is none.</summary>
    private static string? NameOf(Unit unit)
    {
        if (unit.Last(Directive) is not { } line)
        {
            return null;
        }

        (string name, string? problem) = UnitWords.FillSpecifiers(line.Value, unit.Name);
        string prefix = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : "";
        bool isGood = problem is null
            && !prefix.Contains('/')
            && (name == Root || prefix.Split('-').All(part => part.Length > 0));
        return isGood ? name : null;
    }

    /// <summary>The slice of a unit that names none: for an instance one that all instances of its template share.</summary>
    private static string DefaultOf(Unit unit)
    {
        int at = unit.Name.IndexOf('@');
        return at < 0 ? System : $"system-{Escape(unit.Name[..at])}{Suffix}";
    }

    /// <summary><c>a.slice</c> of <c>a-b.slice</c>, and the root slice of that; null of the root slice.</summary>
    private static string? ParentOf(string name)
    {
        int dash = name.LastIndexOf('-');
        return name == Root ? null : dash < 0 ? Root : name[..dash] + Suffix;
    }

    /// <summary>systemd-escape(1), of a name whose other letters are those of a unit's name.</summary>
    private static string Escape(string name)
    {
        var escaped = new StringBuilder();
        foreach (char letter in name)
        {
            escaped.Append(letter switch
            {
                '-' => @"\x2d",
                '\\' => @"\x5c",
                _ => letter.ToString(),
            });
        }

        return escaped.ToString();
    }
}
