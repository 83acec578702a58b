namespace SuperD.Importing.Inetd;

/// <summary>Reads inetd.conf into lines of words.</summary>
internal static class InetdReader
{
    private const string Off = "#<off>#", PolicyMark = "#@";

    /// <summary>The socket types of inetd(8). A file in which no line has one is no inetd.conf.</summary>
    private static readonly string[] s_types = ["stream", "dgram", "raw", "rdm", "seqpacket"];

    /// <summary>Reads a file.</summary>
    /// <returns>Its lines; or null and the problem when the file cannot be read, or is no inetd.conf.</returns>
    public static (List<InetdLine>? Lines, ImportProblem? Problem) Read(string file, InetdDialect dialect)
    {
        (string[] texts, string? problem) = SourceText.ReadArgument(file);
        if (problem is not null)
        {
            return (null, ImportProblem.Of(file, problem));
        }

        var lines = new List<InetdLine>();
        string? policy = null;
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i].TrimEnd('\r');
            bool off = text.StartsWith(Off, StringComparison.Ordinal);
            text = off ? text[Off.Length..] : text;
            if (dialect.HasPolicies && text.StartsWith(PolicyMark, StringComparison.Ordinal))
            {
                policy = text[PolicyMark.Length..].Trim() is { Length: > 0 } written ? written : null;
                continue;
            }

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
                lines.Add(new InetdLine(new SourceLine(file, i + 1), [.. words], policy, off));
            }
        }

        bool isOther = lines.Count > 0 && !lines.Exists(line => IsAddress(line) || HasType(line));
        return isOther
            ? (null, ImportProblem.NoSuch(file, "inetd.conf", "no line of it has 'stream' or 'dgram' as its second word"))
            : (lines, null);
    }

    private static bool IsAddress(InetdLine line) => line.Words.Length == 1 && line.Words[0].EndsWith(':');

    private static bool HasType(InetdLine line) => line.Words.Length > 1 && s_types.Contains(line.Words[1]);

    /// <summary>An unclosed quote is an ordinary character.</summary>
    private static List<string> Split(string text, bool hasQuotes) =>
        (hasQuotes ? QuotedWords.Split(text) : null) ?? [.. text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)];
}
