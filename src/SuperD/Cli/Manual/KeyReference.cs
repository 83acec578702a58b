using SuperD.Configuration.Keys;

namespace SuperD.Cli.Manual;

/// <summary>All keys in the order of the reference, and the text that goes with them.</summary>
/// <remarks>The terminal page, the Markdown page and the manual pages show the same entries.</remarks>
internal static class KeyReference
{
    public const string Durations = "Durations: a number and a unit, d h m s ms, also joined: \"1m30s\".";

    public const string Sizes = "Sizes: bytes, or a number and a unit, K M G T, powers of 1024: \"64M\".";

    /// <summary>The keys of a service file.</summary>
    public static IEnumerable<KeyEntry> ServiceKeys => KeyTable.Rows.SelectMany(ServiceEntries);

    /// <summary>The keys of superd.toml; those of <c>[defaults]</c> are among <see cref="ServiceKeys"/>.</summary>
    public static IEnumerable<KeyEntry> ServerKeys => KeyTable.Rows.SelectMany(ServerEntries);

    /// <summary>The keys of both kinds of files.</summary>
    public static IEnumerable<KeyEntry> AllKeys => [.. ServiceKeys, .. ServerKeys];

    private static IEnumerable<KeyEntry> ServiceEntries(Key key) =>
        key.Places.HasFlag(KeyPlaces.Service) ? [new KeyEntry(key.Name, key)]
        : key.Places.HasFlag(KeyPlaces.Limits) ? [new KeyEntry($"rlimit.{key.Name}", key)]
        : [];

    private static IEnumerable<KeyEntry> ServerEntries(Key key) =>
        key.Places.HasFlag(KeyPlaces.Server) ? [new KeyEntry(key is TableKey ? $"[{key.Name}]" : key.Name, key)]
        : key.Places.HasFlag(KeyPlaces.Log) ? [new KeyEntry($"log.{key.Name}", key)]
        : key.Places.HasFlag(KeyPlaces.Control) ? [new KeyEntry($"control.{key.Name}", key)]
        : [];
}
