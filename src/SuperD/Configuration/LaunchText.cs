namespace SuperD.Configuration;

/// <summary>Finds the placeholders in the arguments of <c>exec</c> and the values of <c>env</c>: <c>{peer_addr}</c>.</summary>
/// <remarks>
/// Exactly the known names are placeholders. Any other text in braces is the program's own (awk, find, jq), and so is <c>${service}</c>,
/// a variable of a shell. Unlike in a <see cref="TextTemplate"/>, braces therefore need no escape.
/// </remarks>
internal static class LaunchText
{
    private static readonly (string Name, LaunchPlaceholder Placeholder)[] s_names =
    [
        ("peer_addr", LaunchPlaceholder.PeerAddress), ("peer_port", LaunchPlaceholder.PeerPort),
        ("local_addr", LaunchPlaceholder.LocalAddress), ("local_port", LaunchPlaceholder.LocalPort),
        ("service", LaunchPlaceholder.Service), ("conn", LaunchPlaceholder.Connection),
    ];

    /// <summary>What people write for a placeholder by its meaning rather than by a typing error.</summary>
    private static readonly (string Word, string Name)[] s_synonyms =
    [
        ("peer", "peer_addr"), ("peer_ip", "peer_addr"), ("remote_addr", "peer_addr"), ("remote_ip", "peer_addr"),
        ("client_addr", "peer_addr"), ("client_ip", "peer_addr"), ("remote_port", "peer_port"), ("client_port", "peer_port"),
        ("local_ip", "local_addr"), ("server_addr", "local_addr"), ("server_port", "local_port"), ("service_name", "service"),
        ("connection", "conn"), ("connection_id", "conn"), ("conn_id", "conn"),
    ];

    /// <summary>Whether a text has a placeholder.</summary>
    public static bool IsPartial(string text) => TryFind(text, 0, out _, out _, out _);

    /// <summary>Finds the first placeholder at or after a position.</summary>
    /// <param name="start">Where its brace opens.</param>
    /// <param name="end">The position after it.</param>
    public static bool TryFind(string text, int from, out int start, out int end, out LaunchPlaceholder placeholder)
    {
        for (start = text.IndexOf('{', from); start >= 0; start = text.IndexOf('{', start + 1))
        {
            if (start > 0 && text[start - 1] == '$')
            {
                continue;
            }

            foreach ((string name, LaunchPlaceholder known) in s_names)
            {
                ReadOnlySpan<char> rest = text.AsSpan(start + 1);
                if (rest.Length > name.Length && rest[name.Length] == '}' && rest.StartsWith(name))
                {
                    end = start + name.Length + 2;
                    placeholder = known;
                    return true;
                }
            }
        }

        (end, placeholder) = (0, default);
        return false;
    }

    /// <summary>The placeholders of a text.</summary>
    public static IEnumerable<LaunchPlaceholder> In(string text)
    {
        for (int at = 0; TryFind(text, at, out _, out int end, out LaunchPlaceholder placeholder); at = end)
        {
            yield return placeholder;
        }
    }

    /// <summary>The placeholder as it is written: <c>{peer_addr}</c>.</summary>
    public static string Show(LaunchPlaceholder placeholder) =>
        $"{{{Array.Find(s_names, known => known.Placeholder == placeholder).Name}}}";

    /// <summary>Words in braces that are nearly a placeholder, as they are written, each with what was most likely meant.</summary>
    public static IEnumerable<(string Written, string Meant)> NearMisses(string text)
    {
        for (int start = text.IndexOf('{'); start >= 0; start = text.IndexOf('{', start + 1))
        {
            int end = text.IndexOf('}', start);
            if (end < 0)
            {
                yield break;
            }

            string inner = text[(start + 1)..end];
            bool isOfShell = start > 0 && text[start - 1] == '$';
            if (Meant(inner, isOfShell) is { } name)
            {
                yield return (isOfShell ? $"${{{inner}}}" : $"{{{inner}}}", $"{{{name}}}");
            }
        }
    }

    /// <summary>The name meant by a word in braces; null for a placeholder, and for a word that means something else.</summary>
    private static string? Meant(string inner, bool isOfShell)
    {
        string word = inner.Trim().ToLowerInvariant().Replace('-', '_');
        if (word.Length == 0 || !word.All(letter => char.IsAsciiLetter(letter) || letter == '_'))
        {
            return null;
        }

        // Shells have variables of any name, so of those only an exact name was meant for superd.
        bool isKnown = Array.Exists(s_names, known => known.Name == inner);
        return isKnown || isOfShell
            ? isKnown && isOfShell ? inner : null
            : Array.Find(s_synonyms, synonym => synonym.Word == word).Name
                ?? NearestName.Find(word, s_names.Select(known => known.Name));
    }
}
