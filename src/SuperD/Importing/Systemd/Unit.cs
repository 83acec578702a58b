namespace SuperD.Importing.Systemd;

/// <summary>A unit with its drop-ins.</summary>
/// <param name="Name">With its suffix: <c>saned.socket</c>.</param>
/// <param name="File">The path of its main file.</param>
internal sealed record Unit(string Name, string File, IReadOnlyList<UnitLine> Lines)
{
    /// <summary>The lines of a directive that count: those after the last empty one.</summary>
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

    /// <summary>The line of a directive that has one value: the last; null without one.</summary>
    public UnitLine? Last(string key) => All(key) is [.., var last] ? last : null;

    /// <summary>A yes or no; the default when it is not there or neither.</summary>
    public bool Flag(string key, bool otherwise) => Last(key)?.Value.ToLowerInvariant() switch
    {
        "1" or "yes" or "y" or "true" or "t" or "on" => true,
        "0" or "no" or "n" or "false" or "f" or "off" => false,
        _ => otherwise,
    };
}
