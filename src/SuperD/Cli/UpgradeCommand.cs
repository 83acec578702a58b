using System.CommandLine;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd upgrade</c>: the running superd becomes the version that is installed now. No client, no handler and no listener notices.</summary>
internal static class UpgradeCommand
{
    /// <summary>The check of the new version may take ten seconds, what is under way five, and its start as long as it takes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    public static Command Build(ConsoleOptions options) =>
        options.Create(ControlCommands.Upgrade, "Have superd become the version that is installed now, and lose nothing", (parsed, console) =>
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
                    $"superd {done.Version} serves now (before: {done.LastVersion}), pid {done.Pid}: {Wording.Count(done.Listeners, "listener")} and "
                    + $"{Wording.Count(done.Connections, "connection")} went on; new clients waited {done.PauseMs} ms");
            }

            return ExitCode.Ok;
        });
}
