using System.Text;

namespace SuperD.Importing.Systemd;

/// <summary>Expands the specifiers and variables of unit files as far as their values are known before systemd runs.</summary>
internal static class UnitWords
{
    /// <summary>Expands <c>%x</c>. A specifier that depends on the connection or the machine is a problem.</summary>
    /// <param name="text">The text.</param>
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

    /// <summary>Expands <c>${NAME}</c>, and <c>$NAME</c> if it is a whole word, to zero or more words. Unset means empty.</summary>
    public static (List<string> Words, string? Problem) FillVariables(
        List<string> words,
        IReadOnlyDictionary<string, string> variables)
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
}
