using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using SuperD.Configuration;

namespace SuperD.Importing.Inetd;

/// <summary>Maps an inetd.conf to service files.</summary>
/// <remarks>
/// A line is <c>[ADDRESSES:]SERVICE TYPE PROTOCOL[,sndbuf=N] wait|nowait[.MAX] USER[:GROUP] PROGRAM ARGV0 ARGUMENT...</c>.
/// <c>ADDRESSES:</c> alone applies to the lines that follow. FreeBSD writes <c>[:USER:GROUP:MODE:]PATH</c> for a Unix-domain socket,
/// <c>nowait[/MAX-CHILD[/MAX-CONNECTIONS-PER-IP-PER-MINUTE[/MAX-CHILD-PER-IP]]]</c> and <c>USER[:GROUP][/LOGIN-CLASS]</c>.
/// </remarks>
internal sealed class InetdMapper
{
    private const int Fields = 6;
    private const int MostArguments = 20;

    private readonly InetdDialect _dialect;
    private readonly ImportReport _report;
    private readonly ImportHost _host;
    private readonly PortNames _ports;
    private readonly LibwrapRules _libwrap;
    private readonly FileNames _names = new();
    private readonly List<ServiceFile> _files = [];
    private ImmutableArray<string> _usualAddresses = [];

    private InetdMapper(InetdDialect dialect, ImportReport report, ImportHost host)
    {
        _dialect = dialect;
        _report = report;
        _host = host;
        _ports = new PortNames(host.PortNamesFile);
        _libwrap = new LibwrapRules(dialect.AsksLibwrap ? host : host with { AccessFiles = [] });
    }

    /// <summary>Reads the file and reports the outcome of each line.</summary>
    /// <returns>The service files; or null and the problem when the file cannot be read, or is no inetd.conf.</returns>
    public static (List<ServiceFile>? Files, ImportProblem? Problem) Import(
        string file,
        InetdDialect dialect,
        ImportReport report,
        ImportHost host)
    {
        (List<InetdLine>? lines, ImportProblem? problem) = InetdReader.Read(file, dialect);
        if (lines is null)
        {
            return (null, problem);
        }

        var mapper = new InetdMapper(dialect, report, host);
        lines.ForEach(mapper.Map);
        return (mapper._files, null);
    }

    private void Map(InetdLine line)
    {
        ImmutableArray<string> words = line.Words;
        if (words.Length == 1 && words[0].EndsWith(':'))
        {
            _usualAddresses = InetdAddress.Split(words[0][..^1]);
            _report.Mapped(line.Place, words[0], "listen of the lines that follow");
            return;
        }

        string subject = words[0];
        if (InetdMistakes.MissingField(words) is { } missing)
        {
            _report.Wrong(line.Place, subject, missing);
            return;
        }

        if (words.Length < Fields)
        {
            _report.Wrong(line.Place, subject, $"a line has at least {Fields} words, found {words.Length}; inetd skips it");
            return;
        }

        string[] protocol = words[2].Split(',');
        if (WhyImpossible(words[1], protocol[0], words[0]) is { } why)
        {
            _report.NotMapped(line.Place, subject, why);
            return;
        }

        int colon = words[0].LastIndexOf(':');
        string service = words[0][(colon + 1)..];
        ImmutableArray<string> addresses = colon < 0 ? _usualAddresses : InetdAddress.Split(words[0][..colon]);
        string wished = service.StartsWith('/') ? Path.GetFileName(service) : service[(service.IndexOf('/') + 1)..];
        string name = _names.Take(wished, words[1] == "dgram" ? "udp" : "tcp");
        var file = new ServiceFile(name, $"From {line.Place}: {_dialect.Program}'s service {service}");
        _files.Add(file);
        _report.Mapped(line.Place, subject, $"services.d/{file.Name}.toml");
        if (line.IsOff)
        {
            file.TurnOff($"commented out with #<off># in line {line.Place.Line}");
        }

        if (words.FirstOrDefault(word => !SourceText.IsUtf8(word)) is { } odd)
        {
            _report.NotMapped(line.Place, subject, $"'{odd}' {SourceText.NotUtf8}");
            file.TurnOff($"'{odd}' ({line.Place}) {SourceText.NotUtf8}");
        }

        foreach (string literal in words.Skip(Fields - 1).Select(Placeholders.WhyNot).OfType<string>())
        {
            _report.NotMapped(line.Place, subject, literal);
            file.TurnOff($"{literal} ({line.Place})");
        }

        MapListen(line, file, service, protocol[0], addresses);
        foreach (string buffer in protocol.Skip(1))
        {
            Lose(line, file, InetdField.Buffer, buffer);
        }

        if (line.Policy is { } policy)
        {
            Lose(line, file, InetdField.Policy, $"#@ {policy}");
        }

        string daemon = words[5] == "internal" ? service : Path.GetFileName(words[5]);
        foreach ((SourceLine rules, string unread) in _libwrap.Unread)
        {
            _report.NotMapped(rules, $"libwrap of {name}", unread);
            file.Lose(InetdField.Libwrap.Weight, "libwrap", rules, unread);
        }

        foreach (SourceLine rule in _libwrap.RefusalsOf(daemon))
        {
            _report.NotMapped(rule, $"libwrap of {name}", InetdField.Libwrap.Note);
            file.Lose(InetdField.Libwrap.Weight, "libwrap", rule, InetdField.Libwrap.Note);
        }

        MapHandler(line, file, service);
    }

