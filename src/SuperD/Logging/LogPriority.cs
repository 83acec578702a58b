using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>The levels of syslog(3), which the journal uses too.</summary>
internal static class LogPriority
{
    /// <summary>Converts a level, to a number from LOG_CRIT 2 to LOG_DEBUG 7.</summary>
    public static int Of(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };
}
