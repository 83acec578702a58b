using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>superd's logger: a line goes to the target's writer thread, to the history, and to those who follow the log.</summary>
internal sealed class TargetLogger(LogWriter writer, LogLevelSwitch level, LogTap tap, TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= level.Level && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Log(new LogEvent(logLevel, eventId, state, exception));
        }
    }

    private void Log(in LogEvent entry)
    {
        // Reported before the first line that follows the gap.
        if (writer.TakeDropped() is > 0 and long dropped)
        {
            this.LogDropped(dropped);
        }

        // Formatted before this returns. The history keeps the state itself, so the caller must not change it afterwards.
        DateTimeOffset at = time.GetUtcNow();
        if (writer.Add(entry) is { } bytes)
        {
            tap.History.Add(entry, at, bytes);
        }

        tap.Add(entry, at);
    }
}
