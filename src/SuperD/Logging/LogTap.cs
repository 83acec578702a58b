using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>
/// A second sink of the log, for <c>superd tail</c>: those who follow it, and the lines that are kept. Any thread.
/// </summary>
/// <remarks>Following costs nothing without a follower.</remarks>
internal sealed class LogTap(TimeProvider time) : ILoggerProvider, ILogger
{
    private volatile Action<string?, byte[]>? _follower;

    /// <summary>The last lines of the log.</summary>
    public LogHistory History { get; } = new();

    /// <summary>
    /// Receives each line from now on: its service, if it has one, and the line as one JSON object in UTF-8 with a newline. Null stops it.
    /// </summary>
    public Action<string?, byte[]>? Follower
    {
        set => _follower = value;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => _follower is not null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (_follower is { } follower)
        {
            var entry = new LogEntry<TState>(logLevel, string.Empty, eventId, state, exception, formatter);
            var line = new ArrayBufferWriter<byte>(512);
            JsonLine.Write(entry, time.GetUtcNow(), line);
            line.Write("\n"u8);
            follower(LogFields.ServiceOf(state), line.WrittenSpan.ToArray());
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose() => _follower = null;
}
