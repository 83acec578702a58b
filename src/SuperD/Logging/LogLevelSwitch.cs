using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SuperD.Logging;

/// <summary>The least important messages that are written: what a reload may change while everything logs. Any thread.</summary>
internal sealed class LogLevelSwitch(LogLevel level) : IOptionsMonitor<LoggerFilterOptions>
{
    private Action<LoggerFilterOptions, string?>? _changed;

    public LoggerFilterOptions CurrentValue { get; private set; } = new() { MinLevel = level };

    public LoggerFilterOptions Get(string? name) => CurrentValue;

    /// <summary>The factory listens, once, for its life.</summary>
    public IDisposable? OnChange(Action<LoggerFilterOptions, string?> listener)
    {
        _changed += listener;
        return null;
    }

    public void Set(LogLevel level)
    {
        CurrentValue = new LoggerFilterOptions { MinLevel = level };
        _changed?.Invoke(CurrentValue, null);
    }
}
