using System.CommandLine;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd ps [SERVICE]</c>: lists the live connections.</summary>
internal static class PsCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var service = new Argument<string?>("SERVICE")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Only connections of this service",
        };
        var from = new Option<string?>("--from") { HelpName = "CIDR", Description = "Only connections from these addresses" };
        Command command = options.Create("ps", "List the live connections of a running superd", (parsed, console) =>
        {
            var request = new ControlRequest
            {
                Command = ControlCommands.Connections,
                Service = parsed.GetValue(service),
                From = parsed.GetValue(from),
            };
            if (!console.TryAskAll(request, out ControlReply reply))
            {
                return console.ExitCode;
            }

            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                ConnectionTable.Create(reply.Connections!) // a good reply has them
                    .Write(Console.Out, Terminal.Width, Terminal.ColoursWanted(Console.IsOutputRedirected));
            }

            return ExitCode.Ok;
        }, findsRunning: true);
        command.Arguments.Add(service);
        command.Options.Add(from);
        return command;
    }
}
