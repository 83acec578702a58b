using Microsoft.Extensions.Logging;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What <c>superd.toml</c> and its services mean: checked, defaults resolved, immutable.</summary>
internal sealed record ServerDefinition
{
    /// <summary>The superd.toml it was read from, as shown in messages.</summary>
    public required string SourceFile { get; init; }

    /// <summary>All services without an error, enabled or not, in the byte order of their file names.</summary>
    public required ValueArray<ServiceDefinition> Services { get; init; }

    /// <summary>Lowest level that is logged. Key <c>log.level</c>.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How a log line is written. Key <c>log.format</c>.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    /// <summary>Where log lines go. Key <c>log.target</c>.</summary>
    public LogTarget LogTarget { get; init; } = LogTarget.Default;

    /// <summary>Most handlers of all services together alive at once, 1 or more; null = unlimited (xinetd's -limit). Key <c>max_handlers</c>.</summary>
    public int? MaxHandlers { get; init; }

    /// <summary>After SIGTERM or SIGINT: how long handlers may finish before their groups get TERM. Key <c>shutdown_grace</c>.</summary>
    public TimeSpan ShutdownGrace { get; init; } = DefaultShutdownGrace;

    /// <summary>Whether superd as root reads and runs only what nobody else can change. Key <c>strict_modes</c>.</summary>
    public bool StrictModes { get; init; } = true;

    /// <summary>The users whose files are believed when they are read again; empty for anybody's: superd is not root, or strict modes are off.</summary>
    public ValueArray<uint> TrustedOwners { get; init; } = [];

    /// <summary>The console. Table <c>[control]</c>.</summary>
    public ControlDefinition Control { get; init; } = new();

    /// <summary>With stop_grace added still less than the 30 s after which Kubernetes kills, and systemd's 90 s.</summary>
    public static readonly TimeSpan DefaultShutdownGrace = TimeSpan.FromSeconds(10);
}

/// <summary>The form of a log line.</summary>
internal enum LogFormat
{
    /// <summary>One readable line: time, level, verb, key=value pairs.</summary>
    Text,

    /// <summary>One JSON object per line, with the same facts as fields.</summary>
    Json,
}
