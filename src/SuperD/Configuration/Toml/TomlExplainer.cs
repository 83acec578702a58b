namespace SuperD.Configuration.Toml;

/// <summary>Explains one statement that is not valid: walks through its text, and reports what is missing or odd in it.</summary>
/// <remarks>
/// Never throws, and never stops at a mistake: it passes the rest of the statement, so that each line of a long array gets its problem.
/// A method that returns false has reported why. What it says follows from the text alone, never from a message of Tomlyn's.
/// </remarks>
/// <param name="cursor">At the beginning of a line; after <see cref="Explain"/> at that of the next line that may be a statement.</param>
/// <param name="depth">How many tables and arrays are around the statement.</param>
internal sealed partial class TomlExplainer(TomlCursor cursor, int depth, TomlProblems problems)
{
    private const char LineEnd = '\n';
    private const char End = '\0';

    private Range _lastPart; // of the key that was passed last

    /// <summary>Where the statement begins.</summary>
    public SourceSpan Place { get; private set; }

    /// <summary>Whether the statement begins like a <c>[header]</c>.</summary>
    public bool IsHeader { get; private set; }

    /// <summary>Reports what is wrong with the next statement, or with a comment above it, and passes it.</summary>
    /// <returns>The index after the statement when nothing is wrong with it, whatever follows on its line; otherwise null.</returns>
    public int? Explain()
    {
        int problemsBefore = problems.Met;
        while (Next() == LineEnd)
        {
            cursor.PassLineEnd();
            if (problems.Met > problemsBefore)
            {
                return null;
            }
        }

        if (cursor.IsAtEnd)
        {
            return problems.Met == problemsBefore ? cursor.Offset : null;
        }

        Place = cursor.Here;
        IsHeader = Next() == '[';
        bool isComplete = IsHeader ? Header() : KeyValue(depth, "a key or a [header]");
        int? end = isComplete && problems.Met == problemsBefore ? cursor.Offset : null;
        if (isComplete && Next() is not (LineEnd or End))
        {
            Unexpected("the end of the line", "text with blanks needs quotes, a remark needs a # before it, a key its own line");
        }

        Skip(to: LineEnd);
        cursor.PassLineEnd();
        return end;
    }

    private bool Header()
    {
        cursor.Advance();
        bool isArrayElement = cursor.Peek() == '[';
        cursor.Advance(isArrayElement ? 1 : 0);
        string close = isArrayElement ? "']]'" : "']'";
        if (!Key("the name of a table", out _))
        {
            return false;
        }

        if (Next() != ']')
        {
            Unexpected(
                $"{close} after the name of the table",
                "end the name there, or put it in quotes if it has other characters than A-Z a-z 0-9 _ -");
            return false;
        }

        cursor.Advance();
        if (isArrayElement && cursor.Peek() != ']')
        {
            Unexpected(close, "a header that begins with [[ ends with ]]");
            return false;
        }

        cursor.Advance(isArrayElement ? 1 : 0);
        return true;
    }

    /// <summary>One <c>key = value</c>, of a statement or of an inline table.</summary>
    /// <param name="around">How many tables and arrays are around it.</param>
    private bool KeyValue(int around, string expected)
    {
        Next();
        SourceSpan place = cursor.Here;
        if (!Key(expected, out int parts))
        {
            return false;
        }

        if (Next() != '=')
        {
            NoEquals();
            return false;
        }

        cursor.Advance();
        return !IsTooDeep(around + parts, place) && Value(around + parts);
    }

    private bool Key(string expected, out int parts)
    {
        parts = 0;
        while (true)
        {
            char next = Next();
            _lastPart = cursor.Offset..cursor.Offset;
            if (IsTooDeep(++parts, cursor.Here))
            {
                return false;
            }

            if (TomlCharacters.IsBareKey(next))
            {
                while (TomlCharacters.IsBareKey(cursor.Peek()))
                {
                    cursor.Advance();
                }
            }
            else if (next is '"' or '\'')
            {
                if (!QuotedPart())
                {
                    return false;
                }
            }
            else
            {
                NoKeyPart(parts == 1 ? expected : "a name after the dot");
                return false;
            }

            _lastPart = _lastPart.Start..cursor.Offset;
            if (Next() != '.')
            {
                return true;
            }

            cursor.Advance();
        }
    }

