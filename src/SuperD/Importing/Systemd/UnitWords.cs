using System.Globalization;
using System.Text;

namespace SuperD.Importing.Systemd;

/// <summary>Splits values of unit files into words, and fills in their specifiers and variables, as far as these are known before systemd runs.</summary>
internal static class UnitWords
{
    /// <summary>The words with quotes taken off and C escapes resolved; null when a quote is not closed.</summary>
    public static List<string>? Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (letter == '\\' && i + 1 < text.Length)
            {
                i += Unescape(text.AsSpan(i + 1), word);
                inWord = true;
            }
            else if (quote != '\0' ? letter == quote : letter is '"' or '\'' && !inWord)
            {
                quote = quote == '\0' ? letter : '\0';
                inWord = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                if (inWord)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                inWord = false;
            }
            else
            {
                word.Append(letter);
                inWord = true;
            }
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return quote == '\0' ? words : null;
    }

    /// <summary>Fills in <c>%x</c>. What depends on the connection or the machine is a problem.</summary>
    /// <param name="unit">The unit's name with its suffix.</param>
    public static (string Text, string? Problem) FillSpecifiers(string text, string unit)
    {
        string name = unit[..unit.LastIndexOf('.')];
        var filled = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length)
            {
                filled.Append(text[i]);
                continue;
            }

            i++;
            string? value = text[i] switch
            {
                '%' => "%",
                'p' => name.Split('@')[0],
                'n' when !name.Contains('@') => unit,
                'N' when !name.Contains('@') => name,
                't' => "/run",
                'S' => "/var/lib",
                'C' => "/var/cache",
                'L' => "/var/log",
                'E' => "/etc",
                _ => null,
            };
            if (value is null)
            {
                return (text, $"%{text[i]} is known only when systemd starts it");
            }

            filled.Append(value);
        }

        return (filled.ToString(), null);
    }

    /// <summary>Fills in <c>${NAME}</c>, and <c>$NAME</c> where it is a word of its own (which may then be none, or several). One that is not set is empty.</summary>
    public static (List<string> Words, string? Problem) FillVariables(List<string> words, IReadOnlyDictionary<string, string> variables)
    {
        var filled = new List<string>();
        foreach (string word in words)
        {
            if (word.Length > 1 && word[0] == '$' && word[1] is not ('{' or '$'))
            {
                if (IsOfConnection(word[1..]))
                {
                    return (words, $"{word} is known only when a client comes: the program finds it in its environment");
                }

                filled.AddRange(variables.GetValueOrDefault(word[1..], "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
                continue;
            }

            string text = word;
            while (text.IndexOf("${", StringComparison.Ordinal) is >= 0 and int start && text.IndexOf('}', start) is >= 0 and int end)
            {
                string name = text[(start + 2)..end];
                if (IsOfConnection(name))
                {
                    return (words, $"${{{name}}} is known only when a client comes: the program finds it in its environment");
                }

                text = text[..start] + variables.GetValueOrDefault(name, "") + text[(end + 1)..];
            }

            filled.Add(text.Replace("$$", "$", StringComparison.Ordinal));
        }

        return (filled, null);
    }

    private static bool IsOfConnection(string name) =>
        name.StartsWith("REMOTE_", StringComparison.Ordinal) || name.StartsWith("LISTEN_", StringComparison.Ordinal) || name == "MAINPID";

    /// <summary>Appends what the escape stands for; returns how many letters it takes after the backslash.</summary>
    private static int Unescape(ReadOnlySpan<char> text, StringBuilder word)
    {
        if (text[0] == 'x' && text.Length > 2 && byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
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
