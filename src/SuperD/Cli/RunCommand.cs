using System.CommandLine;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary><c>superd run</c>, and <c>superd</c> alone: the daemon itself.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    /// <summary>The same options and action for <c>superd run</c> and for the root command that stands for it.</summary>
    public static void AddTo(RootCommand root, Option<string?> file)
    {
        Command run = new(Name, "Run the daemon (what superd does without a command)");
        Option<bool> strict = new("--strict") { Description = "Do not start when any service file has an error" };
        foreach (Command command in (Command[])[root, run])
        {
            command.Options.Add(file);
            command.Options.Add(strict);
            command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(strict)));
        }

        root.Subcommands.Add(run);
    }

    private static int Run(string? given, bool strict)
    {
        // First of all, while low descriptors are free and no thread was made by us: what superd was started with, and the slots.
        InheritedState inherited = InheritedState.TakeOver();
        if (ProcessLauncher.FindObstacle() is { } obstacle)
        {
            Console.Error.WriteLine($"superd: {obstacle}");
            return ExitCode.OsError;
        }

        ProcessLauncher[] launchers = ProcessLauncher.Create(LauncherPool.DefaultSize);
        if (ConfigurationOption.Find(given) is not { } file)
        {
            return ExitCode.Config;
        }

        HostContext host = HostContext.Current() with { IsPassed = inherited.IsPassed };
        LoadResult load = ConfigurationLoader.LoadSteadily(file, host);
        if (load.Server is not { } definition || (strict && load.HasErrors))
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardError();
            writer.Write(load.Diagnostics);
            writer.WriteLine($"superd: not started: {Wording.Count(load.Count(Severity.Error), "error")} in the configuration {file}");
            return ExitCode.Config;
        }

        var tap = new LogTap(TimeProvider.System);
        var level = new LogLevelSwitch(definition.LogLevel);
        string? journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM");
        using LogOutput output = LogOutput.Create(level, definition.LogFormat, definition.LogTarget, journal, tap, TimeProvider.System);
        using IDisposable reopening = output.ReopenOnSignal();
        ILogger log = output.Log;
        log.Start(VersionOption.Version, Environment.ProcessId, file);
        foreach (Diagnostic problem in load.Diagnostics)
        {
            log.ConfigurationProblem(problem.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning, problem.ToString());
        }

        return Serve(new SuperServer(definition, inherited, launchers, log, TimeProvider.System, tap, level), log);
    }

    private static int Serve(SuperServer server, ILogger log)
    {
        try
        {
            server.Run();
        }
        catch (Exception unplanned)
        {
            log.Crash(unplanned);
            return ExitCode.Software;
        }

        log.Stop(ExitCode.Ok);
        return ExitCode.Ok;
    }
}
