namespace SuperD.Configuration.Toml;

/// <summary>Guesses, within an array that spans lines, whether a line is the next statement because the array was never closed.</summary>
/// <remarks>
/// Only for better messages: no line of a valid array looks like this, so the guess never decides whether a file is valid.
/// </remarks>
internal static class TomlStatementGuess
{
    /// <summary>Whether the text begins with <c>bare.key =</c> or a header.</summary>
    public static bool IsStatement(ReadOnlySpan<char> text)
    {
        int end = EndOfName(text);
        return (end > 0 && text[end..].StartsWith('=')) || IsHeader(text);
    }

    /// <summary>Whether the text begins with <c>[bare.name]</c> or <c>[[bare.name]]</c> alone on its line.</summary>
    public static bool IsHeader(ReadOnlySpan<char> text)
    {
        text = text.TrimStart(" \t");
        if (!text.StartsWith('['))
        {
            return false;
        }

        bool isArray = text.StartsWith("[[");
        text = text[(isArray ? 2 : 1)..].TrimStart(" \t");
        int end = EndOfName(text);
        ReadOnlySpan<char> name = text[..end].TrimEnd(" \t");

        // [true] and [-1] can be elements, [name] can not.
        if (name.IsEmpty || !char.IsAsciiLetter(name[0]) || name is "true" or "false" or "inf" or "nan")
        {
            return false;
        }

        string close = isArray ? "]]" : "]";
        if (!text[end..].StartsWith(close))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text[(end + close.Length)..].TrimStart(" \t\r");
        return rest.IsEmpty || rest[0] is '\n' or '#';
    }

    private static int EndOfName(ReadOnlySpan<char> text)
    {
        int end = 0;
        while (end < text.Length && (TomlCharacters.IsBareKey(text[end]) || text[end] is '.' or ' ' or '\t'))
        {
            end++;
        }

        return end;
    }
}
