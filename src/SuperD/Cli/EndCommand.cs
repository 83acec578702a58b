using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>
/// <c>superd end ID...</c>, <c>--from CIDR</c> or <c>--service SERVICE</c>: sends TERM to all processes of connections, and KILL after
/// <c>stop_grace</c>.
/// </summary>
internal static class EndCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var ids = new Argument<long[]>("ID")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "The numbers of connections in 'superd ps' and the log",
            CustomParser = WholeNumber.ListParser("ID", least: 1),
        };
        var from = new Option<string?>("--from") { HelpName = "CIDR", Description = "All connections from an address or a range" };
        var service = new Option<string?>("--service") { HelpName = "SERVICE", Description = "All connections of a service" };
        Command command = options.Create("end", "End live connections, with all their processes", (parsed, console) => Run(
            console,
            [.. (parsed.GetValue(ids) ?? []).Distinct()],
            new ControlRequest
            {
                Command = ControlCommands.End,
                From = parsed.GetValue(from),
                Service = parsed.GetValue(service),
            },
            options.Json(parsed)));
        command.Arguments.Add(ids);
        command.Options.Add(from);
        command.Options.Add(service);
        command.Validators.Add(result =>
        {
            // An option without its value is a mistake of its own.
            if (result.GetResult(from) is null && result.GetResult(service) is null && result.GetResult(ids) is not { Tokens.Count: > 0 })
            {
                result.AddError("which connections? Give ID, --from CIDR or --service SERVICE");
            }
        });
        return command;
    }

    /// <summary>One request for each id, so that an id which is not there keeps no other from ending.</summary>
    private static int Run(ConsoleClient console, long[] ids, ControlRequest request, bool json)
    {
        IEnumerable<ControlRequest> requests = ids.Length == 0 ? [request] : ids.Select(id => request with { Id = id });
        int exitCode = ExitCode.Ok, ended = 0;
        bool isAnswered = false;
        foreach (ControlRequest one in requests)
        {
            if (console.TryAskAll(one, out ControlReply reply))
            {
                isAnswered = true;
                ended += reply.Ended ?? 0;
            }
            else
            {
                exitCode = console.ExitCode;
            }
        }

        if (isAnswered && json)
        {
            ConsoleClient.Print(new ControlReply { Ended = ended });
        }
        else if (isAnswered)
        {
            Console.Out.WriteLine($"{Wording.Count(ended, "connection")} ended");
        }

        return exitCode;
    }
}
