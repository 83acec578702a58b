namespace SuperD.Configuration.Toml;

/// <summary>This part reads values. A value with a problem in it is null as a whole, but is read to its end for further problems.</summary>
internal sealed partial class TomlParser
{
    /// <param name="depth">How many tables and arrays are round the value.</param>
    private TomlNode? ParseValue(int depth)
    {
        switch (current.Kind)
        {
            case TomlTokenKind.Word:
                return ParseScalar();
            case TomlTokenKind.String or TomlTokenKind.MultilineString:
                TomlString text = new(current.Value!, current.Span); // a string token always has a value
                Advance(TomlPosition.Value);
                return text;
            case TomlTokenKind.OpenBracket or TomlTokenKind.OpenBrace when depth > TomlDocument.MaxDepth:
                problems.Add(current.Span, TomlDocument.TooDeep);
                return null;
            case TomlTokenKind.OpenBracket:
                return ParseArray(depth);
            case TomlTokenKind.OpenBrace:
                return ParseInlineTable(depth);
            default:
                Unexpected("a value", "write a \"string\", a number, true, false, an [array] or an {inline = \"table\"}");
                return null;
        }
    }

    private TomlNode? ParseScalar()
    {
        if (TomlScalarReader.Read(lexer.TextOf(current), current.Span, out string? problem) is not { } value)
        {
            problems.Add(current.Span, problem ?? NoQuotes());
            return null;
        }

        Advance(TomlPosition.Value);
        return value;
    }

    private TomlArray? ParseArray(int depth)
    {
        TomlToken open = current;
        int problemsBefore = problems.Met;
        List<TomlNode> items = [];
        Advance(TomlPosition.Value);
        while (SkipLineEnds() && current.Kind != TomlTokenKind.CloseBracket)
        {
            if (ParseValue(depth + 1) is { } item)
            {
                items.Add(item);
                if (SkipLineEnds() && current.Kind is not (TomlTokenKind.Comma or TomlTokenKind.CloseBracket))
                {
                    Unexpected("',' or ']' after the element", "put a comma between two elements");
                    continue; // most often there is an element here
                }
            }
            else
            {
                Skip(to: TomlTokenKind.CloseBracket);
            }

            if (current.Kind == TomlTokenKind.Comma)
            {
                Advance(TomlPosition.Value);
            }
        }

        if (current.Kind != TomlTokenKind.CloseBracket)
        {
            NotClosed(open, "array", "]", problemsBefore);
            return null;
        }

        SourceSpan span = lexer.SpanFrom(open);
        Advance(TomlPosition.Value);
        return problems.Met == problemsBefore ? new TomlArray(items, span) : null;
    }

    // Many write an inline table over several lines, as TOML 1.1 allows. That is told once, and the table is read to its end all the same.
    private TomlTable? ParseInlineTable(int depth)
    {
        TomlToken open = current;
        int problemsBefore = problems.Met;
        TomlTableBuilder table = TomlTableBuilder.Defined(depth, open.Span);
        TomlToken? comma = null;
        bool expectsKey = true;
        bool isOverLines = false;
        Advance(TomlPosition.Key);
        while (current.Kind is not (TomlTokenKind.CloseBrace or TomlTokenKind.EndOfFile))
        {
            if (current.Kind == TomlTokenKind.NewLine)
            {
                if (lexer.IsBeforeHeader() || !(isOverLines || expectsKey || lexer.NextVisible() is ',' or '}'))
                {
                    break;
                }

                if (!isOverLines)
                {
                    Unexpected("the rest of the inline table on the same line", "join its lines, or write it as a [table] of its own");
                    isOverLines = true;
                }

                Advance(TomlPosition.Key);
            }
            else if (current.Kind == TomlTokenKind.Comma && !expectsKey)
            {
                comma = current;
                expectsKey = true;
                Advance(TomlPosition.Key);
            }
            else if (expectsKey || isOverLines)
            {
                expectsKey = false;
                if (!ParseKeyValue(table, "a key"))
                {
                    Skip(to: TomlTokenKind.CloseBrace);
                }
            }
            else
            {
                Unexpected("',' or '}' after the value", "put a comma between two keys");
                Skip(to: TomlTokenKind.CloseBrace);
            }
        }

        if (current.Kind != TomlTokenKind.CloseBrace)
        {
            NotClosed(open, "inline table", "}", problemsBefore);
            return null;
        }

        if (expectsKey && !isOverLines && comma is { } trailing)
        {
            problems.Add(trailing.Span, "an inline table may not end in a comma in TOML 1.0; delete it");
        }

        table.Define(lexer.SpanFrom(open));
        Advance(TomlPosition.Value);
        return problems.Met == problemsBefore ? table.ToTable() : null;
    }

    /// <summary>Passes the ends of lines within an array; false when the file ends or a statement follows.</summary>
    private bool SkipLineEnds()
    {
        while (current.Kind == TomlTokenKind.NewLine && !lexer.IsBeforeStatement())
        {
            Advance(TomlPosition.Value);
        }

        return current.Kind is not (TomlTokenKind.NewLine or TomlTokenKind.EndOfFile);
    }

    // After an earlier problem within it, where it ends is a guess.
    private void NotClosed(TomlToken open, string what, string close, int problemsBefore)
    {
        if (problems.Met == problemsBefore)
        {
            problems.Add(open.Span, $"the {what} that begins here has no closing {close}; put one at its end");
        }
    }
}
