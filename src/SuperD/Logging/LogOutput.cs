using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>Where log lines go: standard error, by way of the console logger and its writer thread; or another target, by way of its own.</summary>
internal sealed class LogOutput : IDisposable
{
    // A reader that stalls (a stuck terminal, a full pipe) must not stall the loop: beyond this, lines are dropped and counted.
    private const int MaxQueuedLines = 16 * 1024;

    private readonly ILoggerFactory _factory;
    private readonly ILoggerProvider _provider;

    private LogOutput(ILoggerProvider provider, LogWriter? writer, string target, LogLevelSwitch level, LogTap tap)
    {
        _factory = new LoggerFactory([], level);

        // Not by the constructor: the factory disposes only what was added to it, and superd's last lines would stay in the queue.
        _factory.AddProvider(provider);
        _factory.AddProvider(tap);
        Log = _factory.CreateLogger(nameof(SuperD));
        _provider = provider;
        Writer = writer;
        Target = target;
    }

    public ILogger Log { get; }

    private LogWriter? Writer { get; }

    private string Target { get; }

    /// <summary>Opens the output; disposing it writes out what is queued.</summary>
    /// <param name="journalStream">The variable JOURNAL_STREAM: which open file is the journal's, when standard error may be.</param>
    /// <param name="tap">Gets each line too.</param>
    public static LogOutput Create(LogLevelSwitch level, LogFormat format, LogTarget target, string? journalStream, LogTap tap, TimeProvider time)
    {
        var formatter = new LineFormatter(format, time);
        bool isJournal = journalStream is not null && DescriptorIdentity.Of(2) == journalStream;
        ILogTarget? own = target.Kind switch
        {
            LogTargetKind.Journal => new JournalTarget(JournalTarget.UsualPath),
            LogTargetKind.Auto when isJournal => new JournalTarget(JournalTarget.UsualPath),
            LogTargetKind.Syslog => new SyslogTarget(SyslogTarget.UsualPath, format, formatter, time),
            LogTargetKind.File => new FileTarget(target.File!, formatter), // of this kind it has one
            _ => null,
        };
        if (own is null)
        {
            return new LogOutput(new RenewableProvider(() => ConsoleProvider(formatter)), writer: null, "stderr", level, tap);
        }

        var writer = new LogWriter(own, Console.Error);
        return new LogOutput(new TargetLoggerProvider(own, writer), writer, own.Name, level, tap);
    }

    /// <summary>From now on SIGUSR1 has the target opened again, as log rotation asks for; what is logged from then on is in the new file.</summary>
    /// <remarks>It only sets a flag for the writer thread, so it need not go over the loop. Disposing takes it back.</remarks>
    public IDisposable ReopenOnSignal() => PosixSignalRegistration.Create((PosixSignal)Signal.SIGUSR1, context =>
    {
        context.Cancel = true;
        Writer?.Reopen();
        Log.LogReopened(Target);
    });

    /// <summary>Waits until all that was logged is written; a target that is stuck is not waited for longer than two seconds.</summary>
    public void Flush()
    {
        Writer?.Flush();
        (_provider as RenewableProvider)?.Flush();
    }

    public void Dispose() => _factory.Dispose();

    private static ConsoleLoggerProvider ConsoleProvider(LineFormatter formatter)
    {
        var console = new ConsoleLoggerOptions
        {
            FormatterName = LineFormatter.FormatterName,
            LogToStandardErrorThreshold = LogLevel.Trace,
            MaxQueueLength = MaxQueuedLines,
            QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite,
        };
        return new ConsoleLoggerProvider(new FixedOptions(console), [formatter]);
    }

    /// <summary>Options that never change: what the console provider wants instead of plain ones.</summary>
    private sealed class FixedOptions(ConsoleLoggerOptions value) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => value;

        public ConsoleLoggerOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
