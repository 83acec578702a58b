using SuperD.Configuration;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>Environment=, EnvironmentFile= and PassEnvironment=.</summary>
internal static class SystemdEnvironment
{
    /// <summary>The variables for env and ExecStart. systemd reads EnvironmentFile= at each start; we take its content now.</summary>
    public static Dictionary<string, string> Read(SystemdMapping mapping)
    {
        var variables = new Dictionary<string, string>();
        foreach (UnitLine line in mapping.Service.All("Environment"))
        {
            Add(variables, Words(mapping, line) ?? []);
        }

        foreach (UnitLine line in mapping.Service.All("EnvironmentFile"))
        {
            foreach (string text in ReadFile(line).Lines)
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
            variables["REMOTE_ADDR"] = "{peer_addr}";
            variables["REMOTE_PORT"] = "{peer_port}";
        }

        return variables;
    }

    /// <summary>Sets env and pass_env.</summary>
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
            string? problem = ReadFile(line).Problem;
            string fate = problem is null ? "is written into env and exec as it was at the time of the import" : "is not imported";
            mapping.File.Remark($"{line.Key}={line.Value} {fate}: systemd reads it at each start, superd never");
            mapping.Report.Differs(
                line.Place,
                line.Key,
                problem is null
                    ? "what it says now is written into env and exec; systemd reads it at each start"
                    : $"{problem}; systemd reads it at each start, superd never");
        }

        foreach (UnitLine line in mapping.Service.All("UnsetEnvironment"))
        {
            mapping.Report.Mapped(line.Place, line.Key, "left out of env");
        }

        Dictionary<string, string> variables = Read(mapping);
        foreach (string name in variables.Keys.Where(name => VariableNameForm.WhatIsWrong(name) is not null).ToList())
        {
            variables.Remove(name);
            mapping.File.Remark($"{name} is not imported: superd sets it for each connection");
        }

        if (variables.Count > 0)
        {
            mapping.File.Set("env", TomlValue.Of(variables));
        }

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

        if (mapping.Service.Last("SetLoginEnvironment") is { } login)
        {
            mapping.Set("login_env", TomlValue.Of(mapping.Service.Flag("SetLoginEnvironment", otherwise: true)), login);
        }
    }

    /// <summary>Reads an environment file. If not everyone may read it, it holds secrets, which must not enter a service file.</summary>
    private static (string[] Lines, string? Problem) ReadFile(UnitLine line)
    {
        const int OthersRead = 0b100;
        string file = line.Value.TrimStart('-');
        SmallFile read = SmallFile.Read(file, SourceText.Largest);
        (string[] lines, string? problem) = read.IsGood && (read.Status.Permissions & OthersRead) == 0
            ? ([], "is not readable for everybody, so what it says was not written into a service file")
            : SourceText.LinesOf(read);
        problem ??= lines.All(SourceText.IsUtf8) ? null : SourceText.NotUtf8;
        return (problem is null ? lines : [], problem is null ? null : $"{Wording.Path(file)} {problem}");
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