    private bool QuotedPart()
    {
        SourceSpan place = cursor.Here;
        bool isMultiline = TomlStringMistake.IsMultiline(cursor);
        bool isString = String();
        if (isString && isMultiline)
        {
            problems.Add(place, "a key can not be a string in three quotes; use one quote at each end");
        }

        return isString && !isMultiline;
    }

    private bool IsTooDeep(int level, SourceSpan place)
    {
        if (level > TomlDocument.MaxDepth)
        {
            problems.Add(place, TomlDocument.TooDeep);
        }

        return level > TomlDocument.MaxDepth;
    }

    private bool String()
    {
        if (TomlStringMistake.Pass(cursor) is (var place, var message))
        {
            problems.Add(place, message);
            return false;
        }

        return true;
    }

    /// <summary>The next character that is neither blank nor in a comment, which is left to read.</summary>
    /// <returns><see cref="LineEnd"/> for both kinds of it; <see cref="End"/> at the end of the file, but U+0001 for a NUL in it.</returns>
    private char Next()
    {
        cursor.PassBlanks();
        if (cursor.Peek() == '#')
        {
            PassComment();
        }

        return cursor.IsAtEnd ? End
            : cursor.IsAtLineEnd ? LineEnd
            : cursor.Peek() == '\0' ? '\u0001'
            : cursor.Peek();
    }

    private void PassComment()
    {
        while (!cursor.IsAtEnd && !cursor.IsAtLineEnd)
        {
            if (TomlCharacters.IsForbidden(cursor.Peek()))
            {
                problems.Add(cursor.Here, TomlCharacters.WhyNotHere(cursor.PeekRune()));
            }

            cursor.Advance();
        }
    }

    /// <summary>
    /// Passes over what can not be understood: to the next comma or that closing bracket, or else to the end of the line. Brackets opened
    /// on the way are passed with all that is in them, over lines too, up to where a new statement is plain to see.
    /// </summary>
    /// <param name="to"><see cref="LineEnd"/> to pass over commas too.</param>
    private void Skip(char to)
    {
        int nesting = 0;
        int braces = 0; // of the nesting; a closing bracket of the wrong kind counts as well
        char last = LineEnd;
        while (true)
        {
            char next = Next();
            bool isTableOverLines = braces > 0 && (last is '{' or ',');
            bool isEnd = next switch
            {
                End => true,
                LineEnd => nesting == 0 || (isTableOverLines ? IsBeforeHeader() : IsBeforeStatement()),
                _ => nesting == 0 && to != LineEnd && (next == ',' || next == to),
            };
            if (isEnd)
            {
                return;
            }

            nesting = next is '[' or '{' ? nesting + 1 : next is ']' or '}' ? Math.Max(0, nesting - 1) : nesting;
            braces = Math.Min(next == '{' ? braces + 1 : next == '}' ? Math.Max(0, braces - 1) : braces, nesting);
            last = next == LineEnd ? last : next;
            if (next is '"' or '\'')
            {
                String();
            }
            else
            {
                PassCharacter(next);
            }
        }
    }

    private void PassCharacter(char next)
    {
        if (next == LineEnd)
        {
            cursor.PassLineEnd();
            return;
        }

        if (TomlCharacters.IsInvisible(next))
        {
            problems.Add(cursor.Here, TomlCharacters.WhyNotHere(cursor.PeekRune()));
        }

        cursor.Advance();
    }

    /// <summary>Whether <c>key =</c> or <c>[header]</c> is on the next line, so clearly that an array before it was never closed.</summary>
    private bool IsBeforeStatement() => TomlStatementGuess.IsStatement(NextLine);

    /// <summary>Whether the next line is clearly a <c>[header]</c>.</summary>
    private bool IsBeforeHeader() => TomlStatementGuess.IsHeader(NextLine);

    /// <summary>The text after the line end that comes next.</summary>
    private ReadOnlySpan<char> NextLine => cursor.Rest[(cursor.Peek() == '\r' ? 2 : 1)..];
}
