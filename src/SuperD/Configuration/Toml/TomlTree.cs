namespace SuperD.Configuration.Toml;

/// <summary>The document's tables as its headers arrange them.</summary>
internal sealed class TomlTree(TomlProblems problems)
{
    private readonly TomlTableBuilder _root = TomlTableBuilder.Defined(0, SourceSpan.WholeFile);
    private TomlTableBuilder? _current;

    /// <summary>The table of the last header, to which the next key belongs.</summary>
    public TomlTableBuilder Current => _current ?? _root;

    /// <summary>Opens the table that a header names; reports it when that name is taken.</summary>
    /// <param name="header">The header with its brackets.</param>
    /// <param name="isArrayElement">True for <c>[[name]]</c>.</param>
    public void Open(IReadOnlyList<TomlKeyPart> name, SourceSpan header, bool isArrayElement)
    {
        TomlTableBuilder? parent = _root;
        for (int i = 0; i < name.Count - 1 && parent is not null; i++)
        {
            parent = Enter(parent, name[i]);
        }

        TomlTableBuilder? opened = parent is null ? null
            : isArrayElement ? Append(parent, name[^1], header)
            : Define(parent, name[^1], header);
        if (opened is null)
        {
            OpenNowhere();
        }
        else
        {
            _current = opened;
        }
    }

    /// <summary>Puts the keys after a bad header into a table that is in no document, so that they cause no further problems.</summary>
    public void OpenNowhere() => _current = TomlTableBuilder.Defined(1, SourceSpan.WholeFile);

    public TomlTable ToTable() => _root.ToTable();

    private TomlTableBuilder? Enter(TomlTableBuilder parent, TomlKeyPart part)
    {
        if (parent.Find(part.Name) is not { } slot)
        {
            return Create(parent, part, part.Span);
        }

        if (slot.Open is null)
        {
            string remedy = slot.Value is TomlTable
                ? "write this table between its braces"
                : "it can not hold a table; rename one of the two";
            problems.Add(part.Span, $"{slot.DescribeConflict()}; {remedy}");
        }

        return slot.Open;
    }

    private TomlTableBuilder? Define(TomlTableBuilder parent, TomlKeyPart part, SourceSpan header)
    {
        if (parent.Find(part.Name) is not { } slot)
        {
            TomlTableBuilder? created = Create(parent, part, header);
            created?.Define(header);
            return created;
        }

        if (slot.Table is { IsDefined: false } mentioned)
        {
            mentioned.Define(header);
            slot.Key = part;
            return mentioned;
        }

        string remedy = slot.Table is null ? "rename one of the two" : "put all its keys in one place";
        problems.Add(part.Span, $"{slot.DescribeConflict()}; {remedy}");
        return null;
    }

    private TomlTableBuilder? Append(TomlTableBuilder parent, TomlKeyPart part, SourceSpan header)
    {
        int depth = parent.Depth + 2; // the array and the table in it
        TomlSlot? slot = parent.Find(part.Name);
        if (slot is { Tables: null })
        {
            problems.Add(part.Span, $"{slot.DescribeConflict()}; rename one of the two");
            return null;
        }

        if (IsTooDeep(depth, part))
        {
            return null;
        }

        TomlTableBuilder element = TomlTableBuilder.Defined(depth, header);
        if (slot is null)
        {
            parent.Add(new TomlSlot(part) { Tables = [element] });
        }
        else
        {
            slot.Tables.Add(element);
        }

        return element;
    }

    private TomlTableBuilder? Create(TomlTableBuilder parent, TomlKeyPart part, SourceSpan span)
    {
        if (IsTooDeep(parent.Depth + 1, part))
        {
            return null;
        }

        TomlTableBuilder table = new(parent.Depth + 1, span);
        parent.Add(new TomlSlot(part) { Table = table });
        return table;
    }

    private bool IsTooDeep(int depth, TomlKeyPart part)
    {
        if (depth <= TomlDocument.MaxDepth)
        {
            return false;
        }

        problems.Add(part.Span, TomlDocument.TooDeep);
        return true;
    }
}
