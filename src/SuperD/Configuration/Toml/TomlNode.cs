namespace SuperD.Configuration.Toml;

/// <summary>A value in a TOML document, with its place. The tree keeps what is written; the key table gives it a meaning.</summary>
internal abstract record TomlNode(SourceSpan Span)
{
    /// <summary>What kind of value this is, in words for a message: <c>a string</c>, <c>an integer</c>, <c>a table</c>.</summary>
    public abstract string Kind { get; }
}

/// <summary>A string of any of the four forms, escapes resolved.</summary>
internal sealed record TomlString(string Value, SourceSpan Span) : TomlNode(Span)
{
    public override string Kind => "a string";
}

/// <summary>An integer in any of the four bases.</summary>
internal sealed record TomlInteger(long Value, SourceSpan Span) : TomlNode(Span)
{
    public override string Kind => "an integer";
}

/// <summary>A float, infinities and NaN included.</summary>
internal sealed record TomlFloat(double Value, SourceSpan Span) : TomlNode(Span)
{
    public override string Kind => "a float";
}

/// <summary>true or false.</summary>
internal sealed record TomlBoolean(bool Value, SourceSpan Span) : TomlNode(Span)
{
    public override string Kind => "a boolean";
}

/// <summary>A date, a time, or both, in one of TOML's four forms; the form decides which of the properties is set.</summary>
internal sealed record TomlDateTime(TomlDateTimeValue Value, SourceSpan Span) : TomlNode(Span)
{
    public override string Kind => "a date or time";
}

/// <summary>An array; its elements may be of different kinds.</summary>
/// <param name="IsOfTables">True for the array that <c>[[name]]</c> headers make.</param>
internal sealed record TomlArray(IReadOnlyList<TomlNode> Items, SourceSpan Span, bool IsOfTables = false) : TomlNode(Span)
{
    public override string Kind => "an array";
}

/// <summary>A table of any form: header, dotted keys, or inline. Entries are in the order written; each name stands once.</summary>
internal sealed record TomlTable(IReadOnlyList<TomlEntry> Entries, SourceSpan Span) : TomlNode(Span)
{
    public override string Kind => "a table";

    /// <summary>The entry of that name, or null when it is not written. Linear: configuration tables are small.</summary>
    public TomlEntry? Find(string name) => Entries.FirstOrDefault(entry => entry.Key == name);
}

/// <summary>One <c>key = value</c> of a table (or the table a header opens).</summary>
/// <param name="Key">The one part of the key that names it in this table, unquoted.</param>
/// <param name="KeySpan">Where that part stands.</param>
internal sealed record TomlEntry(string Key, SourceSpan KeySpan, TomlNode Value);
