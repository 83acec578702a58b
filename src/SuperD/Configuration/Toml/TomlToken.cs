namespace SuperD.Configuration.Toml;

/// <summary>What a token is. Blanks and comments are no tokens; the end of a line is one, because it ends a statement.</summary>
internal enum TomlTokenKind
{
    EndOfFile,
    NewLine,

    /// <summary>A bare key where a key is expected; a number, date or name where a value is.</summary>
    Word,

    /// <summary>A string on one line, in either kind of quotes.</summary>
    String,

    /// <summary>A string in three quotes of either kind, which can not be a key.</summary>
    MultilineString,

    Equals,
    Dot,
    Comma,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,

    /// <summary>One character that has no meaning in a key.</summary>
    Other,

    /// <summary>Text that broke a rule by itself, which is reported already.</summary>
    Faulty,
}

/// <summary>A piece of the text.</summary>
/// <param name="Start">Index of its first UTF-16 unit in the text.</param>
/// <param name="End">Index after its last.</param>
/// <param name="Value">What a string means, escapes resolved; null for other kinds.</param>
internal readonly record struct TomlToken(TomlTokenKind Kind, int Start, int End, SourceSpan Span, string? Value = null);
