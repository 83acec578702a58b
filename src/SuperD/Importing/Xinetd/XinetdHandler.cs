using System.Globalization;

namespace SuperD.Importing.Xinetd;

/// <summary>server, server_args, redirect, builtins, sensors and wait: what serves the clients.</summary>
internal static class XinetdHandler
{
    /// <summary>Sets the keys of the handler.</summary>
    public static void Map(XinetdMapping mapping)
    {
        switch (mapping.Kind)
        {
            case XinetdKind.Sensor:
                MapSensor(mapping);
                break;
            case XinetdKind.Builtin:
                MapBuiltin(mapping);
                break;
            case XinetdKind.Redirect:
                MapRedirect(mapping);
                break;
            default:
                MapProgram(mapping);
                break;
        }

        if (mapping.Kind != XinetdKind.Program)
        {
            mapping.Meaningless("wait", "server", "server_args");
        }

        if (mapping.Kind != XinetdKind.Sensor)
        {
            mapping.Meaningless("deny_time");
        }
    }

    private static void MapProgram(XinetdMapping mapping)
    {
        if (mapping.Has("server", out XinetdValue? server))
        {
            MapCommand(mapping, server);
        }
        else
        {
            mapping.Missing("server is", "exec");
        }

        if (!mapping.Has("wait", out XinetdValue? wait))
        {
            mapping.Missing("wait is", "wait, or the default, false");
        }
        else if (wait.Word.ToLowerInvariant() is not ("yes" or "no"))
        {
            mapping.Wrong("wait", wait, "yes or no is needed");
        }
        else if (mapping.IsWait)
        {
            mapping.Set("wait", TomlValue.Of(true), "wait", wait);
        }
        else
        {
            mapping.Mapped("wait", wait, "wait = false, the default");
            UsualKeys.SetStderr(mapping.File, "xinetd");
            if (mapping.IsDatagram)
            {
                mapping.Report.Differs(
                    wait.Place,
                    "wait",
                    "no with dgram: xinetd refuses that or spins; superd gives each peer a program of its own");
                mapping.File.TurnOff(
                    "dgram with wait = no does not work in xinetd; superd gives each peer a program of its own, so delete the line below "
                    + "if that is wanted");
            }
        }
    }

    private static void MapCommand(XinetdMapping mapping, XinetdValue server)
    {
        string program = server.Word;
        List<string> arguments = mapping.Has("server_args", out XinetdValue? written) ? [.. written.Words] : [];
        bool nameInArguments = mapping.Service.HasWord("flags", "NAMEINARGS");
        if (!program.StartsWith('/'))
        {
            mapping.Wrong("server", server, "an absolute path is needed");
        }

        bool hasUser = mapping.Has("user", out XinetdValue? user);
        string? argv0 = nameInArguments && arguments.Count > 0 ? arguments[0] : null;
        arguments = [.. arguments.Skip(argv0 is null ? 0 : 1)];
        string? odd = null;
        if (arguments.Exists(QuotedWords.HasQuote) && QuotedWords.Split(string.Join(' ', arguments)) is { } meant)
        {
            odd = "xinetd has no quotes: it splits at spaces and passes them on, and so does this line; if they were meant to keep an "
                + $"argument together write exec = {TomlValue.Of([program, .. meant])}";
        }

        RefusePlaceholders(mapping, "server", server);
        if (written is not null)
        {
            RefusePlaceholders(mapping, "server_args", written);
        }

        string exec = TomlValue.Of([program, .. arguments], oneAlone: true);
        mapping.File.Set("exec", exec, odd);
        mapping.Mapped("server", server, $"exec = {exec}");
        if (written is not null && odd is not null)
        {
            mapping.Differs("server_args", written, odd);
        }
        else if (written is not null)
        {
            mapping.Mapped("server_args", written, "exec");
        }

        if (argv0 is not null)
        {
            // argv0 comes from server_args, so written is not null.
            bool crashes = mapping.Has("flags", out XinetdValue? flags) && flags.Place.Line > written!.Place.Line;
            mapping.File.Set("argv0", TomlValue.Of(argv0), crashes
                ? "the first of server_args, because of NAMEINARGS, which stands after server_args: there xinetd crashes at each connection"
                : "the first of server_args, because of NAMEINARGS");
        }
        else if (nameInArguments)
        {
            mapping.Missing("server_args, which NAMEINARGS needs, are", "argv0");
        }

        if (!mapping.IsWait && OpenInterpreter.Find(program, argv0 ?? program, arguments, hasUser ? user!.Word : null) is { } open)
        {
            mapping.Report.Differs(server.Place, "server", open);
            mapping.File.TurnOff(open);
        }
    }

