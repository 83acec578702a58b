namespace SuperD.Importing.Systemd;

/// <summary>ExecStart and the standard streams: the program and its descriptors.</summary>
internal static class SystemdProgram
{
    private const string Shell = "/bin/sh";

    /// <summary>Passes the connection as descriptor 3, by the protocol of sd_listen_fds(3), with superd's log as standard output.</summary>
    private const string AsDescriptor3 =
        "LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=connection exec \"$0\" \"$@\" 3<&0 0</dev/null 1>&2";

    private const string Prefixes = "-@:+!|";

    /// <summary>Sets exec, argv0 and stderr.</summary>
    public static void Map(SystemdMapping mapping)
    {
        IReadOnlyList<UnitLine> starts = mapping.Service.All("ExecStart");
        if (starts.Count == 0)
        {
            mapping.File.TurnOff($"{mapping.Service.File} has no ExecStart; write exec");
            return;
        }

        if (starts.Count > 1)
        {
            mapping.Stop(starts[1], "superd runs one program for a connection; put them into a script");
        }

        SystemdStreams streams = StreamsOf(mapping);
        MapStreams(mapping, streams);
        UnitLine line = starts[0];
        string? problem = null;
        if (QuotedWords.Split(line.Value) is { Count: > 0 } words)
        {
            string prefixes = PrefixesOf(words[0]);
            words[0] = words[0][prefixes.Length..];
            problem = WhyNoProgram(words[0]);
            for (int i = 0; i < words.Count && problem is null; i++)
            {
                // A placeholder has no meaning in the program's own path.
                (words[i], problem) = UnitWords.FillSpecifiers(words[i], mapping.Service.Name, i == 0 ? null : mapping.Instance);
            }

            if (problem is null && !prefixes.Contains(':'))
            {
                // systemd expands no variable in the program's own path either.
                (List<string> arguments, problem) = UnitWords.FillVariables(words[1..], SystemdEnvironment.ReadWithPeer(mapping));
                words = [words[0], .. arguments];
            }

            if (problem is null)
            {
                MapCommand(mapping, line, prefixes, words, streams);
                return;
            }
        }

        mapping.Stop(line, $"{problem ?? "its quotes are not closed"}; write exec");
    }

    /// <summary>The letters before a program, each once but for <c>!!</c>; those after them are of its path.</summary>
    private static string PrefixesOf(string word)
    {
        int end = 0;
        while (end < word.Length && Prefixes.Contains(word[end]))
        {
            ReadOnlySpan<char> before = word.AsSpan(0, end);
            bool isTwice = word[end] == '!' ? before.Count('!') > 1 || before.Contains('+')
                : word[end] == '+' ? before.ContainsAny('!', '+')
                : before.Contains(word[end]);
            if (isTwice)
            {
                break;
            }

            end++;
        }

        return word[..end];
    }

    private static string? WhyNoProgram(string path) =>
        path.Length == 0 ? "there is no program right behind the prefixes, so systemd ignores the line"
        : path[0] != '/' && path.Contains('/') ? $"'{path}' is neither an absolute path nor a name, so systemd refuses or ignores it"
        : null;

    private static void MapCommand(SystemdMapping mapping, UnitLine line, string prefixes, List<string> words, SystemdStreams streams)
    {
        if (prefixes.AsSpan().ContainsAny('+', '!'))
        {
            mapping.Report.NotMapped(
                line.Place,
                line.Key,
                $"'{prefixes}' before the program: superd runs it as the user and with the limits of the file, without exception");
        }

        if (prefixes.Contains('|'))
        {
            mapping.Stop(
                line,
                "'|' before the program: systemd runs it by the login shell of its user; write exec = [SHELL, \"-l\", \"-c\", COMMAND]");
        }

        if (words.Contains(";"))
        {
            mapping.Stop(line, "';' separates several commands, superd runs one; put them into a script");
        }

        (string program, string? missing) = SystemdSearchPath.Find(mapping, words[0]);
        foreach (string why in ((string?[])[missing, Finish(words)]).OfType<string>())
        {
            mapping.Stop(line, $"{why}; write exec");
        }

        string? argv0 = prefixes.Contains('@') && words.Count > 1 ? words[1] : null;
        string[] arguments = [.. words.Skip(argv0 is null ? 1 : 2)];
        if (mapping.Accept && !streams.Input && (streams.Output || streams.Error))
        {
            mapping.Set(
                "exec",
                TomlValue.Of([Shell, "-c", streams.Command, program, .. arguments]),
                line,
                "without StandardInput=socket the program cannot read from the client: the shell gives it /dev/null as descriptor 0");
        }
        else if (mapping.Accept && !streams.Input)
        {
            mapping.Set(
                "exec",
                TomlValue.Of([Shell, "-c", AsDescriptor3, program, .. arguments]),
                line,
                "without StandardInput=socket the program gets its connection as descriptor 3 and finds it by LISTEN_FDS, which the shell "
                + "sets up here; if it can use stdin and stdout too, leave out the shell");
        }
        else
        {
            mapping.Set("exec", TomlValue.Of([program, .. arguments], oneAlone: true), line);
            if (argv0 is not null)
            {
                mapping.File.Set("argv0", TomlValue.Of(argv0));
            }

            string user = mapping.Service.Last("User")?.Value ?? "root";
            if (mapping.Accept && OpenInterpreter.Find(program, argv0 ?? program, arguments, user) is { } why)
            {
                mapping.Report.Differs(line.Place, line.Key, why);
                mapping.File.TurnOff(why);
            }
        }
    }

