using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>A place in the text that moves forward and always knows its line and column.</summary>
/// <remarks>The column is counted on the way: counting it from the line's beginning for each token is quadratic in a long line.</remarks>
/// <param name="offset">The beginning of a line, if columns are wanted.</param>
internal sealed class TomlCursor(string text, int offset = 0, int line = 1)
{
    private int _column = 1;

    public string Text { get; } = text;

    /// <summary>Index of the next UTF-16 unit.</summary>
    public int Offset { get; private set; } = offset;

    /// <summary>The line of the next character.</summary>
    public int Line { get; private set; } = line;

    public bool IsAtEnd => Offset == Text.Length;

    /// <summary>True at LF and CRLF.</summary>
    public bool IsAtLineEnd => Peek() == '\n' || (Peek() == '\r' && Peek(1) == '\n');

    /// <summary>The next character, as a span of that one character.</summary>
    public SourceSpan Here => new(Line, _column);

    /// <summary>The text from here on.</summary>
    public ReadOnlySpan<char> Rest => Text.AsSpan(Offset);

    /// <summary>The next UTF-16 unit, or a later one; NUL beyond the end, which no rule of TOML accepts either.</summary>
    public char Peek(int ahead = 0) => Offset + ahead < Text.Length ? Text[Offset + ahead] : '\0';

    /// <summary>The next code point. Not to be called at the end.</summary>
    public Rune PeekRune() => Rune.GetRuneAt(Text, Offset);

    /// <summary>A second cursor at the same place, to look ahead.</summary>
    public TomlCursor Copy() => (TomlCursor)MemberwiseClone();

    /// <summary>Moves over one code point; does nothing at the end. Only a line feed ends a line.</summary>
    public void Advance()
    {
        if (IsAtEnd)
        {
            return;
        }

        if (Text[Offset] == '\n')
        {
            Line++;
            _column = 0;
        }

        Offset += char.IsHighSurrogate(Text[Offset]) ? 2 : 1; // decoded from UTF-8: surrogates come in pairs
        _column++;
    }

    public void Advance(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Advance();
        }
    }

    /// <summary>Moves over a line end, if one is here.</summary>
    public bool PassLineEnd()
    {
        bool isLineEnd = IsAtLineEnd;
        Advance(!isLineEnd ? 0 : Peek() == '\r' ? 2 : 1);
        return isLineEnd;
    }

    /// <summary>Moves over spaces and tabs.</summary>
    public void PassBlanks()
    {
        while (Peek() is ' ' or '\t')
        {
            Advance();
        }
    }

    /// <summary>The span from a place passed before to here, or to the end of its line when that is passed too.</summary>
    public SourceSpan SpanFrom(SourceSpan start, int startOffset) => start with
    {
        Length = start.Line == Line ? Math.Max(1, _column - start.Column) : LengthOfLine(Text.AsSpan(startOffset)),
    };

    /// <summary>How many code points stand before the next line end; one more line must follow.</summary>
    public static int LengthOfLine(ReadOnlySpan<char> text)
    {
        int length = 0;
        foreach (Rune _ in text[..text.IndexOf('\n')].TrimEnd().EnumerateRunes())
        {
            length++;
        }

        return length;
    }
}
