using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>A provider that writes out what is queued by ending, and goes on as a new one: the console's has no other way. Any thread.</summary>
internal sealed class RenewableProvider(Func<ILoggerProvider> create) : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private ILoggerProvider _provider = create();
    private volatile ILogger? _logger;

    /// <summary>Waits until what is queued is written, or the provider gives up on it.</summary>
    public void Flush()
    {
        ILoggerProvider last;

        // Guards the exchange of the provider for the next one.
        lock (_lock)
        {
            last = _provider;
            _provider = create();
            _logger = _logger is null ? null : _provider.CreateLogger(nameof(SuperD));
        }

        last.Dispose();
    }

    public ILogger CreateLogger(string categoryName)
    {
        _logger = _provider.CreateLogger(categoryName);
        return this;
    }

    public bool IsEnabled(LogLevel logLevel) => _logger?.IsEnabled(logLevel) == true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _logger?.Log(logLevel, eventId, state, exception, formatter);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose() => _provider.Dispose();
}
