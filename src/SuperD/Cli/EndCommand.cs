using System.CommandLine;
using System.CommandLine.Parsing;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>
/// <c>superd end ID</c>, <c>--from CIDR</c> or <c>--service NAME</c>: sends TERM to all processes of connections, and KILL after
/// <c>stop_grace</c>.
/// </summary>
internal static class EndCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var id = new Argument<long?>("ID")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The connection's number in 'superd ps' and the log",
            CustomParser = WholeNumber.Parser("ID", least: 1),
        };
        var from = new Option<string?>("--from") { HelpName = "CIDR", Description = "All connections from an address or a range" };
        var service = new Option<string?>("--service") { HelpName = "NAME", Description = "All connections of a service" };
        Command command = options.Create("end", "End live connections, with all their processes", (parsed, console) =>
        {
            var request = new ControlRequest
            {
                Command = ControlCommands.End,
                Id = parsed.GetValue(id),
                From = parsed.GetValue(from),
                Service = parsed.GetValue(service),
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
                Console.Out.WriteLine($"{Wording.Count(reply.Ended ?? 0, "connection")} ended");
            }

            return ExitCode.Ok;
        });
        command.Arguments.Add(id);
        command.Options.Add(from);
        command.Options.Add(service);
        command.Validators.Add(result =>
        {
            if (!IsWritten(result.GetResult(id)) && !IsWritten(result.GetResult(from)) && !IsWritten(result.GetResult(service)))
            {
                result.AddError("which connections? Give ID, --from CIDR or --service NAME");
            }
        });
        return command;
    }

    /// <summary>Whether the user gave a value, valid or not; an invalid one must not be read.</summary>
    private static bool IsWritten(SymbolResult? result) => result?.Tokens.Count > 0;
}
