using System.Collections.Immutable;
using System.Net;

namespace SuperD.Importing.Inetd;

/// <summary>Reads inetd.conf into lines of words.</summary>
internal static class InetdReader
{
    private const string Off = "#<off>#", PolicyMark = "#@";

    /// <summary>The socket types of inetd(8). A file in which no line has one is no inetd.conf.</summary>
    public static readonly ImmutableArray<string> Types = ["stream", "dgram", "raw", "rdm", "seqpacket"];

    private static readonly string[] s_protocols =
    [
        "tcp", "tcp4", "tcp6", "tcp46", "tcp64", "tcp6only", "tcp/ttcp", "tcp/faith", "faith/tcp6",
        "udp", "udp4", "udp6", "udp46", "udp64", "udp6only", "unix", "icmp", "sctp",
    ];

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

        if (lines.Count == 0)
        {
            return (null, ImportProblem.Empty(file));
        }

        const string Missing = "no line of it has a socket type and a protocol, such as 'stream tcp', behind its first word";
        bool isOther = !lines.Exists(HasType) && !lines.TrueForAll(IsAddress);
        return isOther
            ? (null, ImportProblem.NoSuch(file, "inetd.conf", Missing))
            : (lines, null);
    }

    /// <summary>Whether a line is addresses for those that follow; a word of prose with a colon is not.</summary>
    private static bool IsAddress(InetdLine line) =>
        line.Words is [var word]
        && word.EndsWith(':')
        && InetdAddress.Split(word[..^1]).All(item => item == "*" || IPAddress.TryParse(item, out _));

    /// <summary>Whether a line has a socket type and a protocol: prose may have <c>stream</c> in the second place too.</summary>
    private static bool HasType(InetdLine line) =>
        line.Words.Length > 2
        && Types.Contains(line.Words[1])
        && (line.Words[2].Split(',')[0] is var protocol)
        && (s_protocols.Contains(protocol) || protocol.StartsWith("rpc/", StringComparison.Ordinal));

    /// <summary>An unclosed quote is an ordinary character.</summary>
    private static List<string> Split(string text, bool hasQuotes) =>
        (hasQuotes ? QuotedWords.Split(text) : null) ?? [.. text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)];
}
