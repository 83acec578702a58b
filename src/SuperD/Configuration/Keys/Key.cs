using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Keys;

/// <summary>One row of the key table: all that superd knows of a key, for reading it, for hints and for the reference.</summary>
/// <param name="example">A good value, in TOML.</param>
/// <param name="default">What holds when the key is not written; empty when that is nothing.</param>
/// <param name="help">What it does, in one or a few sentences.</param>
internal abstract class Key(string name, KeyPlaces places, string example, string @default, string help)
{
    public string Name => name;

    public KeyPlaces Places => places;

    public string Example => example;

    public string Default => @default;

    public string Help => help;

    /// <summary>How its value is written, in a word or two.</summary>
    public abstract string Type { get; }

    /// <summary>Reads the value into its property of the config object; what is wrong is reported, and then the property stays null.</summary>
    public abstract void Read(TomlEntry entry, object config, TableScope scope);
}
