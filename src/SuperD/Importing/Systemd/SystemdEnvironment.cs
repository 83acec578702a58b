using SuperD.Configuration.Values;

namespace SuperD.Importing.Systemd;

/// <summary>Environment=, EnvironmentFile=, UnsetEnvironment=, PassEnvironment= and SetLoginEnvironment=.</summary>
internal static class SystemdEnvironment
{
    /// <summary>What superd sets by <c>login_env</c>, which can be left out as a whole.</summary>
    private static readonly string[] s_login = ["HOME", "USER", "LOGNAME", "SHELL"];

    /// <summary>What superd sets for every program.</summary>
    private static readonly string[] s_always = ["PATH", "REMOTE_ADDR", "REMOTE_PORT"];

    /// <summary>The variables for env and ExecStart. systemd reads EnvironmentFile= at each start; we take its content now.</summary>
    /// <remarks>Their texts must be finished, see <see cref="Placeholders"/>.</remarks>
    public static Dictionary<string, string> Read(SystemdMapping mapping)
    {
        var variables = new Dictionary<string, string>();
        if (mapping.Service.All(SystemdSearchPath.Directive).Count > 0)
        {
            variables["PATH"] = string.Join(':', SystemdSearchPath.Of(mapping));
        }

        foreach (UnitLine line in mapping.Service.All("Environment"))
        {
            Add(variables, Words(mapping, line) ?? []);
        }

        foreach (UnitLine line in mapping.Service.All("EnvironmentFile"))
        {
            foreach (string text in EnvironmentFile.Read(line, mapping.Service.Name).Lines)
            {
                if (text.Trim() is [not ('#' or ';'), ..] assignment && QuotedWords.Split(assignment) is { } words)
                {
                    Add(variables, [string.Join(' ', words)]);
                }
            }
        }

        foreach (string word in mapping.Service.All("UnsetEnvironment").SelectMany(line => Words(mapping, line) ?? []))
        {
            int sign = word.IndexOf('=');
            string name = sign < 0 ? word : word[..sign];
            if (sign < 0 || variables.GetValueOrDefault(name) == word[(sign + 1)..])
            {
                variables.Remove(name);
            }
        }

        return variables;
    }

    /// <summary>The same with those that systemd sets for the client, as placeholders, where the client has an address.</summary>
    public static Dictionary<string, string> ReadWithPeer(SystemdMapping mapping)
    {
        Dictionary<string, string> variables = Read(mapping);
        if (mapping.Accept && mapping.HasPorts)
        {
            variables["REMOTE_ADDR"] = Placeholders.Of("peer_addr");
            variables["REMOTE_PORT"] = Placeholders.Of("peer_port");
        }

        return variables;
    }

    /// <summary>Sets env, pass_env and login_env.</summary>
    public static void Map(SystemdMapping mapping)
    {
        foreach (UnitLine line in mapping.Service.All("Environment"))
        {
            if (Words(mapping, line) is { } words && words.TrueForAll(word => word.IndexOf('=') > 0))
            {
                mapping.Report.Mapped(line.Place, line.Key, "env");
            }
            else
            {
                mapping.Stop(line, "its words are not all NAME=VALUE, or a specifier is known only when systemd starts it");
            }
        }

        foreach (UnitLine line in mapping.Service.All("EnvironmentFile"))
        {
            MapFile(mapping, line);
        }

        MapVariables(mapping);
        if (mapping.Service.All("PassEnvironment") is { Count: > 0 } passed)
        {
            foreach (UnitLine line in passed)
            {
                mapping.Report.Mapped(line.Place, line.Key, "pass_env");
            }

            IEnumerable<string> names = passed
                .SelectMany(line => line.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(name => VariableNameForm.WhatIsWrong(name) is null);
            mapping.File.Set("pass_env", TomlValue.Of([.. names]));
        }

        MapLogin(mapping);
    }

    private static void MapVariables(SystemdMapping mapping)
    {
        Dictionary<string, string> variables = Read(mapping);
        foreach (string name in variables.Keys.Where(name => VariableNameForm.WhatIsWrong(name) is not null).ToList())
        {
            variables.Remove(name);
            mapping.File.Remark($"{name} is not imported: superd sets it for each connection");
        }

        foreach ((string name, string value) in variables.ToList())
        {
            (variables[name], string? problem) = Placeholders.Finish(value);
            if (problem is not null)
            {
                // The line to blame may be one of a file, or several that were put together.
                UnitLine line = mapping.Service.All("Environment").Concat(mapping.Service.All("EnvironmentFile")).First();
                mapping.Stop(line, $"{name}: {problem}");
            }
        }

        if (variables.Count > 0)
        {
            mapping.File.Set("env", TomlValue.Of(variables));
        }
    }

    private static void MapFile(SystemdMapping mapping, UnitLine line)
    {
        EnvironmentFile file = EnvironmentFile.Read(line, mapping.Service.Name);
        if (file.IsLost)
        {
            mapping.Stop(line, file.Problem!); // lost, so there is a problem
            return;
        }

        string fate = file.Problem is null ? "is written into env and exec as it was at the time of the import" : "is not imported";
        mapping.File.Remark($"{line.Key}={line.Value} {fate}: systemd reads it at each start, superd never");
        mapping.Report.Differs(
            line.Place,
            line.Key,
            file.Problem is null
                ? "what it says now is written into env and exec; systemd reads it at each start"
                : $"{file.Problem}; systemd reads it at each start, superd never");
    }

    /// <summary>SetLoginEnvironment=, and UnsetEnvironment= of what superd sets by itself.</summary>
    private static void MapLogin(SystemdMapping mapping)
    {
        string[] unset = [.. mapping.Service.All("UnsetEnvironment").SelectMany(line => Words(mapping, line) ?? [])];
        bool isLogin = mapping.Service.Flag("SetLoginEnvironment", otherwise: true);
        bool isUnset = s_login.All(unset.Contains);
        if (mapping.Service.Last("SetLoginEnvironment") is { } login)
        {
            mapping.Set("login_env", TomlValue.Of(isLogin && !isUnset), login);
        }
        else if (isUnset)
        {
            mapping.File.Set("login_env", TomlValue.Of(false));
        }

        foreach (UnitLine line in mapping.Service.All("UnsetEnvironment"))
        {
            string[] kept =
            [
                .. (Words(mapping, line) ?? []).Intersect(isLogin && !isUnset ? [.. s_always, .. s_login] : s_always)
            ];
            if (kept.Length == 0)
            {
                mapping.Report.Mapped(line.Place, line.Key, "left out of env");
                continue;
            }

            string why = $"superd sets {string.Join(", ", kept)} for the program; to take that away write exec = [\"/usr/bin/env\", "
                + $"{string.Concat(kept.Select(name => $"\"-u\", \"{name}\", "))}PROGRAM, ARGUMENTS]";
            mapping.NotMapped(line, why);
            mapping.File.Remark($"{line.Key}={line.Value} ({line.Place}) is not imported: {why}");
        }
    }

    private static void Add(Dictionary<string, string> variables, IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            if (word.IndexOf('=') is > 0 and int sign)
            {
                variables[word[..sign]] = word[(sign + 1)..];
            }
        }
    }

    private static List<string>? Words(SystemdMapping mapping, UnitLine line)
    {
        List<string>? words = QuotedWords.Split(line.Value);
        for (int i = 0; i < words?.Count; i++)
        {
            (words[i], string? problem) = UnitWords.FillSpecifiers(words[i], mapping.Service.Name, mapping.Instance);
            if (problem is not null)
            {
                return null;
            }
        }

        return words;
    }
}