    private void Lose(InetdLine line, ServiceFile file, InetdField field, string text)
    {
        _report.NotMapped(line.Place, line.Words[0], $"{text}: {field.Note}");
        file.Lose(field.Weight, text, line.Place, field.Note);
    }

    /// <summary>Why the line cannot become a service file; null when it can.</summary>
    private static string? WhyImpossible(string type, string protocol, string service) => (type, protocol) switch
    {
        (_, _) when protocol.StartsWith("rpc/", StringComparison.Ordinal) => UsualKeys.NoRpc,
        ("stream", "unix") or ("stream", _) when protocol == "unix" || protocol.StartsWith("tcp", StringComparison.Ordinal) => null,
        ("dgram", _) when protocol.StartsWith("udp", StringComparison.Ordinal) => null,
        ("stream" or "dgram", _) when protocol.Length > 2 && protocol[..3] is "tcp" or "udp" =>
            $"{type} does not go with {protocol}, so inetd does not start it: stream is tcp, dgram is udp",
        _ => $"{type} {protocol} of '{service}': superd has TCP, UDP and Unix-domain stream sockets",
    };

    private void MapListen(InetdLine line, ServiceFile file, string service, string protocol, ImmutableArray<string> addresses)
    {
        if (protocol == "unix")
        {
            MapSocketFile(line, file, service);
            return;
        }

        if (service.StartsWith("tcpmux/", StringComparison.Ordinal))
        {
            UsualKeys.SetMultiplexed(file, plus: service.StartsWith("tcpmux/+", StringComparison.Ordinal));
            return;
        }

        string transport = protocol[..3];
        int? port = int.TryParse(service, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : _ports.TryFind(transport, service, out int listed) ? listed : null;
        if (port is null)
        {
            string missing = $"'{service}' is not in {_host.PortNamesFile} for {transport}";
            _report.Wrong(line.Place, line.Words[0], $"{missing}; inetd skips the line, and superd needs listen");
            file.TurnOff($"{missing}; write listen");
            return;
        }

        string family = protocol[3..];
        bool v4 = family == "4" || (family.Length == 0 && _dialect.PlainIsV4);
        bool v6Only = family == "6only" || (family == "6" && _dialect.SixIsV6Only);
        IPAddress? all = v4 ? IPAddress.Any : null;
        List<string> listen =
        [
            .. InetdAddress.Resolve(addresses, _host, out string? problem)
                .Select(address => ListenText.Of(transport == "udp", address ?? all, port.Value)),
        ];
        if (problem is not null)
        {
            _report.Wrong(line.Place, line.Words[0], problem);
            file.TurnOff(problem);
        }

        if (listen.Count > 0)
        {
            file.Set("listen", ListenText.Of(listen), port == number ? null : $"'{service}' of {_host.PortNamesFile}");
        }

        if (v6Only && addresses.All(address => address == "*"))
        {
            file.Set("v6only", TomlValue.Of(true), $"{protocol} is IPv6 only for {_dialect.Program}");
        }
    }

    /// <summary>A Unix-domain socket, with the owner and mode that FreeBSD reads before its path.</summary>
    private void MapSocketFile(InetdLine line, ServiceFile file, string path)
    {
        file.Set("listen", TomlValue.Of("unix:" + path));
        if (_dialect.SocketMode is not { } mode)
        {
            string none = $"{_dialect.Program} has no Unix-domain sockets and skips the line";
            _report.Wrong(line.Place, line.Words[0], none);
            file.TurnOff(none);
            return;
        }

        string prefix = line.Words[0][..^path.Length];
        string[] parts = prefix.Split(':');
        if (prefix.Length == 0)
        {
            file.Set("socket_mode", TomlValue.Of(mode), $"the mode {_dialect.Program} gives it");
        }
        else if (_dialect.HasSocketOwner && parts is ["", { Length: > 0 } user, { Length: > 0 } group, { Length: > 0 } bits, ""])
        {
            file.Set("socket_owner", TomlValue.Of($"{user}:{group}"));
            file.Set("socket_mode", TomlValue.Of(bits));
        }
        else
        {
            string why = _dialect.HasSocketOwner
                ? $"'{prefix}' is not :USER:GROUP:MODE: and {_dialect.Program} skips the line"
                : $"{_dialect.Program} ignores '{prefix}' and gives the socket mode {mode}; in FreeBSD's it is the owner and the mode "
                    + "(--dialect freebsd): write socket_owner and socket_mode";
            _report.Wrong(line.Place, line.Words[0], why);
            file.TurnOff($"{why} ({line.Place})");
        }
    }

    private void MapHandler(InetdLine line, ServiceFile file, string service)
    {
        ImmutableArray<string> words = line.Words;
        string[] limits = words[3].Split('/');
        string[] wait = limits[0].Split('.', ':');
        bool waits = wait[0] == "wait";
        if (wait[0] is not ("wait" or "nowait"))
        {
            _report.Wrong(line.Place, words[0], $"'{words[3]}' is neither wait nor nowait");
            file.TurnOff($"'{words[3]}' is neither wait nor nowait");
        }

        if (words[5] == "internal")
        {
            MapBuiltin(line, file, service, wait);
            MapChildren(line, file, limits, waits: false);
            return;
        }

        bool quoted = words.Skip(Fields).Any(word => word.Contains('"') || word.Contains('\''));
        if (quoted && !_dialect.HasQuotes)
        {
            _report.Differs(
                line.Place,
                words[0],
                $"{_dialect.Program} has no quotes, they are part of the words, and so they are here; inetutils-inetd has them: "
                + "--dialect inetutils");
        }

        List<string> arguments = [.. words.Skip(Fields + 1)];
        if (arguments.Count >= MostArguments && _dialect == InetdDialect.OpenBsd)
        {
            _report.Differs(
                line.Place,
                words[0],
                $"{_dialect.Program} cuts off all words after the {MostArguments}th, superd does not");
        }

        MapCommand(line, file, arguments, waits);
        if (waits)
        {
            file.Set("wait", TomlValue.Of(true));
        }
        else
        {
            UsualKeys.SetStderr(file, "inetd");
            if (words[1] == "dgram")
            {
                file.Remark(
                    "With dgram and nowait inetd starts a program per datagram, superd one per peer, which gets all datagrams of "
                    + "that peer");
                _report.Differs(line.Place, words[0], "dgram with nowait is a program per datagram in inetd, and one per peer here");
            }
        }

        MapUser(line, file);
        MapRate(line, file, wait, waits);
        MapChildren(line, file, limits, waits);
        file.Remark(
            "Environment: inetd passes on most of its own, superd PATH and the client's address; for more write pass_env = [\"NAME\"]");
    }

    private void MapCommand(InetdLine line, ServiceFile file, List<string> arguments, bool waits)
    {
        string program = line.Words[5];
        string argv0 = line.Words.Length > Fields ? line.Words[Fields] : program;
        file.Set("exec", TomlValue.Of([program, .. arguments], oneAlone: true));
        if (line.Words.Length > Fields && argv0 != Path.GetFileName(program))
        {
            string? comment = null;
            if (Path.GetFileName(program) == "tcpd")
            {
                comment = "tcpd starts the program of this name, if hosts.allow and hosts.deny let the client in";
            }
            else if (InetdMistakes.IsNameForgotten(program, argv0))
            {
                comment = $"'{argv0}' is argument 0, the program's own name and no argument, there and here; if that name was forgotten "
                    + $"write exec = {TomlValue.Of([program, argv0, .. arguments])} and delete argv0";
                _report.Differs(line.Place, line.Words[0], comment);
            }

            file.Set("argv0", TomlValue.Of(argv0), comment);
        }

        if (!waits && OpenInterpreter.Find(program, argv0, arguments, line.Words[4]) is { } why)
        {
            _report.Differs(line.Place, line.Words[0], why);
            file.TurnOff(why);
        }
    }

    private void MapBuiltin(InetdLine line, ServiceFile file, string service, string[] wait)
    {
        if (!UsualKeys.Builtins.Contains(service))
        {
            _report.NotMapped(line.Place, line.Words[0], $"superd has no builtin '{service}'");
            file.TurnOff($"superd has no builtin '{service}'; write exec");
            return;
        }

        bool udp = line.Words[1] == "dgram";
        UsualKeys.SetBuiltin(file, service, udp);
        if (!udp)
        {
            MapRate(line, file, wait, waits: false);
        }
    }

    /// <summary>Maps user and group. Like superd by default, inetd gives the program the user's own groups.</summary>
    private void MapUser(InetdLine line, ServiceFile file)
    {
        string[] parts = line.Words[4].Split('/', 2);
        string[] names = parts[0].Contains(':') ? parts[0].Split(':') : parts[0].Split('.', 2);
        file.Set("user", TomlValue.Of(names[0]));
        if (names.Length > 1)
        {
            file.Set("group", TomlValue.Of(names[1]));
        }

        if (parts.Skip(1).Concat(names.Skip(2)).FirstOrDefault() is { } loginClass)
        {
            Lose(line, file, InetdField.LoginClass, $"login class {loginClass}");
        }
    }

    /// <summary>FreeBSD's limits behind the slashes of wait; 0 is none. Beyond the first of them its clients wait.</summary>
    /// <param name="line">The line.</param>
    /// <param name="file">The file.</param>
    /// <param name="limits">wait or nowait, and up to three numbers.</param>
    /// <param name="waits">Whether one program serves all clients.</param>
    private void MapChildren(InetdLine line, ServiceFile file, string[] limits, bool waits)
    {
        if (limits.Length > 4 || limits.Skip(1).Any(limit => !TryNumber(limit, out _)))
        {
            _report.Wrong(line.Place, line.Words[0], $"'{line.Words[3]}' has more than three numbers, or other words, behind its slashes");
            file.TurnOff($"'{line.Words[3]}' ({line.Place}) has more than three numbers, or other words, behind its slashes");
            return;
        }

        int[] numbers = [.. limits.Skip(1).Select(limit => TryNumber(limit, out int number) ? number : 0)];
        if (numbers.Length > 0 && waits)
        {
            _report.Differs(line.Place, line.Words[0], "the limits of wait are left out: one program serves all clients");
            return;
        }

        // A builtin answers each datagram at once: there are no children to count.
        bool hasChildren = file["builtin_udp"] is null;
        if (numbers is [> 0, ..] && hasChildren)
        {
            file.Set("instances", TomlValue.Of(numbers[0]));
            if (line.Words[1] == "stream")
            {
                file.Set("when_full", TomlValue.Of("queue"), $"{_dialect.Program} lets the clients beyond it wait");
            }
        }

        if (numbers is [_, > 0, ..])
        {
            file.Set("per_source_rate", TomlValue.Of($"{numbers[1]}/min"));
        }

        if (numbers is [_, _, > 0] && hasChildren)
        {
            file.Set("per_source", TomlValue.Of(numbers[2]));
        }

        if ((file["per_source_rate"] ?? file["per_source"]) is not null)
        {
            UsualKeys.SetSourcePrefix(file, "inetd");
        }
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private void MapRate(InetdLine line, ServiceFile file, string[] wait, bool waits)
    {
        bool written = wait.Length > 1;
        int most = _dialect.MostPerMinute;
        if (written && (!TryNumber(wait[1], out most) || most < 1))
        {
            _report.Wrong(line.Place, line.Words[0], $"'{line.Words[3]}' has no number after its dot");
            most = _dialect.MostPerMinute;
        }

        if (waits)
        {
            if (written)
            {
                _report.Differs(
                    line.Place,
                    line.Words[0],
                    $"'.{wait[1]}' left out: with wait one program serves many clients, and superd slows down one that keeps ending "
                    + "at once");
            }

            return;
        }

        string whose = written ? line.Words[3] : $"the default of {_dialect.Program}";
        file.Set(
            "rate",
            TomlValue.Of($"{most}/min"),
            $"{whose}: inetd then turns the service off for ten minutes or drops clients without a word, superd refuses only what is too "
            + "much; delete the line for no limit");
        if (written)
        {
            _report.Differs(
                line.Place,
                line.Words[0],
                $"'.{most}' is rate = \"{most}/min\": what is too much is refused, the service never turned off");
        }
    }
}
