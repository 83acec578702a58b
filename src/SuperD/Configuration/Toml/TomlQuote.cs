using System.Globalization;
using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>Puts the user's text into a message: shortened, and with everything that a terminal would not show made visible.</summary>
internal static class TomlQuote
{
    /// <summary>More of a text than this (in code points) does not help to find it, since the place is told too.</summary>
    private const int MaxShown = 40;

    /// <summary>The text in single quotes.</summary>
    public static string Of(ReadOnlySpan<char> text) => $"'{Show(text)}'";

    /// <summary>The text without quotes round it.</summary>
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

    /// <summary><c>U+000A</c>: a character named by its number, for those that have no picture.</summary>
    public static string CodePoint(Rune rune) => $"U+{rune.Value:X4}";

    /// <summary>The text as a TOML string, to copy into the file; null when it is too long or too odd to make a good example.</summary>
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
