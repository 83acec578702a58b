namespace SuperD.Importing.Systemd;

/// <summary>ExecStart and the standard streams: the program and its descriptors.</summary>
internal static class SystemdProgram
{
    private const string Shell = "/bin/sh";

    /// <summary>Passes the connection as descriptor 3, by the protocol of sd_listen_fds(3), with superd's log as standard output.</summary>
    private const string AsDescriptor3 =
        "LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=connection exec \"$0\" \"$@\" 3<&0 0</dev/null 1>&2";

    private static readonly string[] s_searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

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

        string input = mapping.Service.Last("StandardInput")?.Value ?? "null";
        MapStreams(mapping, input);
        UnitLine line = starts[0];
        string text = line.Value.TrimStart('-', '@', ':', '+', '!', '|');
        string prefixes = line.Value[..^text.Length];
        string? problem = null;
        if (QuotedWords.Split(text) is { Count: > 0 } words)
        {
            for (int i = 0; i < words.Count && problem is null; i++)
            {
                // A placeholder has no meaning in the program's own path.
                (words[i], problem) = UnitWords.FillSpecifiers(words[i], mapping.Service.Name, i == 0 ? null : mapping.Instance);
            }

            if (problem is null && !prefixes.Contains(':'))
            {
                (words, problem) = UnitWords.FillVariables(words, SystemdEnvironment.ReadWithPeer(mapping));
            }

            if (problem is null)
            {
                MapCommand(mapping, line, prefixes, words, input);
                return;
            }
        }

        mapping.Stop(line, $"{problem ?? "its quotes are not closed"}; write exec");
    }

    private static void MapCommand(SystemdMapping mapping, UnitLine line, string prefixes, List<string> words, string input)
    {
        if (prefixes.AsSpan().ContainsAny('+', '!'))
        {
            mapping.Report.NotMapped(
                line.Place,
                line.Key,
                $"'{prefixes}' before the program: superd runs it as the user and with the limits of the file, without exception");
        }

        if (words.Contains(";"))
        {
            mapping.Stop(line, "';' separates several commands, superd runs one; put them into a script");
        }

        string program = words[0];
        if (!program.StartsWith('/')
            && s_searchPath.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists) is { } found)
        {
            program = found;
        }

        string? argv0 = prefixes.Contains('@') && words.Count > 1 ? words[1] : null;
        string[] arguments = [.. words.Skip(argv0 is null ? 1 : 2)];
        if (mapping.Accept && input != "socket")
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
        }
    }

    private static void MapStreams(SystemdMapping mapping, string input)
    {
        if (mapping.Service.Last("StandardInput") is { } standardInput)
        {
            mapping.Report.Mapped(standardInput.Place, standardInput.Key, input == "socket" ? "descriptor 0 is always the socket" : "exec");
        }

        // In systemd, StandardError follows StandardOutput, which follows StandardInput if that is the socket.
        UnitLine? output = mapping.Service.Last("StandardOutput");
        UnitLine? error = mapping.Service.Last("StandardError");
        bool socket = mapping.Accept && input == "socket";
        bool outputIsSocket = socket && output?.Value is null or "inherit" or "socket";
        if (output is not null)
        {
            if (socket && !outputIsSocket)
            {
                mapping.Report.NotMapped(output.Place, output.Key, "descriptor 1 is always the client's socket");
                mapping.File.Remark($"StandardOutput={output.Value} is not imported: descriptor 1 is always the client's socket");
            }
            else
            {
                Redirected(mapping, output);
            }
        }

        bool errorIsSocket = socket && (error?.Value == "socket" || (error?.Value is null or "inherit" && outputIsSocket));
        if (errorIsSocket)
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
            if (errorIsSocket || error.Value is "null" or "inherit" or "socket")
            {
                mapping.Report.Mapped(error.Place, error.Key, "stderr");
            }
            else
            {
                Redirected(mapping, error);
            }
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
