namespace SuperD.Importing.Systemd;

/// <summary>What must be there or succeed for systemd to start the units: other units, and commands before the program.</summary>
/// <remarks>Conditions and assertions have no words to look into; the table alone reports them.</remarks>
internal static class SystemdStart
{
    /// <summary>The directives that make the start of a unit depend on others.</summary>
    public const string Requirements = "Requires Requisite BindsTo BindTo RequiresOverridable RequisiteOverridable RequiresMountsFor";

    private const string Commands = "ExecStartPre", Prefixes = "@-:+!|";

    /// <summary>What every machine has after its start.</summary>
    private static readonly string[] s_always =
        ["sysinit.target", "basic.target", "local-fs.target", "network.target", "sockets.target", "system.slice", "-.mount", "/"];

    /// <summary>Reports the directives of both units.</summary>
    public static void Map(SystemdMapping mapping)
    {
        foreach (Unit unit in mapping.Units)
        {
            foreach (UnitLine line in Requirements.Split(' ').SelectMany(unit.All))
            {
                MapRequirement(mapping, unit, line);
            }

            foreach (UnitLine line in unit.All(Commands))
            {
                string prefixes = line.Value[..^line.Value.TrimStart([.. Prefixes]).Length];
                if (prefixes.Contains('-'))
                {
                    const string MayFail = "superd runs nothing but the program of exec; systemd starts it even if this fails";
                    mapping.Report.NotMapped(line.Place, $"{line.Key}={line.Value}", MayFail);
                }
                else
                {
                    mapping.NotMapped(line, SystemdDirectives.Find(line.Section, line.Key)!.Note); // a row of the table
                }
            }
        }
    }

    /// <summary>
    /// Whether a line of a slice does not keep the units in it from starting, or is reported by <see cref="Map"/> or
    /// <see cref="SystemdAccess"/>: a condition that does not hold skips the slice, which its units take for a success.
    /// </summary>
    public static bool IsOfAnother(UnitLine line) =>
        line.Key.StartsWith("Condition", StringComparison.Ordinal)
        || Requirements.Split(' ').Contains(line.Key)
        || (line.Section == "Socket" && line.Key is SystemdAccess.Allow or SystemdAccess.Deny);

    private static void MapRequirement(SystemdMapping mapping, Unit unit, UnitLine line)
    {
        string[] own = [.. mapping.Units.Select(one => one.Name), .. s_always];
        string[] words = UnitWords.FillSpecifiers(line.Value, unit.Name).Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.All(own.Contains))
        {
            mapping.Report.Mapped(line.Place, line.Key, "here too it is always there");
        }
        else
        {
            mapping.NotMapped(line, SystemdDirectives.Find(line.Section, line.Key)!.Note); // a row of the table
        }
    }
}
