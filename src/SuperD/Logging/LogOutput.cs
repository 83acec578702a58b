using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Logging;

/// <summary>Where log lines go: a target, by way of its writer thread.</summary>
internal sealed class LogOutput : IDisposable
{
    private readonly ILoggerFactory _factory;
    private readonly LogWriter _writer;
    private readonly string _target;

    private LogOutput(ILogTarget target, LogLevelSwitch level, LogTap tap)
    {
        _target = target.Name;
        _writer = new LogWriter(target, Console.Error);
        _factory = new LoggerFactory([], level);

        // Not by the constructor: the factory disposes only what was added to it, and superd's last lines would wait for ever.
        _factory.AddProvider(new TargetLoggerProvider(_writer));
        _factory.AddProvider(tap);
        Log = _factory.CreateLogger(nameof(SuperD));
    }

    public ILogger Log { get; }

    /// <summary>Opens the output; disposing it writes out what waits.</summary>
    /// <param name="journalStream">The variable JOURNAL_STREAM: which open file is the journal's, when standard error may be.</param>
    /// <param name="tap">Gets each line too.</param>
    public static LogOutput Create(LogLevelSwitch level, LogFormat format, LogTarget target, string? journalStream, LogTap tap, TimeProvider time)
    {
        var formatter = new LineFormatter(format, time);
        bool isJournal = journalStream is not null && DescriptorIdentity.Of(2) == journalStream;
        ILogTarget opened = target.Kind switch
        {
            LogTargetKind.Journal => new JournalTarget(JournalTarget.UsualPath),
            LogTargetKind.Auto when isJournal => new JournalTarget(JournalTarget.UsualPath),
            LogTargetKind.Syslog => new SyslogTarget(SyslogTarget.UsualPath, format, time),
            LogTargetKind.File => new FileTarget(target.File!, formatter), // of this kind it has one
            _ => new StandardErrorTarget(formatter),
        };
        return new LogOutput(opened, level, tap);
    }

    /// <summary>From now on SIGUSR1 has the target opened again, as log rotation asks for; what is logged from then on is in the new file.</summary>
    /// <remarks>It only sets a flag for the writer thread, so it need not go over the loop; when that thread has ended, nothing happens.</remarks>
    public void ReopenOnSignal() => Signals.On((PosixSignal)Signal.SIGUSR1, () =>
    {
        _writer.Reopen();
        Log.LogReopened(_target);
    });

    /// <summary>Waits until all that was logged is written; for a target that is stuck, no longer than this.</summary>
    public void Flush(TimeSpan longest) => _ = _writer.Flush(longest);

    /// <summary>Has one more line written, after all that was logged before it, and nothing after it.</summary>
    /// <returns>Whether it is written: not if the target is stuck, or the writer's thread is the one that asks.</returns>
    public bool WriteLast(Action<ILogger> write) => _writer.AddLast(() => write(Log));

    public void Dispose() => _factory.Dispose();
}