    /// <summary>Writes the placeholders of the words; returns the first problem, or null.</summary>
    private static string? Finish(List<string> words)
    {
        string? first = null;
        for (int i = 0; i < words.Count; i++)
        {
            (words[i], string? problem) = Placeholders.Finish(words[i]);
            first ??= problem;
        }

        return first;
    }

    /// <summary>Which of the standard streams are the client's socket.</summary>
    private static SystemdStreams StreamsOf(SystemdMapping mapping)
    {
        string? output = mapping.Service.Last("StandardOutput")?.Value;
        string? error = mapping.Service.Last("StandardError")?.Value;
        bool input = mapping.Accept && mapping.Service.Last("StandardInput")?.Value == "socket";
        bool outputIsSocket = mapping.Accept && (output == "socket" || (input && output is null or "inherit"));
        bool errorIsSocket = mapping.Accept && (error == "socket" || (outputIsSocket && error is null or "inherit"));
        return new SystemdStreams(input, outputIsSocket, errorIsSocket, IsOutputNull: output == "null");
    }

    /// <summary>Reports the standard streams, and sets stderr.</summary>
    private static void MapStreams(SystemdMapping mapping, SystemdStreams streams)
    {
        UnitLine? output = mapping.Service.Last("StandardOutput");
        UnitLine? error = mapping.Service.Last("StandardError");
        if (mapping.Service.Last("StandardInput") is { } input)
        {
            if (mapping.Accept && input.Value is not ("socket" or "null"))
            {
                mapping.NotMapped(input, "descriptor 0 is the socket or /dev/null, here the latter");
            }
            else
            {
                mapping.Report.Mapped(
                    input.Place, input.Key, input.Value == "socket" ? "descriptor 0 is always the socket" : "exec");
            }
        }

        if (output is not null && streams.Input && !streams.Output)
        {
            mapping.Report.NotMapped(output.Place, output.Key, "descriptor 1 is always the client's socket");
            mapping.File.Remark($"StandardOutput={output.Value} is not imported: descriptor 1 is always the client's socket");
        }
        else if (output is not null)
        {
            MapStream(mapping, output, streams.Output, isExact: streams is { Output: false, Error: true, IsOutputNull: true });
        }

        if (streams.Error && (streams.Input || streams.Output))
        {
            mapping.File.Set(
                "stderr",
                TomlValue.Of("socket"),
                error is null ? "systemd's default; \"log\", the default here, keeps a program's complaints from the client" : null);
        }
        else if (error?.Value == "null")
        {
            mapping.File.Set("stderr", TomlValue.Of("null"));
        }

        if (error is not null)
        {
            MapStream(mapping, error, streams.Error, isExact: error.Value is "null" or "inherit");
        }
    }

    /// <summary>Reports StandardOutput or StandardError.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="line">The directive.</param>
    /// <param name="isSocket">Whether that descriptor is the client's socket.</param>
    /// <param name="isExact">Whether the descriptor is otherwise what the directive says.</param>
    private static void MapStream(SystemdMapping mapping, UnitLine line, bool isSocket, bool isExact)
    {
        if (isSocket || isExact)
        {
            mapping.Report.Mapped(line.Place, line.Key, isSocket ? "the client's socket" : "the same here");
        }
        else if (line.Value == "socket")
        {
            mapping.Report.NotMapped(
                line.Place, line.Key, "with Accept=no it is the listening socket, which superd gives as descriptors 0 and 3 alone");
        }
        else
        {
            Redirected(mapping, line);
        }
    }

    private static void Redirected(SystemdMapping mapping, UnitLine line)
    {
        if (line.Value.Contains(':') || line.Value is "tty" or "null")
        {
            mapping.Report.Differs(line.Place, line.Key, $"{line.Value}: goes to superd's log");
        }
        else
        {
            mapping.Report.Mapped(line.Place, line.Key, "superd's log, which under systemd is the journal");
        }
    }
}
