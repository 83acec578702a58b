using System.Globalization;
using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>Quotes the user's text in a message: shortened, and with visible escapes for what a terminal would not show.</summary>
internal static class TomlQuote
{
    /// <summary>In code points. A longer quotation does not help to find the text, since the message has the place too.</summary>
    private const int MaxShown = 40;

    /// <summary>The text in single quotes.</summary>
    public static string Of(ReadOnlySpan<char> text) => $"'{Show(text)}'";

    /// <summary>The text without quotes around it.</summary>
    public static string Show(ReadOnlySpan<char> text)
    {
        StringBuilder shown = new();
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (count++ == MaxShown)
            {
                shown.Append("...");
                break;
            }

            if (IsVisible(rune))
            {
                shown.Append(rune.ToString());
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            }
        }

        return shown.ToString();
    }

    /// <summary><c>U+000A</c>: the number of a character, for one that cannot be seen.</summary>
    public static string CodePoint(Rune rune) => $"U+{rune.Value:X4}";

    /// <summary>The text as a TOML string, to copy into the file; null when it is too long or too odd for an example.</summary>
    public static string? AsTomlString(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxShown || !text.SequenceEqual(Show(text)))
        {
            return null;
        }

        if (text.IndexOfAny('"', '\\') < 0)
        {
            return $"\"{text}\"";
        }

        return text.Contains('\'') ? null : $"'{text}'";
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        _ => true,
    };
}
