using System.CommandLine;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Upgrading;

namespace SuperD.Cli;

/// <summary><c>superd run</c>, and <c>superd</c> without a command: the daemon.</summary>
internal static class RunCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "run";

    /// <summary>For an upgrade: a file that is being written is soon good again. Meanwhile clients wait in the kernel.</summary>
    private const int ConfigurationTries = 100;

    private static readonly TimeSpan s_configurationRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Adds the same options and action to <c>superd run</c> and to the root command, which stands for it.</summary>
    public static void AddTo(RootCommand root, Option<string?> file)
    {
        Command run = new(Name, "Run the daemon (what superd does without a command)");
        Option<bool> strict = new("--strict") { Description = "Do not start if any service file has an error" };
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
        if (ProcessLauncher.FindObstacle() is { } obstacle)
        {
            Console.Error.WriteLine($"superd: {obstacle}");
            return ExitCode.OsError;
        }

        // First of all, while low descriptors are free and superd has made no thread: take over the inherited state, and make the slots.
        LastVersion? last = LastVersion.TryTake(out string? unreadable);
        if (unreadable is not null)
        {
            Console.Error.WriteLine($"superd: cannot read what the previous version has handed over: {unreadable}; start superd again");
            return ExitCode.Software;
        }

        InheritedState inherited = InheritedState.Take(holdsSignals: last is not null);
        if (last is not null)
        {
            inherited = inherited with { SoftOpenFiles = last.Handover.SoftOpenFiles };
        }

        ProcessLauncher processes = ProcessLauncher.Create(ProcessLauncher.DefaultSlots);
        if (ConfigurationOption.Find(given) is not { } file)
        {
            return ExitCode.Config;
        }

        HostContext host = HostContext.Current() with { IsPassed = inherited.IsPassed };
        LoadResult load = ConfigurationLoader.LoadSteadily(file, host);
        for (int tries = 0; load.Server is null && last is not null && tries < ConfigurationTries; tries++)
        {
            // It was good a moment ago, when the running version asked; somebody is writing it.
            Thread.Sleep(s_configurationRetry);
            load = ConfigurationLoader.LoadSteadily(file, host);
        }

        if (load.Server is not { } definition || (strict && load.HasErrors && last is null))
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardError();
            writer.Write(load.Diagnostics);
            writer.WriteLine($"superd: not started: {Wording.Count(load.Count(Severity.Error), "error")} in the configuration {file}");
            return ExitCode.Config;
        }

        var rival = new RivalServer(file, definition);
        if (last is null && rival.IsThere())
        {
            Console.Error.WriteLine($"superd: not started: {rival.Explain(given)}");
            return ExitCode.Temporary;
        }

        var tap = new LogTap();
        var level = new LogLevelSwitch(definition.LogLevel);
        string? journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM");
        bool isTerminal = Terminal.ColoursWanted(Console.IsErrorRedirected);
        using LogOutput output = LogOutput.Create(
            level, definition.LogFormat, definition.LogTarget, journal, isTerminal, tap, TimeProvider.System);
        CrashReporter.Output = output;
        output.ReopenOnSignal();
        ILogger log = output.Log;
        if (last is null)
        {
            log.Start(VersionOption.Version, Environment.ProcessId, file);
        }

        foreach (Diagnostic problem in load.Diagnostics)
        {
            log.ConfigurationProblem(problem.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning, problem.ToString());
        }

        if (load.UnreadNote is { } note)
        {
            log.ConfigurationProblem(LogLevel.Information, note);
        }

        // .NET counts arguments from the program on; the kernel may count a runtime before it.
        var upgrade = new UpgradeOptions(Environment.GetCommandLineArgs().Length - 1, output.Flush, last);
        var server = new SuperServer(definition, inherited, processes, log, TimeProvider.System, tap, level, upgrade, rival.IsAt);
        if (!server.TryRun())
        {
            log.NotStarted(rival.Explain(given));
            log.Stop(ExitCode.Temporary);
            return ExitCode.Temporary;
        }

        log.Stop(ExitCode.Ok);
        return ExitCode.Ok;
    }
}
