namespace SuperD.Configuration.Toml;

/// <summary>What a name stands for in a table that is still being read: a value, or tables that may get more keys.</summary>
internal sealed class TomlSlot(TomlKeyPart key)
{
    /// <summary>Where the name was defined first; for a table the place of its own header, once that is read.</summary>
    public TomlKeyPart Key { get; set; } = key;

    /// <summary>A value, to which nothing may be added; inline tables and arrays are values too.</summary>
    public TomlNode? Value { get; init; }

    /// <summary>A table that headers and dotted keys define.</summary>
    public TomlTableBuilder? Table { get; init; }

    /// <summary>The tables of <c>[[name]]</c> headers, at least one.</summary>
    public List<TomlTableBuilder>? Tables { get; init; }

    /// <summary>The table to which a name below this one belongs; the last one of an array of tables. Null for a value.</summary>
    public TomlTableBuilder? Open => Table ?? Tables?[^1];

    public TomlEntry ToEntry() => new(Key.Name, Key.Span, ToNode());

    /// <summary><c>'port' is already an integer (defined at 3:1)</c>: the beginning of a message; the end says what to do.</summary>
    public string DescribeConflict()
    {
        string kind = Value?.Kind ?? (Table is null ? "an array of tables" : "a table");
        return $"{TomlQuote.Of(Key.Name)} is already {kind} (defined at {Key.Span.Line}:{Key.Span.Column})";
    }

    private TomlNode ToNode() => Value ?? Table?.ToTable() ?? (TomlNode)new TomlArray(
        [.. Tables!.Select(table => table.ToTable())], // one of the three is always set
        Tables![0].Span,
        IsOfTables: true);
}
