using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>A service file as written: null means absent.</summary>
/// <param name="name">The file's name without <c>.toml</c>.</param>
/// <param name="file">The file as shown in messages.</param>
internal sealed class ServiceConfig(string name, string file) : DefaultsConfig
{
    public string Name { get; } = name;

    public string File { get; } = file;

    public Written<ImmutableArray<Written<ListenConfig>>>? Listen { get; set; }

    /// <summary>The program and its arguments; at least the program.</summary>
    public Written<ImmutableArray<string>>? Exec { get; set; }

    public Written<string>? Argv0 { get; set; }

    public Written<string>? Description { get; set; }

    public Written<bool>? Enabled { get; set; }

    public Written<bool>? Wait { get; set; }
}
