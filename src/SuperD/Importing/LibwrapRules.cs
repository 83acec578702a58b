using SuperD.Linux;

namespace SuperD.Importing;

/// <summary>The rules of hosts.allow and hosts.deny (hosts_access(5)), of which the first that matches a client decides.</summary>
/// <remarks>superd does not read those files, so an import must say which services they can refuse a client of.</remarks>
internal sealed class LibwrapRules
{
    /// <summary>libwrap's buffer for a rule, in bytes: it takes a longer line for damaged.</summary>
    private const int LongestRule = 2048;

    private readonly List<LibwrapRule> _rules = [];
    private readonly List<(SourceLine, string)> _unread = [];

    /// <summary>Reads the files of the machine, in their order; a missing one has no rules.</summary>
    public LibwrapRules(ImportHost host)
    {
        foreach (string file in host.AccessFiles)
        {
            bool allows = Path.GetFileName(file).Contains("allow", StringComparison.Ordinal);
            SmallFile read = SmallFile.Read(file, SourceText.Largest);
            (string[] lines, string? problem) = SourceText.LinesOf(read);
            if (problem is not null && read.Errno is not (Errno.ENOENT or Errno.ENOTDIR))
            {
                _unread.Add((new SourceLine(file, 1), $"the file {problem}, and its rules may refuse clients: mend that and import again"));
            }

            for (int i = 0; i < lines.Length; i++)
            {
                var place = new SourceLine(file, i + 1);
                string text = lines[i];
                while (text.EndsWith('\\') && i + 1 < lines.Length)
                {
                    text = text[..^1] + lines[++i];
                }

                bool isWhole = (i + 1 < lines.Length || read.Bytes[^1] == '\n') && text.Length < LongestRule - 1;
                if (LibwrapRule.Parse(place, text, allows, isWhole) is { } rule)
                {
                    _rules.Add(rule);
                }
            }
        }
    }

    /// <summary>The files whose rules are not known, which a service that asks libwrap may be refused clients by, and why.</summary>
    public IReadOnlyList<(SourceLine File, string Why)> Unread => _unread;

    /// <summary>The lines of the rules that can refuse a client of a daemon; behind a rule for every client none is reached.</summary>
    /// <param name="daemon">The name libwrap knows it by: the file name of its program.</param>
    public IEnumerable<SourceLine> RefusalsOf(string daemon)
    {
        foreach (LibwrapRule rule in _rules)
        {
            (bool can, bool always) = rule.Match(daemon);
            if (can && rule.Refuses)
            {
                yield return rule.Place;
            }

            if (always)
            {
                yield break;
            }
        }
    }
}
