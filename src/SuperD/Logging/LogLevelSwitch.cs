using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>The minimum level of messages that are written, which a reload may change at any time. Any thread.</summary>
internal sealed class LogLevelSwitch(LogLevel level)
{
    private volatile LogLevel _level = level;

    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }
}
