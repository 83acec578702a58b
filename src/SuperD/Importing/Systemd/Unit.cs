namespace SuperD.Importing.Systemd;

/// <summary>A unit with its drop-ins.</summary>
/// <param name="Name">With its suffix: <c>saned.socket</c>.</param>
/// <param name="File">The path of its main file.</param>
/// <param name="Lines">The directives, those of drop-ins last.</param>
/// <param name="Defects">Lines for which systemd does not load the unit, with the reasons.</param>
internal sealed record Unit(
    string Name, string File, IReadOnlyList<UnitLine> Lines, IReadOnlyList<(SourceLine Place, string Why)> Defects)
{
    /// <summary>
    /// The section of its type, <c>Socket</c> or <c>Service</c>, or for a slice that of the unit in it; systemd does not ignore the case of
    /// names.
    /// </summary>
    public string Section { get; init; } = Name.EndsWith(".socket", StringComparison.Ordinal) ? "Socket" : "Service";

    /// <summary>Whether systemd reads the line: a directive unknown here may be one of a newer systemd.</summary>
    public bool Reads(UnitLine line) =>
        (line.Section == Section || line.Section is "Unit" or "Install")
        && (SystemdDirectives.Find(line.Section, line.Key) is not null || !SystemdDirectives.IsKnown(line.Key));

    /// <summary>The effective lines of a directive: those after the last one that resets it.</summary>
    public IReadOnlyList<UnitLine> All(string key)
    {
        var lines = new List<UnitLine>();
        foreach (UnitLine line in Lines.Where(Reads))
        {
            if (EmptyValue.Resets(line, key))
            {
                lines.Clear();
            }

            if (line.Key == key && EmptyValue.IsEffective(line))
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    /// <summary>The effective line of a directive with a single value: the last one; null without one.</summary>
    public UnitLine? Last(string key) => All(key) is [.., var last] ? last : null;

    /// <summary>A boolean directive: the last value that is one, since systemd ignores others; the default without one.</summary>
    public bool Flag(string key, bool otherwise) => All(key).Select(line => IsTrue(line.Value)).LastOrDefault(value => value is not null)
        ?? otherwise;

    private static bool? IsTrue(string value) => value.ToLowerInvariant() switch
    {
        "1" or "yes" or "y" or "true" or "t" or "on" => true,
        "0" or "no" or "n" or "false" or "f" or "off" => false,
        _ => null,
    };
}
