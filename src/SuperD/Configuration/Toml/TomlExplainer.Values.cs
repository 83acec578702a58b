namespace SuperD.Configuration.Toml;

/// <summary>This part walks through values.</summary>
internal sealed partial class TomlExplainer
{
    /// <param name="level">How many tables and arrays are around the value.</param>
    private bool Value(int level)
    {
        switch (Next())
        {
            case '"' or '\'':
                return String();
            case '[' or '{' when IsTooDeep(level, cursor.Here):
                return false;
            case '[':
                return Array(level);
            case '{':
                return InlineTable(level);
            case char next when TomlWord.IsPartOf(next):
                return Word();
            default:
                Unexpected("a value", "write a \"string\", a number, true, false, an [array] or an {inline = \"table\"}");
                return false;
        }
    }

    private bool Word()
    {
        SourceSpan place = cursor.Here;
        int start = cursor.Offset;
        ReadOnlySpan<char> meant = Meant();
        TomlWord.Pass(cursor);
        ReadOnlySpan<char> word = cursor.Text.AsSpan(start, cursor.Offset - start);
        bool isValue = TomlWord.IsValue(word, out string? mistake);
        if (!isValue)
        {
            problems.Add(cursor.SpanFrom(place, start), mistake ?? NoQuotes(meant));
        }

        return isValue;
    }

    private bool Array(int level)
    {
        SourceSpan open = cursor.Here;
        int problemsBefore = problems.Met;
        cursor.Advance();
        while (PassLineEnds() && Next() != ']')
        {
            if (!Value(level + 1))
            {
                Skip(to: ']');
            }
            else if (PassLineEnds() && Next() is not (',' or ']'))
            {
                Unexpected("',' or ']' after the element", "put a comma between two elements");
                continue; // most often there is an element here
            }

            if (Next() == ',')
            {
                cursor.Advance();
            }
        }

        return Close(']', "array", open, problemsBefore);
    }

    private bool InlineTable(int level)
    {
        SourceSpan open = cursor.Here;
        int problemsBefore = problems.Met;
        bool expectsKey = true;
        bool isOverLines = false;
        cursor.Advance();
        while (Next() is char next and not ('}' or End))
        {
            if (next == LineEnd)
            {
                // Below "{ a = 1" a line "b = 2" is more likely the next statement; in a table that began over lines it lacks a comma.
                if (IsBeforeHeader() || !(isOverLines || expectsKey || NextVisible() is ',' or '}'))
                {
                    break;
                }

                isOverLines = true;
                cursor.PassLineEnd();
            }
            else if (expectsKey)
            {
                expectsKey = false;
                if (!KeyValue(level, "a key"))
                {
                    Skip(to: '}');
                }
            }
            else if (next == ',')
            {
                expectsKey = true;
                cursor.Advance();
            }
            else
            {
                Unexpected("',' or '}' after the value", "put a comma between two keys");
                expectsKey = true;
            }
        }

        return Close('}', "inline table", open, problemsBefore);
    }

    // After an earlier problem within it, where it ends is a guess.
    private bool Close(char close, string what, SourceSpan open, int problemsBefore)
    {
        bool isClosed = Next() == close;
        if (isClosed)
        {
            cursor.Advance();
        }
        else if (problems.Met == problemsBefore)
        {
            problems.Add(open, $"the {what} that begins here has no closing {close}; put one at its end");
        }

        return problems.Met == problemsBefore;
    }

    /// <summary>Passes the ends of lines within an array; false when the file ends or a statement follows.</summary>
    private bool PassLineEnds()
    {
        while (Next() == LineEnd && !IsBeforeStatement())
        {
            cursor.PassLineEnd();
        }

        return Next() is not (LineEnd or End);
    }

    private char NextVisible()
    {
        ReadOnlySpan<char> rest = cursor.Rest.TrimStart(" \t\r\n");
        return rest.IsEmpty ? End : rest[0];
    }
}
