namespace SuperD.Configuration.Toml;

/// <summary>What stands where a value is expected, and is no string, array or table: a boolean, a number, a date, or a mistake.</summary>
internal static class TomlWord
{
    /// <summary>
    /// Whether the character can stand in a word. That is more than a value can have, so that a text without quotes is one word and one
    /// message: <c>/usr/bin/cat</c>, <c>30s</c>, <c>127.0.0.1:80</c>.
    /// </summary>
    public static bool IsPartOf(char c) =>
        c is not ('=' or ',' or '[' or ']' or '{' or '}' or '"' or '\'' or '#') && !TomlCharacters.IsInvisible(c);

    public static void Pass(TomlCursor cursor)
    {
        ReadOnlySpan<char> text = cursor.Rest;
        PassPart(cursor);
        text = text[..^cursor.Rest.Length];
        if (TomlDateTimeText.IsDateShaped(text) && cursor.Rest is [' ', >= '0' and <= '9', >= '0' and <= '9', ':', ..])
        {
            cursor.Advance(); // the one form of a value that has a blank in it: 1979-05-27 07:32:00
            PassPart(cursor);
        }
    }

    /// <summary>Whether the word is a value.</summary>
    /// <param name="mistake">What is wrong with a word that is nearly a value; null when it resembles none, and was meant as text.</param>
    public static bool IsValue(ReadOnlySpan<char> word, out string? mistake)
    {
        mistake = null;
        if (word is "true" or "false" or "inf" or "+inf" or "-inf" or "nan" or "+nan" or "-nan")
        {
            return true;
        }

        if (TomlDateTimeText.IsDateOrTimeShaped(word))
        {
            return TomlDateTimeText.Read(word, out mistake) is not null;
        }

        if (TomlNumberMistake.IsNumber(word, out mistake))
        {
            return mistake is null;
        }

        mistake = CommonMistake(word);
        return false;
    }

    private static void PassPart(TomlCursor cursor)
    {
        while (!cursor.IsAtEnd && IsPartOf(cursor.Peek()))
        {
            cursor.Advance();
        }
    }

    // Compared without regard to case: True and YES are as common as yes.
    private static string? CommonMistake(ReadOnlySpan<char> word)
    {
        Span<char> lower = stackalloc char[8];
        int length = word.ToLowerInvariant(lower);
        ReadOnlySpan<char> known = length < 0 ? [] : lower[..length];
        string? remedy = known switch
        {
            "true" or "yes" or "on" => "is not a boolean; write true",
            "false" or "no" or "off" => "is not a boolean; write false",
            "null" or "nil" => "is not a value, TOML has none for absence; delete the line",
            "inf" or "+inf" or "-inf" or "nan" or "+nan" or "-nan" => $"is not a float; write {known}",
            _ => null,
        };
        return remedy is null ? null : $"{word} {remedy}";
    }
}
