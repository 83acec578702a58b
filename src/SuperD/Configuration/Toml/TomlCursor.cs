using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>A place in the text that moves forward and always knows its line and column.</summary>
/// <remarks>The column is counted on the way: counting it from the line's beginning for each token is quadratic in a long line.</remarks>
internal sealed class TomlCursor(string text)
{
    private int line = 1;
    private int column = 1;

    public string Text { get; } = text;

    /// <summary>Index of the next UTF-16 unit.</summary>
    public int Offset { get; private set; }

    public bool IsAtEnd => Offset == Text.Length;

    /// <summary>The next character, as a span of that one character.</summary>
    public SourceSpan Here => new(line, column);

    /// <summary>The next UTF-16 unit, or the one that many further on; NUL beyond the end, which no rule of TOML accepts either.</summary>
    public char Peek(int ahead = 0) => Offset + ahead < Text.Length ? Text[Offset + ahead] : '\0';

    /// <summary>The next code point. Not to be called at the end.</summary>
    public Rune PeekRune() => Rune.GetRuneAt(Text, Offset);

    /// <summary>Moves over one code point; nothing at the end. Only a line feed ends a line.</summary>
    public void Advance()
    {
        if (IsAtEnd)
        {
            return;
        }

        if (Text[Offset] == '\n')
        {
            line++;
            column = 0;
        }

        Offset += char.IsHighSurrogate(Text[Offset]) ? 2 : 1; // decoded from UTF-8: surrogates come in pairs
        column++;
    }

    public void Advance(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Advance();
        }
    }

    /// <summary>The span from a place passed before to here, or to the end of its line when that is passed too.</summary>
    public SourceSpan SpanFrom(SourceSpan start, int startOffset)
    {
        if (start.Line == line)
        {
            return start with { Length = Math.Max(1, column - start.Column) };
        }

        ReadOnlySpan<char> rest = Text.AsSpan(startOffset);
        rest = rest[..rest.IndexOf('\n')].TrimEnd();
        int length = 0;
        foreach (Rune _ in rest.EnumerateRunes())
        {
            length++;
        }

        return start with { Length = length };
    }
}
