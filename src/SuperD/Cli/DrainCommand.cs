using System.CommandLine;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd drain SERVICE</c>: refuses new clients, and lets live connections finish.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var wait = new Option<bool>("--wait") { Description = "Return when the last live connection has ended" };
        Command command = SteerCommand.Build(
            options,
            ControlCommands.Drain,
            "Refuse new clients of a service until 'superd resume'; live connections finish",
            (parsed, console, state) => parsed.GetValue(wait) ? Wait(console, state) : ExitCode.Ok);
        command.Options.Add(wait);
        return command;
    }

    private static int Wait(ConsoleClient console, ServiceState state)
    {
        while (state.Live > 0)
        {
            Thread.Sleep(s_interval);
            if (!console.TryAsk(new ControlRequest { Command = ControlCommands.Status, Service = state.Name }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            state = reply.Services![0]; // a good reply has exactly this service
        }

        return ExitCode.Ok;
    }
}
