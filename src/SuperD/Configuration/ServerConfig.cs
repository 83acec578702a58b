using Microsoft.Extensions.Logging;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>superd.toml as written: null means absent.</summary>
/// <param name="file">The file as shown in messages.</param>
internal sealed class ServerConfig(string file)
{
    /// <summary>The file as shown in messages.</summary>
    public string File { get; } = file;

    /// <summary>Key <c>services</c>: the directory of the service files.</summary>
    public Written<string>? Services { get; set; }

    /// <summary>Key <c>shutdown_grace</c>.</summary>
    public Written<TimeSpan>? ShutdownGrace { get; set; }

    /// <summary>Key <c>lame_duck</c>.</summary>
    public Written<TimeSpan>? LameDuck { get; set; }

    /// <summary>Key <c>max_handlers</c>.</summary>
    public Written<int>? MaxHandlers { get; set; }

    /// <summary>Key <c>dynamic_users</c>.</summary>
    public Written<UserRange>? DynamicUsers { get; set; }

    /// <summary>Key <c>strict_modes</c>.</summary>
    public Written<bool>? StrictModes { get; set; }

    /// <summary>Key <c>log.level</c>.</summary>
    public Written<LogLevel>? LogLevel { get; set; }

    /// <summary>Key <c>log.format</c>.</summary>
    public Written<LogFormat>? LogFormat { get; set; }

    /// <summary>Key <c>log.target</c>.</summary>
    public Written<LogTarget>? LogTarget { get; set; }

    /// <summary>Key <c>control.enabled</c>.</summary>
    public Written<bool>? ControlEnabled { get; set; }

    /// <summary>Key <c>control.socket</c>.</summary>
    public Written<string>? ControlSocket { get; set; }

    /// <summary>Key <c>control.owner</c>.</summary>
    public Written<Principal>? ControlOwner { get; set; }

    /// <summary>Key <c>control.group</c>.</summary>
    public Written<Principal>? ControlGroup { get; set; }

    /// <summary>Table <c>[defaults]</c>; empty when absent.</summary>
    public DefaultsConfig Defaults { get; } = new();
}
