using System.Globalization;
using System.Text;

namespace SuperD.Importing;

/// <summary>Splits text into words at white space, with quotes and backslashes, as systemd units and inetutils' inetd.conf do.</summary>
internal static class QuotedWords
{
    /// <summary>The words without their quotes and with C escapes resolved; null when a quote is not closed.</summary>
    public static List<string>? Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                if (inWord)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                inWord = false;
                continue;
            }

            inWord = true;
            if (letter == '\\' && i + 1 < text.Length)
            {
                i += Unescape(text.AsSpan(i + 1), word);
            }
            else if (quote == '\0' ? letter is '"' or '\'' : letter == quote)
            {
                quote = quote == '\0' ? letter : '\0';
            }
            else
            {
                word.Append(letter);
            }
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return quote == '\0' ? words : null;
    }

    /// <summary>Whether a word holds a quote, which the formats without quotes take for a letter.</summary>
    public static bool HasQuote(string word) => word.AsSpan().ContainsAny('"', '\'');

    /// <summary>Appends the character an escape stands for; returns the length of the escape after the backslash.</summary>
    private static int Unescape(ReadOnlySpan<char> text, StringBuilder word)
    {
        if (text[0] == 'x'
            && text.Length > 2
            && byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
        {
            word.Append((char)code);
            return 3;
        }

        word.Append(text[0] switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            's' => ' ',
            _ => text[0],
        });
        return 1;
    }
}
