using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>Builds <c>superd pause</c>, <c>resume</c> and <c>drain</c>, which change the mode of one service and print it.</summary>
internal static class SteerCommand
{
    /// <summary>Builds a command.</summary>
    /// <param name="name">The command's name, here and on the console.</param>
    /// <param name="then">Runs when superd has changed the mode; null = nothing.</param>
    public static Command Build(
        ConsoleOptions options,
        string name,
        string description,
        Func<ParseResult, ConsoleClient, ServiceState, int>? then = null)
    {
        var service = new Argument<string>("SERVICE") { Description = "The service" };
        Command command = options.Create(name, description, (parsed, console) =>
        {
            if (!console.TryAsk(new ControlRequest { Command = name, Service = parsed.GetRequiredValue(service) }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            ServiceState state = reply.Services![0]; // a good reply has exactly this service
            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                Console.Out.WriteLine($"{state.Name}: {state.Mode}, {Wording.Count(state.Live, "connection")} live");
            }

            return then?.Invoke(parsed, console, state) ?? ExitCode.Ok;
        });
        command.Arguments.Add(service);
        return command;
    }
}
