using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration;

/// <summary>A service file as written: null means absent.</summary>
/// <param name="name">The file's name without <c>.toml</c>.</param>
/// <param name="file">The file as shown in messages.</param>
/// <param name="document">What it was read from.</param>
internal sealed class ServiceConfig(string name, string file, TomlDocument document) : DefaultsConfig
{
    public string Name { get; } = name;

    public string File { get; } = file;

    public Written<ImmutableArray<Written<ListenConfig>>>? Listen { get; set; }

    /// <summary>The program and its arguments; at least the program.</summary>
    public Written<ImmutableArray<string>>? Exec { get; set; }

    public Written<Backend>? Redirect { get; set; }

    public Written<ProxyVersion>? ProxyOut { get; set; }

    public Written<ImmutableArray<Written<AccessItemConfig>>>? ProxyIn { get; set; }

    public Written<Builtin>? Builtin { get; set; }

    public Written<bool>? BuiltinUdp { get; set; }

    public Written<bool>? TcpMux { get; set; }

    public Written<string>? Argv0 { get; set; }

    public Written<string>? Description { get; set; }

    public Written<bool>? Enabled { get; set; }

    public Written<bool>? Wait { get; set; }

    public Written<int>? SocketMode { get; set; }

    public Written<SocketOwnerConfig>? SocketOwner { get; set; }

    public Written<SensorConfig>? Sensor { get; set; }

    /// <summary>Every key in the file, known or not, good or bad, with its place.</summary>
    public IEnumerable<(string Key, Place Place)> WrittenKeys => document.Root.Entries.Select(entry => (entry.Key, new Place(File, entry.KeySpan)));

    /// <summary>True when the key is in the file, though its property is null because its value is bad, and when it may be in a part that is no TOML.</summary>
    public bool MayMention(string key) => document.Diagnostics.Count > 0 || document.Root.Find(key) is not null;
}
