using System.Globalization;
using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>Reads one string token of any of the four forms.</summary>
/// <remarks>
/// Of several problems inside one string the first is told. When the closing quotes are missing only that is told: then what
/// follows was probably not meant as text, and what is odd in it is no news.
/// </remarks>
internal sealed class TomlStringReader
{
    private const int QuotesOfMultiline = 3;

    private readonly TomlCursor cursor;
    private readonly SourceSpan place;
    private readonly int start;
    private readonly char quote;
    private readonly bool isMultiline;
    private readonly StringBuilder value = new();
    private (SourceSpan Span, string Message)? problem;

    private TomlStringReader(TomlCursor cursor)
    {
        this.cursor = cursor;
        place = cursor.Here;
        start = cursor.Offset;
        quote = cursor.Peek();
        isMultiline = cursor.Peek(1) == quote && cursor.Peek(2) == quote;
    }

    private bool HasEscapes => quote == '"';

    /// <summary>Reads from the opening quote, where the cursor stands, over the closing one.</summary>
    public static TomlToken Read(TomlCursor cursor, TomlProblems problems)
    {
        TomlStringReader reader = new(cursor);
        bool isClosed = reader.ReadText();
        SourceSpan span = cursor.SpanFrom(reader.place, reader.start);
        (SourceSpan Span, string Message)? problem = isClosed ? reader.problem : (span, reader.NotClosed());
        if (problem is (var where, var message))
        {
            problems.Add(where, message);
            return new TomlToken(TomlTokenKind.Faulty, reader.start, cursor.Offset, span);
        }

        TomlTokenKind kind = reader.isMultiline ? TomlTokenKind.MultilineString : TomlTokenKind.String;
        return new TomlToken(kind, reader.start, cursor.Offset, span, reader.value.ToString());
    }

    private string NotClosed()
    {
        string quotes = new(quote, isMultiline ? QuotesOfMultiline : 1);
        string where = isMultiline ? "before the end of the file" : "on its line";
        return $"the string that begins here has no closing {quotes} {where}; put {quotes} at its end";
    }

    private bool ReadText()
    {
        cursor.Advance(isMultiline ? QuotesOfMultiline : 1);
        if (isMultiline)
        {
            SkipNewLine(); // directly after the opening quotes it is no part of the text
        }

        while (!cursor.IsAtEnd)
        {
            char next = cursor.Peek();
            if (next == quote)
            {
                if (ReadQuotes())
                {
                    return true;
                }
            }
            else if (next == '\n' || (next == '\r' && cursor.Peek(1) == '\n'))
            {
                if (!isMultiline)
                {
                    return false;
                }

                TakeNewLine();
            }
            else if (next == '\\' && HasEscapes)
            {
                ReadEscape();
            }
            else
            {
                ReadCharacter();
            }
        }

        return false;
    }

    // One quote ends a string on one line. In the other form three do, and one or two more before them belong to the text.
    private bool ReadQuotes()
    {
        if (!isMultiline)
        {
            cursor.Advance();
            return true;
        }

        int count = 1;
        while (count < QuotesOfMultiline + 2 && cursor.Peek(count) == quote)
        {
            count++;
        }

        cursor.Advance(count);
        bool isEnd = count >= QuotesOfMultiline;
        value.Append(quote, isEnd ? count - QuotesOfMultiline : count);
        return isEnd;
    }

    private void ReadCharacter()
    {
        char next = cursor.Peek();
        if (TomlCharacters.IsForbidden(next))
        {
            string remedy = HasEscapes ? $"write \\u{(int)next:X4}" : $"put the string in double quotes and write \\u{(int)next:X4}";
            Fail(cursor.Here, $"the control character {TomlQuote.CodePoint(cursor.PeekRune())} may not stand in a string; {remedy}");
        }

        int from = cursor.Offset;
        cursor.Advance();
        value.Append(cursor.Text, from, cursor.Offset - from);
    }

    private void ReadEscape()
    {
        SourceSpan escape = cursor.Here;
        int from = cursor.Offset;
        cursor.Advance();
        if (isMultiline && SkipToNextLineWithText())
        {
            return;
        }

        if (cursor.IsAtEnd || cursor.Peek() is '\n' or '\r')
        {
            return; // the text ends too early or goes on in the next line: the caller sees it
        }

        char letter = cursor.Peek();
        char? meant = letter switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' => '"',
            '\\' => '\\',
            _ => null,
        };
        cursor.Advance();
        if (meant is { } character)
        {
            value.Append(character);
        }
        else if (letter is 'u' or 'U')
        {
            ReadUnicodeEscape(escape, from, digits: letter == 'u' ? 4 : 8);
        }
        else
        {
            string shown = TomlQuote.Of(cursor.Text.AsSpan(from, cursor.Offset - from));
            Fail(escape with { Length = 2 }, $"{shown} is not an escape (known are " +
                "\\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX); write \\\\ for a backslash, or put the text in single quotes");
        }
    }

    private void ReadUnicodeEscape(SourceSpan escape, int from, int digits)
    {
        int read = 0;
        while (read < digits && char.IsAsciiHexDigit(cursor.Peek()))
        {
            cursor.Advance();
            read++;
        }

        ReadOnlySpan<char> text = cursor.Text.AsSpan(from, cursor.Offset - from);
        SourceSpan span = escape with { Length = text.Length };
        if (read < digits)
        {
            Fail(span, $"{TomlQuote.Of(text)} has {read} hexadecimal digits, {text[..2]} needs {digits}; " +
                "write \\\\ for a backslash, or put the text in single quotes");
        }
        else if (Rune.TryCreate(uint.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), out Rune rune))
        {
            value.Append(rune.ToString());
        }
        else
        {
            Fail(span, $"{TomlQuote.Of(text)} is not a Unicode character; these are 0000 to D7FF and E000 to 10FFFF");
        }
    }

    // A backslash as the last thing on a line joins it with the next text, however many blank lines are between.
    private bool SkipToNextLineWithText()
    {
        int blanks = 0;
        while (cursor.Peek(blanks) is ' ' or '\t')
        {
            blanks++;
        }

        if (cursor.Peek(blanks) != '\n' && !(cursor.Peek(blanks) == '\r' && cursor.Peek(blanks + 1) == '\n'))
        {
            return false;
        }

        cursor.Advance(blanks);
        while (SkipNewLine())
        {
            while (cursor.Peek() is ' ' or '\t')
            {
                cursor.Advance();
            }
        }

        return true;
    }

    private bool SkipNewLine()
    {
        int length = cursor.Peek() == '\n' ? 1 : cursor.Peek() == '\r' && cursor.Peek(1) == '\n' ? 2 : 0;
        cursor.Advance(length);
        return length > 0;
    }

    // Kept as it is written: a banner with CRLF in a file with CRLF is probably meant so.
    private void TakeNewLine()
    {
        int from = cursor.Offset;
        SkipNewLine();
        value.Append(cursor.Text, from, cursor.Offset - from);
    }

    private void Fail(SourceSpan span, string message) => problem ??= (span, message);
}
