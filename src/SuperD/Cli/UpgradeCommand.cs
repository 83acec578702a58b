using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>
/// <c>superd upgrade</c>: replaces the running superd with the installed version; clients, handlers and listeners notice nothing.
/// </summary>
internal static class UpgradeCommand
{
    /// <summary>The check of the new version may take ten seconds, work under way five, and the start an unknown time.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options) =>
        options.Create(ControlCommands.Upgrade, "Switch superd to the installed version without losing a connection", (parsed, console) =>
        {
            console.WaitFor(s_patience);
            if (!console.TryAsk(new ControlRequest { Command = ControlCommands.Upgrade }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else if (reply.Upgrade is { } done)
            {
                Console.Out.WriteLine(
                    $"superd {done.Version} serves now (before: {done.LastVersion}), pid {done.Pid}: "
                    + $"{Wording.Count(done.Listeners, "listener")} and {Wording.Count(done.Connections, "connection")} went on; "
                    + $"new clients waited {done.PauseMs} ms");
            }

            return ExitCode.Ok;
        });
}
