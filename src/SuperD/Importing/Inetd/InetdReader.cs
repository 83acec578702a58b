using SuperD.Configuration;

namespace SuperD.Importing.Inetd;

/// <summary>Reads inetd.conf into lines of words.</summary>
internal static class InetdReader
{
    private const string Off = "#<off>#";

    /// <summary>Reads a file.</summary>
    /// <returns>Its lines; or null and a line for the user when the file cannot be read.</returns>
    public static (List<InetdLine>? Lines, string? Problem) Read(string file, InetdDialect dialect)
    {
        (string[] texts, string? problem) = SourceText.ReadArgument(file);
        if (problem is not null)
        {
            return (null, $"{Wording.Path(file)} {problem}");
        }

        var lines = new List<InetdLine>();
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i].TrimEnd('\r');
            bool off = text.StartsWith(Off, StringComparison.Ordinal);
            text = off ? text[Off.Length..] : text;
            if (text.StartsWith('#'))
            {
                continue;
            }

            List<string> words = Split(text, dialect.HasQuotes);
            if (words.Count > 0 && !off && dialect.HasContinuation && text[0] is ' ' or '\t' && lines.Count > 0)
            {
                lines[^1] = lines[^1] with { Words = lines[^1].Words.AddRange(words) };
            }
            else if (words.Count > 0)
            {
                lines.Add(new InetdLine(new SourceLine(file, i + 1), [.. words], off));
            }
        }

        return (lines, null);
    }

    /// <summary>An unclosed quote is an ordinary character.</summary>
    private static List<string> Split(string text, bool hasQuotes) =>
        (hasQuotes ? QuotedWords.Split(text) : null) ?? [.. text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)];
}
