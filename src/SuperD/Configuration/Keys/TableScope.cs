using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Keys;

/// <summary>The surroundings of a table while its keys are read.</summary>
/// <param name="Place">Selects the keys that may stand in the table.</param>
/// <param name="Prefix">The text before a key's name in messages: <c>rlimit.</c>, or nothing.</param>
/// <param name="Inherited">
/// The same table of <c>[defaults]</c>, for "delete the line to inherit"; null if there is none or it has errors.
/// </param>
internal sealed record TableScope(KeyPlaces Place, string Prefix, string File, Problems Problems, TomlTable? Inherited)
{
    /// <summary>The scope of a table inside this one. A key of <c>[defaults]</c> is named as in a service file, without a prefix.</summary>
    public TableScope Enter(Key table, KeyPlaces inner) => this with
    {
        Place = inner,
        Prefix = inner == KeyPlaces.Defaults ? "" : Prefix + table.Name + ".",
        Inherited = Inherited?.Find(table.Name)?.Value as TomlTable,
    };

    /// <summary>Advice for a bad value of this key.</summary>
    public string Remedy(Key key)
    {
        if (Inherited?.Find(key.Name) is { Value: TomlString or TomlInteger or TomlBoolean } inherited)
        {
            return $"delete the line to inherit {Wording.Show(inherited.Value)} from [defaults]";
        }

        // A line that limits, and cannot be read, is seldom one to delete.
        return key.Default is "always" or "none" or "\"none\"" or "everybody" or "nobody"
                || key.Default.StartsWith("unlimited", StringComparison.Ordinal)
            ? $"write it as in {Prefix}{key.Name} = {key.Example}; without the line it is {key.Default}"
            : key.Default.Length > 0
            ? $"delete the line for the default, {key.Default}"
            : $"for example {Prefix}{key.Name} = {key.Example}";
    }
}
