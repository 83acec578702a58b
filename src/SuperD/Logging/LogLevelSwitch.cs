using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SuperD.Logging;

/// <summary>The minimum level of messages that are written, which a reload may change at any time. Any thread.</summary>
internal sealed class LogLevelSwitch(LogLevel level) : IOptionsMonitor<LoggerFilterOptions>
{
    private Action<LoggerFilterOptions, string?>? _changed;

    /// <summary>The options with the current level.</summary>
    public LoggerFilterOptions CurrentValue { get; private set; } = new() { MinLevel = level };

    public LoggerFilterOptions Get(string? name) => CurrentValue;

    /// <summary>Adds a listener; the logger factory calls it once and stays for life.</summary>
    public IDisposable? OnChange(Action<LoggerFilterOptions, string?> listener)
    {
        _changed += listener;
        return null;
    }

    /// <summary>Changes the level.</summary>
    public void Set(LogLevel level)
    {
        CurrentValue = new LoggerFilterOptions { MinLevel = level };
        _changed?.Invoke(CurrentValue, null);
    }
}
