using System.Globalization;
using System.Text;

namespace SuperD.Cli;

/// <summary>Writes words as a shell reads them, in commands that the user is to paste.</summary>
internal static class ShellWord
{
    private const string Plain = "/.-_:=@%+,";

    /// <summary>The word itself if a shell would leave it alone; otherwise in quotes.</summary>
    /// <remarks>What a terminal would interpret is written in the form <c>$'\033'</c>, which bash, zsh and ksh read.</remarks>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || Plain.Contains(letter)) ? word
        : word.EnumerateRunes().Any(IsUnsafe) ? $"$'{string.Concat(word.EnumerateRunes().Select(Escape))}'"
        : $"'{word.Replace("'", "'\\''")}'";

    private static bool IsUnsafe(Rune rune) =>
        Rune.IsControl(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Escape(Rune rune)
    {
        if (!IsUnsafe(rune))
        {
            return rune.Value is '\'' or '\\' ? $"\\{rune}" : rune.ToString();
        }

        Span<byte> bytes = stackalloc byte[4];
        int length = rune.EncodeToUtf8(bytes);
        return string.Concat(bytes[..length].ToArray().Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"));
    }
}
