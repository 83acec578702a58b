using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Logging;

/// <summary>The destination of log lines: a target, through its writer thread.</summary>
internal sealed class LogOutput : IDisposable
{
    private readonly LogWriter _writer;
    private readonly string _target;

    private LogOutput(ILogTarget target, LogLevelSwitch level, LogTap tap, TimeProvider time)
    {
        _target = target.Name;
        _writer = new LogWriter(target, Console.Error);
        Log = new TargetLogger(_writer, level, tap, time);
    }

    /// <summary>The logger that writes to it.</summary>
    public ILogger Log { get; }

    /// <summary>Opens the output; disposing it writes all pending lines.</summary>
    /// <param name="journalStream">The variable JOURNAL_STREAM, which tells whether standard error is the journal's.</param>
    /// <param name="isTerminal">Whether standard error is a terminal that takes colours.</param>
    /// <param name="tap">Receives each line too.</param>
    public static LogOutput Create(
        LogLevelSwitch level, LogFormat format, LogTarget target, string? journalStream, bool isTerminal, LogTap tap, TimeProvider time)
    {
        var formatter = new LineFormatter(format, time);
        bool isJournal = journalStream is not null && DescriptorIdentity.Of(2) == journalStream;
        ILogTarget opened = target.Kind switch
        {
            LogTargetKind.Journal => new JournalTarget(JournalTarget.UsualPath),
            LogTargetKind.Auto when isJournal => new JournalTarget(JournalTarget.UsualPath),
            LogTargetKind.Syslog => new SyslogTarget(SyslogTarget.UsualPath, format, time),
            LogTargetKind.File => new FileTarget(target.File!, formatter), // never null for this kind
            _ => new StandardErrorTarget(isTerminal ? new LineFormatter(format, time, isForTerminal: true) : formatter),
        };
        return new LogOutput(opened, level, tap, time);
    }

    /// <summary>
    /// Makes SIGUSR1 reopen the target, as log rotation expects; everything logged after the signal goes to the new file.
    /// </summary>
    /// <remarks>
    /// It only sets a flag for the writer thread; once that thread has ended, it does nothing.
    /// </remarks>
    public void ReopenOnSignal() => Signals.On(Signal.SIGUSR1, () =>
    {
        _writer.Reopen();
        Log.LogReopened(_target);
    });

    /// <summary>Waits until everything logged so far is written, up to a limit in case the target is stuck.</summary>
    /// <returns>Whether it is written.</returns>
    public bool Flush(TimeSpan longest) => _writer.Flush(longest);

    /// <summary>Writes one more line, after everything logged before it and with nothing after it.</summary>
    /// <returns>Whether it was written: false if the target is stuck, or on the writer's own thread.</returns>
    public bool WriteLast(Action<ILogger> write) => _writer.AddLast(() => write(Log));

    public void Dispose() => _writer.Dispose();
}
