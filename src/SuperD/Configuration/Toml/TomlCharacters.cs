using System.Text;

namespace SuperD.Configuration.Toml;

/// <summary>The classes of characters that TOML distinguishes.</summary>
internal static class TomlCharacters
{
    public static bool IsBareKey(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    /// <summary>Control characters that are valid nowhere, not even in comments and strings. Line ends are among them.</summary>
    public static bool IsForbidden(char c) => (c < ' ' && c != '\t') || c == '\u007F';

    /// <summary>Characters that cannot be seen; outside of strings and comments they are invalid or only separate.</summary>
    public static bool IsInvisible(char c) => char.IsControl(c) || char.IsWhiteSpace(c) || c is '\u200B' or '\u2060' or '\uFEFF';

    /// <summary>Why an invisible character is invalid where it stands, and what to do.</summary>
    public static string WhyNotHere(Rune rune) => rune.Value switch
    {
        '\r' => "a carriage return (U+000D) must be followed by a line feed; save the file with LF or CRLF line ends",
        _ when Rune.IsControl(rune) => $"the control character {TomlQuote.CodePoint(rune)} may not stand here; delete it",
        _ => $"the invisible character {TomlQuote.CodePoint(rune)} is not a blank in TOML; replace it by a space",
    };
}
