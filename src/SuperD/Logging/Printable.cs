using System.Buffers;
using System.Globalization;
using System.Text;

namespace SuperD.Logging;

/// <summary>
/// Makes untrusted text safe for a log or a terminal: it cannot start a line, move the cursor or change the writing direction.
/// </summary>
internal static class Printable
{
    private static readonly SearchValues<char> s_plainJson =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code), '\n']);

    /// <summary>
    /// Converts bytes to text. Valid UTF-8 stays; control and format characters and invalid bytes become <c>\xHH</c> or <c>\u{HHHH}</c>.
    /// </summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && !bytes.Contains((byte)'\\'))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length + 16);
        while (bytes.Length > 0)
        {
            bool isValid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done;
            if (!isValid)
            {
                foreach (byte value in bytes[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                }
            }
            else
            {
                Append(text, rune);
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>
    /// Like <see cref="Escape"/>, but keeps single backslashes, for people who read text that may be escaped already. Idempotent.
    /// </summary>
    public static string Show(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == '\\')
            {
                shown.Append('\\');
            }
            else
            {
                Append(shown, rune);
            }
        }

        return shown.ToString();
    }

    /// <summary>
    /// Escapes, in the strings of a JSON document, everything that a terminal would interpret; JSON itself requires this only for the first
    /// 32 characters. The value stays the same.
    /// </summary>
    public static string ShowJson(string json)
    {
        if (json.AsSpan().IndexOfAnyExcept(s_plainJson) < 0)
        {
            return json;
        }

        var shown = new StringBuilder(json.Length + 16);
        foreach (char letter in json)
        {
            bool isPlain = letter == '\n' || char.IsSurrogate(letter) || !IsInvisible(new Rune(letter));
            _ = isPlain ? shown.Append(letter) : shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
        }

        return shown.ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '\t':
                text.Append("\\t");
                break;
            case '\\':
                text.Append("\\\\");
                break;
            case < 0x80 when Rune.IsControl(rune):
                text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
                break;
            default:
                if (IsInvisible(rune))
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
                }
                else
                {
                    text.Append(rune);
                }

                break;
        }
    }

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate;
}
