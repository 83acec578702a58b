namespace SuperD.Configuration.Toml;

/// <summary>A table that is still being read, with the rules of what each form of key may add to it.</summary>
/// <remarks>
/// TOML allows a table to be defined in one place only: by its header, by dotted keys under one header, or within braces. A table that is
/// only mentioned, as <c>a</c> in <c>[a.b]</c>, is still undefined and may get a header of its own later.
/// </remarks>
/// <param name="depth">How many tables and arrays are around it; 0 for the top table.</param>
internal sealed class TomlTableBuilder(int depth, SourceSpan span)
{
    private readonly OrderedDictionary<string, TomlSlot> _slots = [];

    /// <summary>The table whose dotted keys define this one; null when a header or braces do, or nothing yet.</summary>
    private TomlTableBuilder? _dottedIn;

    public int Depth { get; } = depth;

    /// <summary>Where it is defined; until then, where it is first mentioned.</summary>
    public SourceSpan Span { get; private set; } = span;

    /// <summary>True when it has a header, dotted keys or braces of its own, and must not get others.</summary>
    public bool IsDefined { get; private set; }

    public static TomlTableBuilder Defined(int depth, SourceSpan span) => new(depth, span) { IsDefined = true };

    public TomlSlot? Find(string name) => _slots.GetValueOrDefault(name);

    /// <summary>Adds under a name that <see cref="Find"/> does not know.</summary>
    public void Add(TomlSlot slot) => _slots.Add(slot.Key.Name, slot);

    /// <summary>Marks it as defined by its own header.</summary>
    public void Define(SourceSpan header)
    {
        IsDefined = true;
        Span = header;
    }

    /// <summary>Adds <c>a.b.c = value</c> as written in this table; reports a part that is already something else.</summary>
    public void AddDotted(IReadOnlyList<TomlKeyPart> key, TomlNode value, TomlProblems problems)
    {
        TomlTableBuilder table = this;
        for (int i = 0; i < key.Count - 1; i++)
        {
            if (table.EnterByDot(key[i], owner: this, problems) is not { } inner)
            {
                return;
            }

            table = inner;
        }

        TomlKeyPart last = key[^1];
        if (table.Find(last.Name) is { } earlier)
        {
            problems.Add(last.Span, $"{earlier.DescribeConflict()}; keep one of the two");
            return;
        }

        table.Add(new TomlSlot(last) { Value = value });
    }

    public TomlTable ToTable() => new([.. _slots.Values.Select(slot => slot.ToEntry())], Span);

    private TomlTableBuilder? EnterByDot(TomlKeyPart part, TomlTableBuilder owner, TomlProblems problems)
    {
        TomlSlot? slot = Find(part.Name);
        if (slot is null)
        {
            slot = new TomlSlot(part) { Table = new TomlTableBuilder(Depth + 1, part.Span) };
            Add(slot);
        }

        if (slot.Table is not { } table || (table.IsDefined && table._dottedIn != owner))
        {
            string remedy = slot switch
            {
                { Value: TomlTable } => "write this key between its braces",
                { Value: not null } => "it can not hold keys; rename one of the two",
                _ => "write this key below its header",
            };
            problems.Add(part.Span, $"{slot.DescribeConflict()}; {remedy}");
            return null;
        }

        table.IsDefined = true;
        table._dottedIn = owner;
        return table;
    }
}
