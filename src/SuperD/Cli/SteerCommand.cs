using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>
/// Builds <c>superd pause</c>, <c>resume</c> and <c>drain</c>, which change the mode of one service, or of all of superd, and print it.
/// </summary>
internal static class SteerCommand
{
    /// <summary>Builds a command.</summary>
    /// <param name="name">The command's name, here and on the console.</param>
    /// <param name="mayBeAll">Whether it is about all services when none is named.</param>
    /// <param name="complete">Adds to the request what the command's own options say; null = nothing.</param>
    /// <param name="then">Runs when superd has changed the mode; null = nothing.</param>
    public static Command Build(
        ConsoleOptions options,
        string name,
        string description,
        bool mayBeAll = false,
        Func<ParseResult, ControlRequest, ControlRequest>? complete = null,
        Func<ParseResult, ConsoleClient, int>? then = null)
    {
        var service = new Argument<string?>("SERVICE")
        {
            Description = mayBeAll ? "The service; without it, all of superd" : "The service",
            Arity = mayBeAll ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
        var all = new Option<bool>("--all") { Description = "All services, as without SERVICE" };
        Command command = options.Create(name, description, (parsed, console) =>
        {
            var request = new ControlRequest { Command = name, Service = parsed.GetValue(service) };
            if (!console.TryAsk(complete?.Invoke(parsed, request) ?? request, out ControlReply reply))
            {
                return console.ExitCode;
            }

            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                // a good reply has what it is about
                Console.Out.WriteLine(request.Service is null ? OfServer(reply.Server!) : OfService(reply.Services![0]));
            }

            return then?.Invoke(parsed, console) ?? ExitCode.Ok;
        });
        command.Arguments.Add(service);
        if (mayBeAll)
        {
            command.Options.Add(all);
            command.Validators.Add(result =>
            {
                if (result.GetResult(all) is not null && result.GetResult(service) is { Tokens: [var named, ..] })
                {
                    result.AddError($"--all and {Wording.Quote(named.Value)} contradict each other; write one of them");
                }
            });
        }

        return command;
    }

    private static string OfService(ServiceState state) => $"{state.Name}: {state.Mode}, {Wording.Count(state.Live, "connection")} live";

    private static string OfServer(ServerState server) =>
        $"superd: {server.NotReady ?? "open"}, {Wording.Count(server.Connections, "connection")} live";
}
