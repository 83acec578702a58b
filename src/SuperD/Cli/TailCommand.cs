using System.CommandLine;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd tail [SERVICE]</c>: follows the log.</summary>
internal static class TailCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var service = new Argument<string?>("SERVICE") { Arity = ArgumentArity.ZeroOrOne, Description = "Only lines about this service" };
        Command command = options.Create("tail", "Follow the log of a running superd", (parsed, console) =>
        {
            if (!console.TryAsk(new ControlRequest { Command = ControlCommands.Tail, Service = parsed.GetValue(service) }, out _))
            {
                return console.ExitCode;
            }

            if (options.Json(parsed))
            {
                foreach (string line in console.FollowAsJson())
                {
                    Console.Out.WriteLine(line);
                }

                return ExitCode.Ok;
            }

            bool colours = Terminal.ColoursWanted(Console.IsOutputRedirected);
            foreach (FollowedLine line in console.Follow())
            {
                Console.Out.WriteLine(ToText(line, colours));
            }

            return ExitCode.Ok;
        });
        command.Arguments.Add(service);
        return command;
    }

    /// <summary>The line in the text form of the log.</summary>
    private static string ToText(FollowedLine line, bool colours)
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
