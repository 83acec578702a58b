using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>Creates loggers that write to a log target through its writer thread.</summary>
/// <param name="history">Keeps every line that was not dropped.</param>
internal sealed class TargetLoggerProvider(LogWriter writer, LogHistory history, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new TargetLogger(categoryName, writer, history, time);

    public void Dispose() => writer.Dispose();

    private sealed class TargetLogger(string category, LogWriter writer, LogHistory history, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Reported before the first line that follows the gap.
            if (writer.TakeDropped() is > 0 and long dropped)
            {
                this.LogDropped(dropped);
            }

            // Formatted before this returns. The history keeps the state itself, so the caller must not change it afterwards.
            var entry = new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter);
            DateTimeOffset at = time.GetUtcNow();
            if (writer.Add(entry) is { } bytes)
            {
                history.Add(entry, at, bytes);
            }
        }
    }
}
