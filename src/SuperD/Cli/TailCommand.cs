using System.CommandLine;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary><c>superd tail [SERVICE] [-n N] [-f]</c>: shows the last lines of the log, or follows it.</summary>
/// <remarks>superd keeps the last lines itself, so this works wherever the log goes.</remarks>
internal static class TailCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var service = new Argument<string?>("SERVICE") { Arity = ArgumentArity.ZeroOrOne, Description = "Only lines about this service" };
        var lines = new Option<long?>("--lines", "-n")
        {
            HelpName = "N",
            Description = $"Print the last N lines (superd keeps up to {LogHistory.MostLines})",
            CustomParser = WholeNumber.Parser("--lines", least: 0, LogHistory.MostLines),
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Print further lines as they come (the default without -n)" };
        Command command = options.Create("tail", "Print the log of a running superd as it comes, or its last lines", (parsed, console) =>
        {
            StandardStreams.CheckOutput();
            int? most = (int?)parsed.GetValue(lines);
            bool follows = parsed.GetValue(follow) || most is null;
            var request = new ControlRequest
            {
                Command = ControlCommands.Tail,
                Service = parsed.GetValue(service),
                Lines = most,
                Follow = most is null ? null : follows,
            };
            if (!console.TryAsk(request, out ControlReply reply))
            {
                return console.ExitCode;
            }

            bool colours = Terminal.ColoursWanted(Console.IsOutputRedirected);
            IEnumerable<string> texts = options.Json(parsed)
                ? console.FollowAsJson()
                : console.Follow().Select(line => ToText(line, colours));
            foreach (string text in follows ? texts : texts.Take(reply.Lines ?? 0))
            {
                Console.Out.WriteLine(text);
            }

            return ExitCode.Ok;
        }, findsRunning: true);
        command.Arguments.Add(service);
        command.Options.Add(lines);
        command.Options.Add(follow);
        return command;
    }

    /// <summary>The line in the text form of the log.</summary>
    internal static string ToText(FollowedLine line, bool colours)
    {
        if (line.Dropped is { } dropped)
        {
            return $"superd tail: {dropped} lines were lost here, because they came faster than they were read";
        }

        string text = $"{line.Time} {line.Level,-5} {line.Message}";
        string? colour = line.Level switch { "error" or "crit" => Terminal.Red, "warn" => Terminal.Yellow, _ => null };
        return colours && colour is not null ? colour + text + Terminal.Plain : text;
    }
}
