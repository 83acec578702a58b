namespace SuperD.Importing.Systemd;

/// <summary>A unit with its drop-ins.</summary>
/// <param name="Name">With its suffix: <c>saned.socket</c>.</param>
/// <param name="File">The path of its main file.</param>
/// <param name="Lines">The directives, those of drop-ins last.</param>
internal sealed record Unit(string Name, string File, IReadOnlyList<UnitLine> Lines)
{
    /// <summary>The effective lines of a directive: those after the last empty one.</summary>
    public IReadOnlyList<UnitLine> All(string key)
    {
        var lines = new List<UnitLine>();
        foreach (UnitLine line in Lines)
        {
            if (line.Key != key)
            {
                continue;
            }

            if (line.Value.Length == 0)
            {
                lines.Clear();
            }
            else
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    /// <summary>The effective line of a directive with a single value: the last one; null without one.</summary>
    public UnitLine? Last(string key) => All(key) is [.., var last] ? last : null;

    /// <summary>A boolean directive; the default when it is missing or not a boolean.</summary>
    public bool Flag(string key, bool otherwise) => Last(key)?.Value.ToLowerInvariant() switch
    {
        "1" or "yes" or "y" or "true" or "t" or "on" => true,
        "0" or "no" or "n" or "false" or "f" or "off" => false,
        _ => otherwise,
    };
}
