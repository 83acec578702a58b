namespace SuperD.Importing;

/// <summary>A rule of hosts.allow or hosts.deny: <c>DAEMONS: CLIENTS[: OPTION...]</c>.</summary>
/// <param name="Place">Its first line.</param>
/// <param name="Daemons">The patterns for programs, with EXCEPT.</param>
/// <param name="Clients">The patterns for clients, with EXCEPT.</param>
/// <param name="Refuses">Whether a client it matches is refused; the options may decide otherwise than its file.</param>
/// <remarks>
/// libwrap (hosts_access.c, options.c) ignores the case of patterns, keywords and options, and refuses when an option is wrong.
/// </remarks>
internal sealed record LibwrapRule(SourceLine Place, string[] Daemons, string[] Clients, bool Refuses)
{
    private const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;

    private const string All = "ALL", Known = "KNOWN", Except = "EXCEPT";

    private static readonly char[] s_separators = [',', ' ', '\t', '\r', '\n'];
    private static readonly char[] s_blanks = [' ', '\t', '\r', '\n'];

    /// <summary>The options of hosts_options(5) after which libwrap goes on; deny, twist and unknown ones refuse.</summary>
    private static readonly string[] s_needValue = ["user", "group", "umask", "linger", "spawn", "setenv", "severity", "banners"];

    private static readonly string[] s_mayHaveValue = ["rfc931", "nice"];

    /// <summary>Reads a rule; null for a line that is none.</summary>
    /// <param name="place">Its first line.</param>
    /// <param name="text">The rule, with its continued lines.</param>
    /// <param name="allows">Whether it is in hosts.allow.</param>
    /// <param name="isWhole">False when libwrap takes it for damaged: its end of line is missing or too far away.</param>
    public static LibwrapRule? Parse(SourceLine place, string text, bool allows, bool isWhole)
    {
        if (!isWhole)
        {
            return allows ? null : new LibwrapRule(place, [All], [All], Refuses: true); // Debian's libwrap refuses everybody
        }

        // A comment starts in the first column: with blanks before it, it is a rule.
        if (text.StartsWith('#') || Split(text) is not { } parts)
        {
            return null;
        }

        return new LibwrapRule(
            place,
            parts.Daemons.Split(s_separators, StringSplitOptions.RemoveEmptyEntries),
            parts.Clients.Split(s_separators, StringSplitOptions.RemoveEmptyEntries),
            parts.Options is { } options ? !Permits(options, allows) : !allows);
    }

    /// <summary>Whether the rule can match a client of a daemon, and whether it matches all of them.</summary>
    public (bool Can, bool Always) Match(string daemon)
    {
        (bool canDaemon, bool isDaemon) = MatchList(Daemons, pattern => MatchDaemon(pattern, daemon));
        (bool canClient, bool isClient) = MatchList(Clients, pattern => (true, pattern.Equals(All, AnyCase)));
        return (canDaemon && canClient, isDaemon && isClient);
    }

    /// <summary>Splits a rule at its first two colons that are not inside the brackets of an address; null without a colon.</summary>
    private static (string Daemons, string Clients, string? Options)? Split(string rule)
    {
        int[] colons = [.. Colons(rule).Take(2)];
        return colons switch
        {
            [] => null,
            [int first] => (rule[..first], rule[(first + 1)..], null),
            [int first, int second, ..] => (rule[..first], rule[(first + 1)..second], rule[(second + 1)..]),
        };
    }

    private static IEnumerable<int> Colons(string rule)
    {
        int depth = 0;
        for (int i = 0; i < rule.Length; i++)
        {
            depth += rule[i] == '[' ? 1 : rule[i] == ']' ? -1 : 0;
            if (rule[i] == ':' && depth == 0)
            {
                yield return i;
            }
        }
    }

    /// <summary>Whether the options let a client in; without a verdict of their own the file decides.</summary>
    private static bool Permits(string options, bool allows)
    {
        string[] fields = options.Replace("\\:", "\0", StringComparison.Ordinal).Split(':');
        foreach ((int index, string field) in fields.Index())
        {
            string option = field.Trim(s_blanks);
            int end = option.IndexOfAny(['=', .. s_blanks]);
            string name = (end < 0 ? option : option[..end]).ToLowerInvariant();
            bool hasValue = end >= 0;
            if (name == "allow" && !hasValue && index == fields.Length - 1)
            {
                return true;
            }

            bool goesOn = s_needValue.Contains(name) ? hasValue : s_mayHaveValue.Contains(name) || (name == "keepalive" && !hasValue);
            if (!goesOn)
            {
                return false;
            }
        }

        return allows;
    }

    /// <summary>Whether a list can match, and whether it does; what stands behind EXCEPT is spared.</summary>
    private static (bool Can, bool Always) MatchList(string[] patterns, Func<string, (bool Can, bool Always)> match)
    {
        int except = Array.FindIndex(patterns, pattern => pattern.Equals(Except, AnyCase));
        (bool Can, bool Always)[] matches = [.. (except < 0 ? patterns : patterns[..except]).Select(match)];
        (bool canSpare, bool spares) = except < 0 ? (false, false) : MatchList(patterns[(except + 1)..], match);
        return (matches.Any(one => one.Can) && !spares, matches.Any(one => one.Always) && !canSpare);
    }

    private static (bool Can, bool Always) MatchDaemon(string pattern, string daemon)
    {
        int at = pattern.IndexOf('@', 1);
        string name = at < 0 ? pattern : pattern[..at];
        bool isIt = name.Equals(All, AnyCase)
            || name.Equals(Known, AnyCase)
            || name.Equals(daemon, AnyCase)
            || (name.StartsWith('.') && daemon.Length > name.Length && daemon.EndsWith(name, AnyCase))
            || (name.EndsWith('.') && daemon.StartsWith(name, AnyCase));
        return (isIt || name.AsSpan().ContainsAny('*', '?'), isIt && at < 0); // an address behind @ is one of the machine's
    }
}
