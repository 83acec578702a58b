using System.Collections.Immutable;
using SuperD.Configuration.Keys;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration;

/// <summary>A service file as written: null means absent.</summary>
/// <param name="name">The file's name without <c>.toml</c>.</param>
/// <param name="file">The file as shown in messages.</param>
/// <param name="document">The parsed file.</param>
internal sealed class ServiceConfig(string name, string file, TomlDocument document) : DefaultsConfig
{
    /// <summary>The service's name.</summary>
    public string Name { get; } = name;

    /// <summary>The file as shown in messages.</summary>
    public string File { get; } = file;

    /// <summary>Key <c>listen</c>.</summary>
    public Written<ImmutableArray<Written<ListenConfig>>>? Listen { get; set; }

    /// <summary>Key <c>exec</c>: the program and its arguments, at least the program.</summary>
    public Written<ImmutableArray<string>>? Exec { get; set; }

    /// <summary>Key <c>match</c>.</summary>
    public Written<ImmutableArray<Written<MatchConfig>>>? Match { get; set; }

    /// <summary>Key <c>redirect</c>.</summary>
    public Written<Backend>? Redirect { get; set; }

    /// <summary>Key <c>proxy_out</c>.</summary>
    public Written<ProxyVersion>? ProxyOut { get; set; }

    /// <summary>Key <c>proxy_in</c>.</summary>
    public Written<ImmutableArray<Written<AccessItemConfig>>>? ProxyIn { get; set; }

    /// <summary>Key <c>builtin</c>.</summary>
    public Written<Builtin>? Builtin { get; set; }

    /// <summary>Key <c>agent_for</c>.</summary>
    public Written<string>? AgentFor { get; set; }

    /// <summary>Key <c>web</c>.</summary>
    public Written<WebConfig>? Web { get; set; }

    /// <summary>Key <c>builtin_udp</c>.</summary>
    public Written<bool>? BuiltinUdp { get; set; }

    /// <summary>Key <c>tcpmux</c>.</summary>
    public Written<bool>? TcpMux { get; set; }

    /// <summary>Key <c>argv0</c>.</summary>
    public Written<string>? Argv0 { get; set; }

    /// <summary>Key <c>description</c>.</summary>
    public Written<string>? Description { get; set; }

    /// <summary>Key <c>enabled</c>.</summary>
    public Written<bool>? Enabled { get; set; }

    /// <summary>Key <c>wait</c>.</summary>
    public Written<bool>? Wait { get; set; }

    /// <summary>Key <c>socket_mode</c>.</summary>
    public Written<int>? SocketMode { get; set; }

    /// <summary>Key <c>socket_owner</c>.</summary>
    public Written<SocketOwnerConfig>? SocketOwner { get; set; }

    /// <summary>Key <c>sensor</c>.</summary>
    public Written<SensorConfig>? Sensor { get; set; }

    /// <summary>Every key in the file with its place, whether known and valid or not.</summary>
    public IEnumerable<(string Key, Place Place)> WrittenKeys =>
        document.Root.Entries.Select(entry => (entry.Key, new Place(File, entry.KeySpan)));

    /// <summary>Whether the file has the key, even mistyped or with a bad value, or might have it where it is not valid TOML.</summary>
    public bool MayMention(string key) =>
        document.Diagnostics.Count > 0
        || document.Root.Find(key) is not null
        || document.Root.Entries.Any(entry =>
            entry.Value is TomlTable inner && inner.Find(key) is not null && KeyTable.Find(KeyPlaces.Service, entry.Key) is null)
        || document.Root.Entries.Take(Problems.MostListed).Any(entry => IsMeant(key, entry.Key));

    private static bool IsMeant(string key, string written) =>
        KeyTable.Find(KeyPlaces.Service, written) is null && TableReader.Meant(KeyPlaces.Service, written) == key;
}
