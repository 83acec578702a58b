using System.Collections.Immutable;
using System.Globalization;
using SuperD.Configuration.Values;

namespace SuperD.Importing.Xinetd;

/// <summary>user, group, groups, umask, nice, env, passenv and the rlimits: the process attributes of the program.</summary>
internal static class XinetdProcess
{
    private static readonly string[] s_attributes =
    [
        "user", "group", "groups", "umask", "nice", "env", "passenv",
        "rlimit_as", "rlimit_cpu", "rlimit_data", "rlimit_rss", "rlimit_stack", "rlimit_files",
    ];

    /// <summary>Sets the keys of the process attributes.</summary>
    public static void Map(XinetdMapping mapping)
    {
        if (mapping.Kind != XinetdKind.Program)
        {
            mapping.Meaningless(s_attributes);
            return;
        }

        MapUser(mapping);
        MapUmask(mapping);
        MapNice(mapping);
        MapEnvironment(mapping);
        MapLimits(mapping);
    }

    private static void MapUser(XinetdMapping mapping)
    {
        if (!mapping.Has("user", out XinetdValue? user))
        {
            mapping.Missing("user is", "user");
            return;
        }

        bool byNumber = uint.TryParse(user.Word, NumberStyles.None, CultureInfo.InvariantCulture, out uint id);
        mapping.Set("user", TomlValue.Principal(user.Word), "user", user);
        if (mapping.Has("group", out XinetdValue? group))
        {
            mapping.Set("group", TomlValue.Principal(group.Word), "group", group);
        }
        else if (byNumber)
        {
            mapping.File.Set("group", TomlValue.Principal(user.Word), "xinetd gives a user by number the group of the same number");
            mapping.Report.Differs(user.Place, "user", $"by number, so that xinetd takes {id} for the group too; written as group");
        }

        bool asked = mapping.Has("groups", out XinetdValue? groups);
        if (asked && groups!.Word.Equals("yes", StringComparison.OrdinalIgnoreCase))
        {
            mapping.Mapped("groups", groups, "the user's own, which is the default");
        }
        else if (asked && !groups!.Word.Equals("no", StringComparison.OrdinalIgnoreCase))
        {
            mapping.Wrong("groups", groups, "yes or no is needed");
        }
        else
        {
            mapping.File.Set(
                "groups",
                "[]",
                asked ? null : "no supplementary groups: groups = no is xinetd's default; delete the line for the user's own");
            if (asked)
            {
                mapping.Mapped("groups", groups!, "groups = []");
            }
        }
    }

    private static void MapUmask(XinetdMapping mapping)
    {
        if (!mapping.Has("umask", out XinetdValue? umask))
        {
            return; // xinetd inherits it or uses 022, superd uses 022: equal unless xinetd was started with a stricter one
        }

        string digits = umask.Word.TrimStart('0').PadLeft(3, '0');
        if (digits.Length > 3 || digits.AsSpan().IndexOfAnyExceptInRange('0', '7') >= 0)
        {
            mapping.Wrong("umask", umask, "an octal number to 777 is needed");
            return;
        }

        mapping.Set("umask", TomlValue.Of(digits), "umask", umask);
    }

    private static void MapNice(XinetdMapping mapping)
    {
        if (!mapping.Has("nice", out XinetdValue? nice))
        {
            return;
        }

        if (!int.TryParse(nice.Word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value is < -20 or > 19)
        {
            mapping.Wrong("nice", nice, "a number from -20 to 19 is needed");
        }
        else if (value < 0 && mapping.Has("user", out XinetdValue? user) && user.Word is not ("root" or "0"))
        {
            mapping.File.Remark(
                $"nice = {value} never had an effect, because xinetd asks for it after it has become {user.Word}. Write nice = {value} for "
                + "superd to do it");
            mapping.Differs("nice", nice, $"without effect in xinetd, because {user.Word} may not lower it; left out, as a comment");
        }
        else
        {
            // xinetd adds it to its own nice value, which is 0 unless somebody has changed it.
            mapping.Set("nice", TomlValue.Of(value), "nice", nice);
        }
    }

    private static void MapEnvironment(XinetdMapping mapping)
    {
        if (mapping.Has("env", out XinetdValue? env))
        {
            XinetdHandler.RefusePlaceholders(mapping, "env", env);
            var variables = new Dictionary<string, string>();
            foreach (string word in env.Words)
            {
                int sign = word.IndexOf('=');
                if (sign < 1)
                {
                    mapping.Wrong("env", env, $"'{word}' is not NAME=VALUE, and xinetd has no quotes to keep words together", word);
                }
                else if (IsAllowed(mapping, "env", env, word, word[..sign]))
                {
                    variables[word[..sign]] = word[(sign + 1)..];
                }
            }

            if (variables.Count > 0)
            {
                const string Quotes = "xinetd has no quotes: they are part of the value, there and here";
                string? odd = env.Words.Any(QuotedWords.HasQuote) ? Quotes : null;
                mapping.Set("env", TomlValue.Of(variables), "env", env, odd);
            }
        }

        if (mapping.Has("passenv", out XinetdValue? passed))
        {
            ImmutableArray<string> names =
            [
                .. passed.Words.Distinct(StringComparer.OrdinalIgnoreCase).Where(name => IsAllowed(mapping, "passenv", passed, name, name)),
            ];
            mapping.Set("pass_env", TomlValue.Of(names), "passenv", passed);
        }
        else
        {
            mapping.File.Remark(
                "Environment: xinetd passes on all of its own, superd PATH and the client's address; for more write pass_env = [\"NAME\"]");
        }
    }

    /// <summary>False, and reported, for a name that superd sets itself.</summary>
    private static bool IsAllowed(XinetdMapping mapping, string attribute, XinetdValue value, string word, string name)
    {
        if (VariableNameForm.WhatIsWrong(name) is not { } wrong)
        {
            return true;
        }

        mapping.NotMapped(attribute, value, word, ImportWeight.ChangesBehaviour, wrong);
        return false;
    }

    private static void MapLimits(XinetdMapping mapping)
    {
        var limits = new List<string>();
        foreach (string attribute in s_attributes.Where(name => name.StartsWith("rlimit_", StringComparison.Ordinal)))
        {
            if (!mapping.Has(attribute, out XinetdValue? value))
            {
                continue;
            }

            string name = attribute == "rlimit_files" ? "nofile" : attribute["rlimit_".Length..];
            if (Limit(value) is not { } limit)
            {
                mapping.Wrong(attribute, value, "a number (with K or M for bytes) or UNLIMITED is needed");
            }
            else if (limit == "0")
            {
                mapping.Differs(attribute, value, "0 means 'not set' to xinetd; left out");
            }
            else
            {
                limits.Add($"{name} = {limit}");
                mapping.Mapped(attribute, value, $"rlimit.{name} = {limit}");
            }
        }

        if (limits.Count > 0)
        {
            mapping.File.Set("rlimit", $"{{ {string.Join(", ", limits)} }}");
        }
    }

    /// <summary>A limit as TOML; null when it is not one.</summary>
    private static string? Limit(XinetdValue value)
    {
        if (value.IsUnlimited)
        {
            return TomlValue.Of("unlimited");
        }

        string word = value.Word;
        string unit = word.Length > 1 && word[^1] is 'k' or 'K' or 'm' or 'M' ? word[^1..].ToUpperInvariant() : "";
        return long.TryParse(word.AsSpan(0, word.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? unit.Length > 0 && number > 0 ? TomlValue.Of($"{number}{unit}") : number.ToString(CultureInfo.InvariantCulture)
            : null;
    }
}
