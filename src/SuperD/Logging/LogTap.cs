using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>A second reader of the log, for <c>superd tail</c>: costs nothing as long as nobody follows. Any thread.</summary>
internal sealed class LogTap(TimeProvider time) : ILoggerProvider, ILogger
{
    private volatile Action<string?, string>? _follower;

    /// <summary>Gets each line from now on: the service it is about, if any, and the line as one JSON object. Null: nobody follows.</summary>
    public Action<string?, string>? Follower
    {
        set => _follower = value;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => _follower is not null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (_follower is { } follower)
        {
            var entry = new LogEntry<TState>(logLevel, string.Empty, eventId, state, exception, formatter);
            follower(ServiceOf(state), LineFormatter.ToJson(entry, time));
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose() => _follower = null;

    private static string? ServiceOf<TState>(TState state)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            foreach ((string name, object? value) in fields)
            {
                if (name == "Service")
                {
                    return value as string;
                }
            }
        }

        return null;
    }
}
