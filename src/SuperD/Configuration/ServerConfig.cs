using Microsoft.Extensions.Logging;

namespace SuperD.Configuration;

/// <summary>superd.toml as written: null means absent.</summary>
/// <param name="file">The file as shown in messages.</param>
internal sealed class ServerConfig(string file)
{
    public string File { get; } = file;

    /// <summary>Key <c>services</c>: the directory of the service files.</summary>
    public Written<string>? Services { get; set; }

    public Written<TimeSpan>? ShutdownGrace { get; set; }

    public Written<int>? MaxHandlers { get; set; }

    public Written<bool>? StrictModes { get; set; }

    public Written<LogLevel>? LogLevel { get; set; }

    public Written<LogFormat>? LogFormat { get; set; }

    public Written<LogTarget>? LogTarget { get; set; }

    public Written<bool>? ControlEnabled { get; set; }

    public Written<string>? ControlSocket { get; set; }

    public Written<Principal>? ControlOwner { get; set; }

    public Written<Principal>? ControlGroup { get; set; }

    /// <summary>Table <c>[defaults]</c>; empty when it is not written.</summary>
    public DefaultsConfig Defaults { get; } = new();
}
