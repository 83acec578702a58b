using SuperD.Configuration.Keys;

namespace SuperD.Cli.Manual;

/// <summary>A key as the reference shows it.</summary>
/// <param name="Name">The name with its table: <c>instances</c>, <c>rlimit.core</c>, <c>log.level</c>, <c>[defaults]</c>.</param>
internal sealed record KeyEntry(string Name, Key Key)
{
    /// <summary>Whether the key may also stand in <c>[defaults]</c> of superd.toml; the reference marks it with a star.</summary>
    public bool IsShared => (Key.Places & (KeyPlaces.Defaults | KeyPlaces.Limits)) != 0;

    /// <summary>The name without the brackets of a table.</summary>
    public string PlainName => Name.Trim('[', ']');

    public string Help => Key.Help;

    /// <summary>A valid line with this key.</summary>
    public string Example => $"{PlainName} = {Key.Example}";
}
