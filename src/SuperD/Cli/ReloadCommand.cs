using System.CommandLine;
using System.Globalization;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd reload</c>: has the running superd read its configuration again; all of it is applied, or, when anything is wrong, nothing.</summary>
/// <remarks>What is wrong goes to stderr, as a start says it, with exit code 78; what is done, or with <c>--dry-run</c> would be, to stdout.</remarks>
internal static class ReloadCommand
{
    /// <summary>Thousands of files on a slow disk, behind other reloads that wait for the same.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public static Command Build(ConsoleOptions options)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would happen, and change nothing" };
        var kill = new Option<bool>("--kill") { Description = "End the live connections of removed services (default: they finish)" };
        Command command = options.Create("reload", "Read the configuration again and apply what is different, all or nothing", (parsed, console) =>
        {
            var request = new ControlRequest { Command = ControlCommands.Reload, DryRun = parsed.GetValue(dryRun), Kill = parsed.GetValue(kill) };
            console.WaitFor(s_patience);
            Action<ControlReply> write = options.Json(parsed) ? ConsoleClient.Print : answer => Write(answer.Reload, parsed.GetValue(kill));
            if (!console.TryAsk(request, out ControlReply reply, write))
            {
                return console.ExitCode;
            }

            write(reply);
            if (reply.Upgrade is { } upgrade && !options.Json(parsed))
            {
                Console.Out.WriteLine($"superd has become version {upgrade.Version} meanwhile, which has read all of the configuration");
            }

            return ExitCode.Ok;
        });
        command.Options.Add(dryRun);
        command.Options.Add(kill);
        return command;
    }

    /// <param name="reload">Null when superd did not even begin: it says why itself.</param>
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
                problems.Write(ToDiagnostic(problem));
            }

            int unlisted = reload.Errors + reload.Warnings - reload.Problems.Count;
            if (unlisted > 0)
            {
                problems.WriteLine(string.Create(CultureInfo.InvariantCulture, $"superd: and {unlisted:N0} more; 'superd check' lists the first {Problems.MostListed} of each file"));
            }
        }

        if (reload.Failure is not null)
        {
            return;
        }

        List(reload.Added, "added", reload.AddedServices);
        List(reload.Changed, "changed", reload.ChangedServices);
        string fate = kill ? "to be ended" : "to finish";
        List(reload.Removed, "removed", [.. reload.RemovedServices.Select(service => service.Live == 0 ? service.Name : $"{service.Name} ({Wording.Count(service.Live, "connection")} {fate})")]);
        foreach (string key in reload.NeedsRestart)
        {
            Console.Out.WriteLine($"as it was: {key}, whose change needs a restart");
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

    private static Diagnostic ToDiagnostic(ProblemState problem)
    {
        SourceSpan span = problem is { Line: { } line, Column: { } column } ? new SourceSpan(line, column, problem.Length ?? 0) : SourceSpan.WholeFile;
        return new Diagnostic(problem.Severity == "error" ? Severity.Error : Severity.Warning, problem.File, span, problem.Message);
    }
}
