namespace SuperD.Importing;

/// <summary>The rules of hosts.allow and hosts.deny (hosts_access(5)) that can refuse a client.</summary>
/// <remarks>
/// superd does not read those files. A rule of hosts.deny refuses; one of hosts.allow does so with the options <c>deny</c> and
/// <c>twist</c> (hosts_options(5)). A list with EXCEPT is taken for all that stands before it: then too much is said, never too little.
/// </remarks>
internal sealed class LibwrapRules
{
    private readonly List<(SourceLine Place, string[] Daemons)> _rules = [];

    /// <summary>Reads the files of the machine; a missing one has no rules.</summary>
    public LibwrapRules(ImportHost host)
    {
        foreach (string file in host.AccessFiles)
        {
            bool allows = Path.GetFileName(file).Contains("allow", StringComparison.Ordinal);
            string[] lines = SourceText.ReadLines(file).Lines;
            for (int i = 0; i < lines.Length; i++)
            {
                var place = new SourceLine(file, i + 1);
                string rule = lines[i].Trim();
                while (rule.EndsWith('\\') && i + 1 < lines.Length)
                {
                    rule = $"{rule[..^1]} {lines[++i].Trim()}";
                }

                Add(place, rule, allows);
            }
        }
    }

    /// <summary>The lines of the rules that can refuse a client of a daemon.</summary>
    /// <param name="daemon">The name libwrap knows it by: the file name of its program.</param>
    public IEnumerable<SourceLine> RefusalsOf(string daemon) =>
        _rules.Where(rule => rule.Daemons.Any(pattern => IsMatch(pattern, daemon))).Select(rule => rule.Place);

    private void Add(SourceLine place, string rule, bool allows)
    {
        string[] parts = rule.Split(':');
        bool refuses = !allows || parts.Skip(2).Any(option => option.Trim().Split(' ')[0] is "deny" or "twist");
        if (rule.Length > 0 && rule[0] != '#' && parts.Length > 1 && refuses)
        {
            _rules.Add((place, parts[0].Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries)));
        }
    }

    /// <summary>A wildcard or a file of names may match anything.</summary>
    private static bool IsMatch(string pattern, string daemon)
    {
        string name = pattern.Split('@')[0];
        return name == "ALL" || name.AsSpan().ContainsAny('*', '?', '/') || name.Equals(daemon, StringComparison.OrdinalIgnoreCase);
    }
}
