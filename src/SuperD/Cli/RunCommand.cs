using System.CommandLine;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Upgrading;

namespace SuperD.Cli;

/// <summary><c>superd run</c>, and <c>superd</c> alone: the daemon itself.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    /// <summary>After an upgrade: a file that is being written is good again soon. The clients of this time wait in the kernel.</summary>
    private const int ConfigurationTries = 100;

    private static readonly TimeSpan s_configurationRetry = TimeSpan.FromMilliseconds(100);

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
        if (ProcessLauncher.FindObstacle() is { } obstacle)
        {
            Console.Error.WriteLine($"superd: {obstacle}");
            return ExitCode.OsError;
        }

        // First of all, while low descriptors are free and no thread was made by us: what superd was started with, and the slots.
        LastVersion? last = LastVersion.TryTake(out string? unreadable);
        if (unreadable is not null)
        {
            Console.Error.WriteLine($"superd: what the version before this one has left cannot be read: {unreadable}; start superd again");
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
            // It was good a moment ago, when this version was asked; somebody is writing it.
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

        var tap = new LogTap(TimeProvider.System);
        var level = new LogLevelSwitch(definition.LogLevel);
        string? journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM");
        using LogOutput output = LogOutput.Create(level, definition.LogFormat, definition.LogTarget, journal, tap, TimeProvider.System);
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

        // The arguments .NET knows begin with the program; the kernel's may have a runtime before that.
        var upgrade = new UpgradeOptions(Environment.GetCommandLineArgs().Length - 1, output.Flush, last);
        new SuperServer(definition, inherited, processes, log, TimeProvider.System, tap, level, upgrade).Run();
        log.Stop(ExitCode.Ok);
        return ExitCode.Ok;
    }
}
