using System.CommandLine;
using System.Globalization;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd reload</c>: makes the running superd read its configuration again and apply it, all or nothing.</summary>
/// <remarks>
/// Problems go to stderr, in the form of a start, with exit code 78. What has changed, or would change with <c>--dry-run</c>, goes to
/// stdout.
/// </remarks>
internal static class ReloadCommand
{
    /// <summary>Enough for thousands of files on a slow disk, behind other reloads.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would change; change nothing" };
        var kill = new Option<bool>("--kill") { Description = "End the live connections of removed services (default: they finish)" };
        Command command = options.Create("reload", "Read the configuration again and apply all changes or none", (parsed, console) =>
        {
            var request = new ControlRequest
            {
                Command = ControlCommands.Reload,
                DryRun = parsed.GetValue(dryRun),
                Kill = parsed.GetValue(kill),
            };
            console.WaitFor(s_patience);
            Action<ControlReply> write = options.Json(parsed) ? ConsoleClient.Print : answer => Write(answer.Reload, parsed.GetValue(kill));
            if (!console.TryAsk(request, out ControlReply reply, write))
            {
                return console.ExitCode;
            }

            write(reply);
            if (reply.Upgrade is { } upgrade && !options.Json(parsed))
            {
                Console.Out.WriteLine($"superd has become version {upgrade.Version} meanwhile, and that has read the whole configuration");
            }

            return ExitCode.Ok;
        });
        command.Options.Add(dryRun);
        command.Options.Add(kill);
        return command;
    }

    /// <param name="reload">Null if superd did not even begin; its error says why.</param>
    private static void Write(ReloadState? reload, bool kill)
    {
        if (reload is null)
        {
            return;
        }

        using (DiagnosticWriter problems = DiagnosticWriter.ForStandardError())
        {
            foreach (ProblemState problem in reload.Problems)
            {
                problems.Write(problem.ToDiagnostic());
            }

            if (reload.Note is { } note)
            {
                problems.WriteLine(note);
            }

            int unlisted = reload.Errors + reload.Warnings - reload.Problems.Count;
            if (unlisted > 0)
            {
                problems.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"superd: and {unlisted:N0} more; 'superd check' lists the first {Problems.MostListed} of each file"));
            }
        }

        if (reload.Failure is not null)
        {
            return;
        }

        List(reload.Added, "added", reload.AddedServices);
        List(reload.Changed, "changed", reload.ChangedServices);
        string fate = kill ? "to be ended" : "to finish";
        List(
            reload.Removed,
            "removed",
            [
                .. reload.RemovedServices.Select(service =>
                    service.Live == 0 ? service.Name : $"{service.Name} ({Wording.Count(service.Live, "connection")} {fate})"),
            ]);
        foreach (string key in reload.NeedsRestart)
        {
            Console.Out.WriteLine($"unchanged: {key}; a change of it needs a restart");
        }

        string counts = $"{reload.Added} added, {reload.Changed} changed, {reload.Removed} removed, {reload.Kept} kept";
        Console.Out.WriteLine(reload.DryRun ? $"would be {counts}; nothing is changed" : counts);
    }

    private static void List(int number, string what, IReadOnlyList<string> names)
    {
        if (number > 0)
        {
            string others = number > names.Count ? $" and {number - names.Count} more" : string.Empty;
            Console.Out.WriteLine($"{what}: {string.Join(", ", names)}{others}");
        }
    }
}
