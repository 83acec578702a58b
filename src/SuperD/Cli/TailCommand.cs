using System.CommandLine;
using System.Text.Json;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd tail [SERVICE]</c>: follows the log from now on.</summary>
internal static class TailCommand
{
    public static Command Build(ConsoleOptions options)
    {
        var service = new Argument<string?>("SERVICE") { Arity = ArgumentArity.ZeroOrOne, Description = "Only what is about it" };
        Command command = options.Create("tail", "Follow the log of a running superd", (parsed, console) =>
        {
            if (!console.TryAsk(new ControlRequest { Command = ControlCommands.Tail, Service = parsed.GetValue(service) }, out _))
            {
                return console.ExitCode;
            }

            bool json = options.Json(parsed);
            bool colours = Terminal.ColoursWanted(Console.IsOutputRedirected);
            foreach (string line in console.Lines())
            {
                Console.Out.WriteLine(json ? line : ToText(line, colours));
            }

            return ExitCode.Ok;
        });
        command.Arguments.Add(service);
        return command;
    }

    /// <summary>The line as the log has it in text form.</summary>
    internal static string ToText(string line, bool colours)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        if (root.TryGetProperty("dropped", out JsonElement dropped))
        {
            return $"superd tail: {dropped} lines were lost here, because they came faster than they were read";
        }

        string level = root.GetProperty("level").GetString() ?? "";
        string text = $"{root.GetProperty("time").GetString()} {level,-5} {root.GetProperty("message").GetString()}";
        string? colour = level switch { "error" or "crit" => Terminal.Red, "warn" => Terminal.Yellow, _ => null };
        return colours && colour is not null ? colour + text + Terminal.Plain : text;
    }
}