    /// <summary>Disables the service because of words that superd would replace.</summary>
    public static void RefusePlaceholders(XinetdMapping mapping, string attribute, XinetdValue value)
    {
        foreach (string word in value.Words)
        {
            if (Placeholders.WhyNot(word) is { } why)
            {
                mapping.NotMapped(attribute, value, word, ImportWeight.NarrowsAccess, why);
            }
        }
    }

    private static void MapBuiltin(XinetdMapping mapping)
    {
        string name = mapping.Service.Name.ToLowerInvariant(); // xinetd finds its builtins in any case
        UsualKeys.SetBuiltin(mapping.File, name, mapping.IsDatagram);
        if (name == "chargen")
        {
            mapping.File.Remark("Its lines have all 95 printable characters of RFC 864; xinetd leaves out the space and '~'");
        }
    }

    private static void MapSensor(XinetdMapping mapping)
    {
        if (mapping.IsDatagram)
        {
            const string Why = "a sensor over UDP: a datagram with a forged sender would lock that sender out";
            mapping.File.TurnOff(Why);
            mapping.Report.NotMapped(mapping.Service.Entry.Place, mapping.Service.Entry.ToString(), Why);
        }

        if (!mapping.Has("deny_time", out XinetdValue? time) || time.Word.Equals("NEVER", StringComparison.OrdinalIgnoreCase))
        {
            mapping.File.Set(
                "builtin",
                TomlValue.Of("discard"),
                "a sensor without deny_time: each visitor is refused and logged, and locked out of nothing");
            mapping.File.Set("no_access", TomlValue.Of(["0.0.0.0/0", "::/0"]));
            if (time is not null)
            {
                mapping.Mapped("deny_time", time, "no_access = [\"0.0.0.0/0\", \"::/0\"]");
            }
        }
        else if (time.Word.Equals("FOREVER", StringComparison.OrdinalIgnoreCase))
        {
            mapping.Set(
                "sensor",
                TomlValue.Of("365d"),
                "deny_time",
                time,
                "FOREVER is until xinetd's next start; a year is the longest here");
        }
        else if (int.TryParse(time.Word, NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) && minutes > 0)
        {
            mapping.Set("sensor", TomlValue.Of($"{Math.Min(minutes, 365 * 24 * 60)}m"), "deny_time", time);
        }
        else
        {
            mapping.Wrong("deny_time", time, "minutes, FOREVER or NEVER are needed");
        }
    }

    private static void MapRedirect(XinetdMapping mapping)
    {
        if (!mapping.Has("redirect", out XinetdValue? redirect))
        {
            return;
        }

        string host = redirect.Words[0];
        string port = redirect.Words[1];
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
        {
            if (!mapping.Ports.TryFind("tcp", port, out int listed))
            {
                mapping.Wrong("redirect", redirect, $"'{port}' is neither a port nor in {mapping.Host.PortNamesFile}");
                return;
            }

            number = (ushort)listed;
        }

        string target = host.Contains(':') ? $"[{host}]:{number}" : $"{host}:{number}";
        mapping.Set(
            "redirect",
            TomlValue.Of(target),
            "redirect",
            redirect,
            "ends each direction by itself, where xinetd ends both at once");
        if (mapping.IsDatagram || mapping.Service.HasWord("wait", "yes"))
        {
            mapping.File.TurnOff("redirect is for stream with wait = no, so xinetd does not start it");
        }
    }
}
