using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>Where in a statement the next token stands; <c>1.2</c> is two key parts in one place and one float in the other.</summary>
internal enum TomlPosition
{
    Key,
    Value,
}

/// <summary>Second stage of the reader: text to tokens. Passes over blanks and comments; reports what is wrong within one token.</summary>
internal sealed class TomlLexer(string text, TomlProblems problems)
{
    private readonly TomlCursor cursor = new(text);

    public TomlToken Next(TomlPosition position)
    {
        SkipBlanks();
        SkipComment();
        SourceSpan place = cursor.Here;
        int start = cursor.Offset;
        if (cursor.IsAtEnd)
        {
            return new TomlToken(TomlTokenKind.EndOfFile, start, start, place);
        }

        if (cursor.Peek() is '"' or '\'')
        {
            return TomlStringReader.Read(cursor, problems);
        }

        TomlTokenKind kind = Take(position);
        SourceSpan span = kind == TomlTokenKind.NewLine ? place : cursor.SpanFrom(place, start);
        return new TomlToken(kind, start, cursor.Offset, span);
    }

    public ReadOnlySpan<char> TextOf(TomlToken token) => cursor.Text.AsSpan(token.Start, token.End - token.Start);

    /// <summary>The text from a token to what is no part of the same value, however it was meant: a comma, a bracket, a comment.</summary>
    public ReadOnlySpan<char> MeantFrom(TomlToken token)
    {
        ReadOnlySpan<char> rest = cursor.Text.AsSpan(token.Start);
        int end = rest.IndexOfAny(",]}#\r\n");
        return (end < 0 ? rest : rest[..end]).TrimEnd();
    }

    /// <summary>The span of something that began with that token and ends here.</summary>
    public SourceSpan SpanFrom(TomlToken first) => cursor.SpanFrom(first.Span, first.Start);

    /// <summary>Whether <c>key =</c> or <c>[header]</c> comes next, so clearly that an array before it was never closed.</summary>
    public bool IsBeforeStatement() => TomlStatementGuess.IsStatement(cursor.Text.AsSpan(cursor.Offset));

    /// <summary>Whether what comes next is clearly a <c>[header]</c>.</summary>
    public bool IsBeforeHeader() => TomlStatementGuess.IsHeader(cursor.Text.AsSpan(cursor.Offset));

    /// <summary>The next character that is neither blank nor the end of a line; NUL when there is none.</summary>
    public char NextVisible()
    {
        ReadOnlySpan<char> rest = cursor.Text.AsSpan(cursor.Offset).TrimStart(" \t\r\n");
        return rest.IsEmpty ? '\0' : rest[0];
    }

    private TomlTokenKind Take(TomlPosition position)
    {
        char next = cursor.Peek();
        if (next == '\n' || (next == '\r' && cursor.Peek(1) == '\n'))
        {
            cursor.Advance(next == '\n' ? 1 : 2);
            return TomlTokenKind.NewLine;
        }

        TomlTokenKind? punctuation = next switch
        {
            '=' => TomlTokenKind.Equals,
            ',' => TomlTokenKind.Comma,
            '[' => TomlTokenKind.OpenBracket,
            ']' => TomlTokenKind.CloseBracket,
            '{' => TomlTokenKind.OpenBrace,
            '}' => TomlTokenKind.CloseBrace,
            '.' when position == TomlPosition.Key => TomlTokenKind.Dot,
            _ => null,
        };
        if (punctuation is { } kind)
        {
            cursor.Advance();
            return kind;
        }

        if (TomlCharacters.IsInvisible(next))
        {
            problems.Add(cursor.Here, TomlCharacters.WhyNotHere(cursor.PeekRune()));
            cursor.Advance();
            return TomlTokenKind.Faulty;
        }

        return position == TomlPosition.Key ? TakeBareKey() : TakeWord();
    }

    private TomlTokenKind TakeBareKey()
    {
        if (!TomlCharacters.IsBareKey(cursor.Peek()))
        {
            cursor.Advance();
            return TomlTokenKind.Other;
        }

        while (TomlCharacters.IsBareKey(cursor.Peek()))
        {
            cursor.Advance();
        }

        return TomlTokenKind.Word;
    }

    // Takes more than can be a value, so that a value without quotes is one token and one message: /usr/bin/cat, 30s, 127.0.0.1:80.
    private TomlTokenKind TakeWord()
    {
        int start = cursor.Offset;
        TakeUntilWordEnds();
        if (TomlDateTimeReader.IsDateShaped(cursor.Text.AsSpan(start, cursor.Offset - start)) && cursor.Peek() == ' '
            && char.IsAsciiDigit(cursor.Peek(1)) && char.IsAsciiDigit(cursor.Peek(2)) && cursor.Peek(3) == ':')
        {
            cursor.Advance(); // the one form of a value that has a blank in it: 1979-05-27 07:32:00
            TakeUntilWordEnds();
        }

        return TomlTokenKind.Word;
    }

    private void TakeUntilWordEnds()
    {
        while (!cursor.IsAtEnd && !EndsWord(cursor.Peek()))
        {
            cursor.Advance();
        }
    }

    private static bool EndsWord(char c) =>
        c is '=' or ',' or '[' or ']' or '{' or '}' or '"' or '\'' or '#' || TomlCharacters.IsInvisible(c);

    private void SkipBlanks()
    {
        while (cursor.Peek() is ' ' or '\t')
        {
            cursor.Advance();
        }
    }

    private void SkipComment()
    {
        if (cursor.Peek() != '#')
        {
            return;
        }

        while (!cursor.IsAtEnd && !(cursor.Peek() == '\n' || (cursor.Peek() == '\r' && cursor.Peek(1) == '\n')))
        {
            if (TomlCharacters.IsForbidden(cursor.Peek()))
            {
                problems.Add(cursor.Here, TomlCharacters.WhyNotHere(cursor.PeekRune()));
            }

            cursor.Advance();
        }
    }
}
