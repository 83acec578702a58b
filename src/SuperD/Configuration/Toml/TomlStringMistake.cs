using System.Globalization;
using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>Finds what is wrong with a string of any of the four forms.</summary>
/// <remarks>
/// Of several mistakes inside one string the first is reported. When the closing quotes are missing only that is: then what follows was
/// probably not meant as text, and what is odd in it is no news.
/// </remarks>
internal sealed class TomlStringMistake
{
    private const int QuotesOfMultiline = 3;

    private readonly TomlCursor _cursor;
    private readonly char _quote;
    private readonly bool _isMultiline;
    private (SourceSpan Span, string Message)? _mistake;

    private TomlStringMistake(TomlCursor cursor)
    {
        _cursor = cursor;
        _quote = cursor.Peek();
        _isMultiline = IsMultiline(cursor);
    }

    /// <summary>Whether the string that begins here has three quotes at each end.</summary>
    public static bool IsMultiline(TomlCursor cursor) => cursor.Peek(1) == cursor.Peek() && cursor.Peek(2) == cursor.Peek();

    /// <summary>Moves from the opening quote to behind the closing one, or to where that is missing.</summary>
    /// <returns>The first mistake; null when the string is valid.</returns>
    public static (SourceSpan Span, string Message)? Pass(TomlCursor cursor)
    {
        TomlStringMistake found = new(cursor);
        SourceSpan place = cursor.Here;
        int start = cursor.Offset;
        return found.PassText() ? found._mistake : (cursor.SpanFrom(place, start), found.NotClosed());
    }

    private string NotClosed()
    {
        string quotes = new(_quote, _isMultiline ? QuotesOfMultiline : 1);
        string where = _isMultiline ? "before the end of the file" : "on its line";
        return $"the string that begins here has no closing {quotes} {where}; put {quotes} at its end";
    }

    private bool PassText()
    {
        _cursor.Advance(_isMultiline ? QuotesOfMultiline : 1);
        while (!_cursor.IsAtEnd && (_isMultiline || !_cursor.IsAtLineEnd))
        {
            char next = _cursor.Peek();
            if (next == _quote)
            {
                if (PassQuotes())
                {
                    return true;
                }
            }
            else if (next == '\\' && _quote == '"')
            {
                PassEscape();
            }
            else if (!_cursor.PassLineEnd())
            {
                PassCharacter(next);
            }
        }

        return false;
    }

    // One quote ends a string on one line. In the other form three do, and one or two more before them belong to the text.
    private bool PassQuotes()
    {
        int count = 1;
        while (_isMultiline && count < QuotesOfMultiline + 2 && _cursor.Peek(count) == _quote)
        {
            count++;
        }

        _cursor.Advance(count);
        return !_isMultiline || count >= QuotesOfMultiline;
    }

    private void PassCharacter(char next)
    {
        if (TomlCharacters.IsForbidden(next))
        {
            string remedy = $"{(_quote == '"' ? "" : "put the string in double quotes and ")}write \\u{(int)next:X4}";
            Fail(_cursor.Here, $"the control character {TomlQuote.CodePoint(_cursor.PeekRune())} may not stand in a string; {remedy}");
        }

        _cursor.Advance();
    }

    private void PassEscape()
    {
        SourceSpan place = _cursor.Here;
        int start = _cursor.Offset;
        _cursor.Advance();
        char letter = _cursor.Peek();
        bool joinsLines = _isMultiline && _cursor.Rest.TrimStart(" \t") is (['\n', ..] or ['\r', '\n', ..]);
        if (joinsLines || _cursor.IsAtEnd || letter is '\n' or '\r')
        {
            return; // unless it joins two lines, the caller finds that the text ends here, or that its line does
        }

        _cursor.Advance();
        int digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        int found = 0;
        while (found < digits && char.IsAsciiHexDigit(_cursor.Peek()))
        {
            _cursor.Advance();
            found++;
        }

        ReadOnlySpan<char> text = _cursor.Text.AsSpan(start, _cursor.Offset - start);
        SourceSpan span = place with { Length = digits == 0 ? 2 : text.Length };
        const string remedy = "write \\\\ for a backslash, or put the text in single quotes";
        if (digits == 0 && !"btnfre\"\\".Contains(letter))
        {
            const string known = "\\b \\t \\n \\f \\r \\e \\\" \\\\ \\xXX \\uXXXX \\UXXXXXXXX";
            Fail(span, $"{TomlQuote.Of(text)} is not an escape (known are {known}); {remedy}");
        }
        else if (found < digits)
        {
            Fail(span, $"{TomlQuote.Of(text)} has {found} hexadecimal digits, {text[..2]} needs {digits}; {remedy}");
        }
        else if (digits > 0 && !Rune.IsValid(uint.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)))
        {
            Fail(span, $"{TomlQuote.Of(text)} is not a Unicode character; these are 0000 to D7FF and E000 to 10FFFF");
        }
    }

    private void Fail(SourceSpan span, string message) => _mistake ??= (span, message);
}
