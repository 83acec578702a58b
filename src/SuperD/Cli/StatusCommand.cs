using System.CommandLine;
using System.Globalization;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd status [SERVICE]</c>: shows superd and its services, or one service in full.</summary>
internal static class StatusCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var service = new Argument<string?>("SERVICE") { Arity = ArgumentArity.ZeroOrOne, Description = "Show this service in full" };
        Command command = options.Create("status", "Show a running superd and its services", (parsed, console) =>
        {
            string? name = parsed.GetValue(service);
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
                WriteOne(Console.Out, reply.Services![0]); // a good reply has exactly this service
            }

            return ExitCode.Ok;
        }, findsRunning: true);
        command.Arguments.Add(service);
        return command;
    }

    /// <summary>Writes superd's state and a table of the services.</summary>
    internal static void WriteAll(TextWriter output, ControlReply reply, int? width, bool colours)
    {
        ServerState server = reply.Server!; // every status has one
        output.WriteLine($"superd {server.Version}, pid {server.Pid}, {server.Phase}, up {Figures.Time(server.UptimeMs)}, {server.Config}");
        string services = Wording.Count(server.Services, "service");
        string connections = Wording.Count(server.Connections, "connection");
        string most = server.MaxHandlers is { } limit ? $" of {limit}" : "";
        output.WriteLine($"{services}, {connections}{most}{Others(server)}");
        if (server.LongestTurn is { } longest)
        {
            output.WriteLine($"longest turn {Number(longest.DurationMs)} ms, at {longest.Source}");
        }

        output.WriteLine();
        var table = new TextTable(6, "SERVICE", "MODE", ">LIVE", ">ACCEPTED", ">REFUSED", ">FAILED", "ADDRESS");
        foreach (ServiceState service in reply.Services!) // every status has them
        {
            bool isBound = service.Listeners.All(listener => listener.Bound);
            table.Add(
                !isBound ? Terminal.Red : service.Mode != "open" ? Terminal.Yellow : null,
                service.Name,
                isBound ? service.Mode : "unbound",
                Figures.Of(service.Live, service.Instances),
                Number(service.Accepted),
                Number(Figures.Total(service.Refused.Values) - Figures.Total(service.FailedLaunches.Values)),
                Number(Figures.Total(service.FailedLaunches.Values)),
                string.Join(' ', service.Listeners.Select(listener => listener.Address)));
        }

        table.Write(output, width, colours);
    }

    /// <summary>Writes everything about one service.</summary>
    internal static void WriteOne(TextWriter output, ServiceState service)
    {
        Line("service", service.Name + (service.Description is { } description ? $": {description}" : ""));
        Line("file", service.File);
        Line("mode", service.Mode);
        Line("listens at", string.Join(' ', service.Listeners.Select(listener =>
            listener.Address + (listener.Bound ? "" : " (not bound, is tried again)"))));
        Line("live", Figures.Of(service.Live, service.Instances));
        Line("accepted", Number(service.Accepted));
        Line("refused", Counts(service.Refused));
        Line("launches failed", Counts(service.FailedLaunches));
        Line("ended", Counts(service.Ended));
        Line("bytes", $"in {Number(service.BytesIn)}, out {Number(service.BytesOut)}");
        Line("orphans ended", Number(service.Orphans));
        Line("accept to exec", Mean(service.LaunchSeconds));
        Line("duration", Mean(service.DurationSeconds));

        void Line(string name, string value) => output.WriteLine($"{name,-16} {value}");
    }

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

    private static string Counts(IReadOnlyDictionary<string, long> counts) =>
        counts.Count == 0
            ? "0"
            : string.Join(' ', counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key}={count.Value}"));

    private static string Mean(HistogramState histogram)
    {
        long count = Figures.Total(histogram.Counts);
        return count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"mean {histogram.Sum / count * 1000:0.##} ms of {count}");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
