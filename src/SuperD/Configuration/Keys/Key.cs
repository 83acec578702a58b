using SuperD.Configuration.Toml;
using SuperD.Configuration.Values;

namespace SuperD.Configuration.Keys;

/// <summary>One row of the key table: everything superd knows about a key, for reading it, for hints and for the reference.</summary>
/// <param name="example">A valid value, in TOML.</param>
/// <param name="default">The value that applies when the key is not written; empty if there is none.</param>
/// <param name="help">What the key does, in one or a few sentences that end with a full stop.</param>
/// <param name="needsProgram">Whether the key has a meaning only for a service that runs a program: not with builtin or redirect.</param>
internal abstract class Key(string name, KeyPlaces places, string example, string @default, string help, bool needsProgram)
{
    public string Name => name;

    public KeyPlaces Places => places;

    public string Example => example;

    public string Default => @default;

    public string Help => needsProgram ? help + " Only with exec." : help;

    /// <summary>The help with the default and an example, each in a line of its own.</summary>
    public string Description => $"{Help}{(@default.Length > 0 ? $"\nDefault: {@default}" : "")}\nExample: {name} = {example}";

    public bool NeedsProgram => needsProgram;

    /// <summary>How the value is written, in a word or two.</summary>
    public abstract string Type { get; }

    /// <summary>The values that <see cref="Read"/> accepts, for editors.</summary>
    public abstract Schema Schema { get; }

    /// <summary>Reads the value into its property of the config object; an error is reported, and the property then stays null.</summary>
    public abstract void Read(TomlEntry entry, object config, TableScope scope);
}
