using System.CommandLine;
using System.Globalization;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd status [SERVICE]</c>: shows superd and its services, or one service in full.</summary>
internal static class StatusCommand
{
    // The words of ServiceState.State and ServiceState.Mode.
    private const string Open = "open", Broken = "broken", Waiting = "waiting", Failing = "failing", Disabled = "disabled";
    private const string Ending = "ending", Off = "off";

    // A longer name is cut in the table: that of a broken file may have hundreds of characters.
    private const int LongestAtTerminal = 30, LongestInPipe = 64;

    /// <summary>The states that the head line counts, besides disabled services.</summary>
    private static readonly string[] s_notes = [Broken, Waiting, Failing, "paused", "draining"];

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var service = new Argument<string?>("SERVICE") { Arity = ArgumentArity.ZeroOrOne, Description = "Show this service in full" };
        var ready = new Option<bool>("--ready")
        {
            Description = "Exit with 0 if new clients should come to superd, or to the service, and with 1 if not",
        };
        Command command = options.Create("status", "Show a running superd and its services", (parsed, console) =>
        {
            string? name = parsed.GetValue(service);
            if (parsed.GetValue(ready))
            {
                return Probe(console, name, options.Json(parsed));
            }

            if (!console.TryAskAll(new ControlRequest { Command = ControlCommands.Status, Service = name }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else if (name is null)
            {
                WriteAll(Console.Out, reply, Terminal.Width, Terminal.ColoursWanted(Console.IsOutputRedirected));
            }
            else
            {
                // a good reply has exactly this service
                WriteOne(Console.Out, reply.Services![0], Terminal.Width, Terminal.ColoursWanted(Console.IsOutputRedirected));
            }

            return ExitCode.Ok;
        }, findsRunning: true);
        command.Arguments.Add(service);
        command.Options.Add(ready);
        return command;
    }

    /// <summary>For probes: whether new clients should come, as exit code and sentence.</summary>
    private static int Probe(ConsoleClient console, string? name, bool json)
    {
        if (!console.TryAsk(new ControlRequest { Command = ControlCommands.Status, Service = name }, out ControlReply reply))
        {
            return console.ExitCode;
        }

        ServerState server = reply.Server!; // every status has one
        string? why = name is null ? server.NotReady : reply.Services![0].NotReady; // a good reply has exactly this service
        if (json)
        {
            ConsoleClient.Print(reply);
        }
        else
        {
            Console.Out.WriteLine($"{name ?? "superd"}: {(why is null ? "ready" : $"not ready: {why}")}");
        }

        return why is null ? ExitCode.Ok : ExitCode.No;
    }

    /// <summary>Writes superd's state and a table of the services.</summary>
    internal static void WriteAll(TextWriter output, ControlReply reply, int? width, bool colours)
    {
        ServerState server = reply.Server!; // every status has one
        output.WriteLine($"superd {server.Version}, pid {server.Pid}, {server.Phase}, up {Figures.Time(server.UptimeMs)}, {server.Config}");
        string connections = Wording.Count(server.Connections, "connection");
        string most = server.MaxHandlers is { } limit ? $" of {limit}" : "";
        output.WriteLine($"{Services(server)}, {connections}{most}{Others(server)}");
        if (server.NotReady is { } why)
        {
            output.WriteLine($"not ready: {why}");
        }

        if (server.LongestTurn is { } longest)
        {
            output.WriteLine($"longest turn {Number(longest.DurationMs)} ms, at {longest.Source}");
        }

        WriteFaults(output, server);
        output.WriteLine();
        TableOf(reply.Services!, width is null ? LongestInPipe : LongestAtTerminal).Write(output, width, colours); // every status has them
    }

    /// <summary>The table of services.</summary>
    /// <param name="longest">Longer names are cut.</param>
    internal static TextTable TableOf(IEnumerable<ServiceState> services, int longest = LongestAtTerminal)
    {
        var table = new TextTable(6, "SERVICE", "STATE", ">LIVE", ">ACCEPTED", ">REFUSED", ">FAILED", "ADDRESS");
        foreach (ServiceState service in services)
        {
            string state = Word(service);
            table.Add(
                state is Broken or Waiting or Failing ? Terminal.Red : state != Open ? Terminal.Yellow : null,
                Shorten(service.Name, longest),
                state,
                Figures.Of(service.Live, service.Instances),
                Number(service.Accepted),
                Number(Figures.Total(service.Refused.Values) - Figures.Total(service.FailedLaunches.Values)),
                Number(Figures.Total(service.FailedLaunches.Values)),
                Whereabouts(service));
        }

        return table;
    }

    /// <summary>Writes everything about one service.</summary>
    internal static void WriteOne(TextWriter output, ServiceState service, int? width, bool colours)
    {
        Line("service", service.Name + (service.Description is { } description ? $": {description}" : ""));
        Line("file", service.File);
        string state = Word(service);
        string since = service.TroubleMs is { } time ? $" for {Figures.Time(time)}" : "";
        Line("state", state + since + (service.Outdated == true ? "; it serves as its file was read before the last reload" : ""));
        foreach (ProblemState problem in service.Problems ?? [])
        {
            Line("problem", problem.ToDiagnostic().ToString());
        }

        int unlisted = (service.ProblemCount ?? 0) - (service.Problems?.Count ?? 0);
        if (unlisted > 0)
        {
            Line("", $"and {Number(unlisted)} more; 'superd check' lists them");
        }

        if (WhyOff(service) is { } reason)
        {
            Line("", reason);
        }

        if (service.Mode == Off)
        {
            return;
        }

        Line("listens at", string.Join(' ', service.Listeners.Select(listener =>
            listener.Address + (listener.Bound ? "" : state == Ending ? " (closed)" : " (not bound, is tried again)"))));
        string reserved = service.Reserved is { } slots ? $", the last {Number(slots)} reserved" : "";
        string queued = service.Queued > 0 ? $", {Number(service.Queued.Value)} queued" : "";
        Line("live", Figures.Of(service.Live, service.Instances) + reserved + queued);
        if (service.Held is { } held)
        {
            Line("held by", HeldText.Of(held));
        }

        Line("accepted", Number(service.Accepted));
        Line("refused", Counts(service.Refused));
        if (service.Checks > 0)
        {
            Line("health checks", Number(service.Checks));
        }

        Line("launches failed", Counts(service.FailedLaunches));
        Line("ended", Counts(service.Ended, none: "by itself"));
        Line("bytes", $"in {Number(service.BytesIn)}, out {Number(service.BytesOut)}");
        Line("orphans ended", Number(service.Orphans));
        Line("accept to exec", Mean(service.LaunchSeconds));
        Line("duration", Mean(service.DurationSeconds));
        if (service.LastEnds is { Count: > 0 } ends)
        {
            output.WriteLine();
            WriteEnds(output, ends, width, colours);
        }

        void Line(string name, string value) => output.WriteLine($"{name,-16} {value}");
    }

    /// <summary><c>2 services</c>; <c>3 of 5 services (1 broken, 1 waiting), 1 disabled</c>.</summary>
    private static string Services(ServerState server)
    {
        IReadOnlyDictionary<string, int> states = server.States ?? new Dictionary<string, int>();
        int broken = states.GetValueOrDefault(Broken), waiting = states.GetValueOrDefault(Waiting);
        long wanted = Figures.Total([.. states.Where(state => state.Key != Disabled).Select(state => (long)state.Value)]);
        long listening = wanted - broken - waiting;
        string services = wanted == listening
            ? Wording.Count(server.Services, "service")
            : $"{Number(listening)} of {Number(wanted)} service{(wanted == 1 ? "" : "s")}";
        string[] notes = [.. s_notes.Where(state => states.GetValueOrDefault(state) > 0).Select(state => $"{states[state]} {state}")];
        string disabled = states.TryGetValue(Disabled, out int off) ? $", {Number(off)} {Disabled}" : "";
        return services + (notes is [] ? "" : $" ({string.Join(", ", notes)})") + disabled;
    }

    /// <summary>Warns that a reload fails while a file has an error.</summary>
    private static void WriteFaults(TextWriter output, ServerState server)
    {
        if (server.Faults is not { } faults)
        {
            return;
        }

        int others = faults.FileCount - faults.Files.Count;
        string more = others > 0 ? $" and {Wording.Count(others, "more file")}" : "";
        string files = string.Join(", ", faults.Files.Select(Wording.Path)) + more;
        string have = faults.FileCount == 1 ? "has" : "have";
        output.WriteLine(faults.ReloadFailedMs is { } time
            ? $"warning: the reload {Figures.Time(time)} ago failed, and what is served is of the reading before: {files} {have} errors"
            : $"warning: a reload will fail while {files} {have} errors; 'superd check' lists them");
        if (faults.Problem is { } problem)
        {
            output.WriteLine(problem.ToDiagnostic().ToString());
        }
    }

    private static void WriteEnds(TextWriter output, IReadOnlyList<EndState> ends, int? width, bool colours)
    {
        var table = new TextTable(5, ">ENDED", ">TOOK", ">ID", "HOW", "PEER", "LAST LINE OF STDERR");
        foreach (EndState end in ends)
        {
            string? status = end.Signal is { } signal ? $"signal={signal}" : end.Exit is { } exit ? $"exit={exit}" : null;
            table.Add(
                end.Signal is not null || end.Exit is not (null or 0) || end.Reason is not null ? Terminal.Yellow : null,
                $"{Figures.Time(end.AgoMs)} ago",
                Figures.Time(end.DurationMs),
                Number(end.Id),
                string.Join(' ', ((string?[])[status, end.Reason]).OfType<string>().DefaultIfEmpty("-")),
                end.Peer ?? "-",
                end.Stderr ?? "");
        }

        table.Write(output, width, colours);
    }

    /// <summary>The state in one word, also from a superd that tells only the mode.</summary>
    private static string Word(ServiceState service) =>
        service.State ?? (service.Listeners.All(listener => listener.Bound) ? service.Mode : Waiting);

    /// <summary>
    /// The addresses of a service, and its first problem: with its place if it has one in the file, but without the file's directory, which
    /// would fill the line.
    /// </summary>
    private static string Whereabouts(ServiceState service)
    {
        string? problem = service.Problems is not [var first, ..] ? WhyOff(service)
            : first.ToDiagnostic() is { Span: var span } shown && span != SourceSpan.WholeFile
                ? $"{new Place(Path.GetFileName(shown.File), span)}: {shown.Message}"
                : first.Message;
        IEnumerable<string> addresses = service.Listeners
            .Select(listener => listener.Address)
            .Where(address => problem?.StartsWith(address, StringComparison.Ordinal) != true);
        return string.Join(' ', problem is null ? addresses : addresses.Append(problem));
    }

    private static string Shorten(string name, int longest) => name.Length <= longest ? name : name[..(longest - 1)] + '~';

    /// <summary>Why a service whose file is good is not served; null for any other.</summary>
    private static string? WhyOff(ServiceState service) => service switch
    {
        { Mode: Off, State: Waiting } => "it is served when a reload succeeds",
        { Mode: Off, State: Disabled } => "its file has enabled = false",
        _ => null,
    };

    private static string Others(ServerState server)
    {
        (int Count, string What)[] others =
        [
            (server.Launching, "launching"),
            (server.AwaitingHeader, "awaiting a PROXY header"),
            (server.Queued, "queued"),
            (server.Closing, "closing"),
        ];
        return string.Concat(others.Where(other => other.Count > 0).Select(other => $", {other.Count} {other.What}"));
    }

    /// <param name="none">What the reason <c>none</c> means.</param>
    private static string Counts(IReadOnlyDictionary<string, long> counts, string none = "none") =>
        counts.Count == 0
            ? "0"
            : string.Join(' ', counts.Keys.OrderByDescending(key => counts[key])
                .Select(key => $"{(key == "none" ? none : key)}={counts[key]}"));

    private static string Mean(HistogramState histogram)
    {
        long count = Figures.Total(histogram.Counts);
        return count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"mean {histogram.Sum / count * 1000:0.##} ms of {count}");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
