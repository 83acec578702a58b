using Microsoft.Extensions.Logging;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The meaning of <c>superd.toml</c> and its services: checked, with all defaults resolved, immutable.</summary>
internal sealed record ServerDefinition
{
    /// <summary>The superd.toml it was read from, as shown in messages.</summary>
    public required string SourceFile { get; init; }

    /// <summary>All services without errors, enabled or not, in byte order of their file names.</summary>
    public required ValueArray<ServiceDefinition> Services { get; init; }

    /// <summary>The files that had errors: their services are not in <see cref="Services"/>, and are not served.</summary>
    public ValueArray<BrokenFile> Broken { get; init; } = [];

    /// <summary>The services to serve.</summary>
    public IEnumerable<ServiceDefinition> Enabled => Services.Where(service => service.Enabled);

    /// <summary>The lowest level that is logged. Key <c>log.level</c>.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The format of log lines. Key <c>log.format</c>.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    /// <summary>The target of log lines. Key <c>log.target</c>.</summary>
    public LogTarget LogTarget { get; init; } = LogTarget.Default;

    /// <summary>The most handlers of all services alive at once, 1 or more. Key <c>max_handlers</c>, xinetd's -limit.</summary>
    /// <remarks>Null = unlimited.</remarks>
    public int? MaxHandlers { get; init; }

    /// <summary>How long handlers may finish after SIGTERM or SIGINT before their groups get TERM. Key <c>shutdown_grace</c>.</summary>
    public TimeSpan ShutdownGrace { get; init; } = DefaultShutdownGrace;

    /// <summary>How long superd accepts after it has begun to say that it takes no new clients. Key <c>lame_duck</c>.</summary>
    public TimeSpan LameDuck { get; init; }

    /// <summary>Whether superd, as root, reads and runs only files that no untrusted user can change. Key <c>strict_modes</c>.</summary>
    public bool StrictModes { get; init; } = true;

    /// <summary>The users whose files are trusted when they are read again. Empty: no check (not root, or strict modes are off).</summary>
    public ValueArray<uint> TrustedOwners { get; init; } = [];

    /// <summary>The console. Table <c>[control]</c>.</summary>
    public ControlDefinition Control { get; init; } = new();

    /// <summary>Together with stop_grace less than the 30 s after which Kubernetes kills, and systemd's 90 s.</summary>
    public static readonly TimeSpan DefaultShutdownGrace = TimeSpan.FromSeconds(10);
}

/// <summary>The format of a log line.</summary>
internal enum LogFormat
{
    /// <summary>One readable line: time, level, verb, key=value pairs.</summary>
    Text,

    /// <summary>One JSON object per line, with the same facts as fields.</summary>
    Json,
}
