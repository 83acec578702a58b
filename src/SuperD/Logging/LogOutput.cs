using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SuperD.Configuration;

namespace SuperD.Logging;

/// <summary>Where log lines go: standard error, by way of the console logger and its writer thread.</summary>
internal static class LogOutput
{
    // A reader that stalls (a stuck terminal, a full pipe) must not stall the loop: beyond this, lines are dropped and counted.
    private const int MaxQueuedLines = 16 * 1024;

    /// <summary>Makes the factory; disposing it writes out what is queued.</summary>
    public static ILoggerFactory Create(LogLevelSwitch level, LogFormat format, TimeProvider time)
    {
        var console = new ConsoleLoggerOptions
        {
            FormatterName = LineFormatter.FormatterName,
            LogToStandardErrorThreshold = LogLevel.Trace,
            MaxQueueLength = MaxQueuedLines,
            QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite,
        };
        var provider = new ConsoleLoggerProvider(new FixedOptions(console), [new LineFormatter(format, time)]);
        var factory = new LoggerFactory([], level);

        // Not by the constructor: the factory disposes only what was added to it, and superd's last lines would stay in the queue.
        factory.AddProvider(provider);
        return factory;
    }

    /// <summary>Options that never change: what the console provider wants instead of plain ones.</summary>
    private sealed class FixedOptions(ConsoleLoggerOptions value) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => value;

        public ConsoleLoggerOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
