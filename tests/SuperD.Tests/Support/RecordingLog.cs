using Microsoft.Extensions.Logging;

namespace SuperD.Tests.Support;

/// <summary>A log that a test can inspect.</summary>
internal sealed class RecordingLog : ILogger
{
    public List<(EventId Id, string Message)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add((eventId, formatter(state, exception)));
}
