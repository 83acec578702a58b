using System.Globalization;
using System.Text;

namespace SuperD.Importing.Systemd;

/// <summary>Expands the specifiers and variables of unit files as far as their values are known before systemd runs.</summary>
internal static class UnitWords
{
    /// <summary>Expands <c>%x</c> (systemd.unit(5)). A specifier that depends on the connection or the machine is a problem.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unit">The unit's name with its suffix; <c>han@.service</c> has an instance for each connection, not known now.</param>
    /// <param name="ofConnection">What to write for such an instance; null where placeholders have no meaning.</param>
    public static (string Text, string? Problem) FillSpecifiers(string text, string unit, string? ofConnection = null)
    {
        string name = unit[..unit.LastIndexOf('.')];
        string[] parts = name.Split('@', 2);
        string prefix = parts[0];
        string? instance = parts.Length == 1 ? "" : parts[1].Length > 0 ? parts[1] : null;
        bool isKnown = instance is not null;
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
                'p' => prefix,
                'P' => Unescape(prefix),
                'j' => prefix[(prefix.LastIndexOf('-') + 1)..],
                'J' => Unescape(prefix[(prefix.LastIndexOf('-') + 1)..]),
                'i' => instance ?? ofConnection,
                'I' when isKnown => Unescape(instance!), // known, so not null
                'n' when isKnown || ofConnection is not null => $"{name}{(isKnown ? "" : ofConnection)}{unit[name.Length..]}",
                'N' when isKnown || ofConnection is not null => $"{name}{(isKnown ? "" : ofConnection)}",
                'f' when isKnown => "/" + Unescape(instance!.Length > 0 ? instance : prefix).TrimStart('/'), // known, so not null
                'u' or 'g' => "root", // of the manager, whatever User= says
                'U' or 'G' => "0",
                'h' => "/root",
                'T' => "/tmp",
                'V' => "/var/tmp",
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

    /// <summary>Undoes systemd-escape(1): a dash is a slash, and <c>\x2d</c> a dash.</summary>
    private static string Unescape(string name)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\'
                && name.AsSpan(i + 1) is ['x', _, _, ..]
                && byte.TryParse(name.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
            {
                bytes.Add(code);
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([name[i] == '-' ? '/' : name[i]]));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
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
                if (IsOfConnection(word[1..]) && !variables.ContainsKey(word[1..]))
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
                if (IsOfConnection(name) && !variables.ContainsKey(name))
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
