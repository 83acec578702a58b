using SuperD.Configuration.Toml;
using SuperD.Configuration.Values;

namespace SuperD.Configuration.Keys;

/// <summary>A key with a single value.</summary>
/// <param name="set">Stores the value in its property of the config object.</param>
internal sealed class ValueKey<TConfig, T>(
    string name, KeyPlaces places, ValueForm<T> form, string example, string @default, string help, Action<TConfig, Written<T>> set,
    bool needsProgram = false)
    : Key(name, places, example, @default, help, needsProgram)
    where TConfig : class
{
    public override string Type => form.Type;

    public override Schema Schema => form.Schema;

    public override void Read(TomlEntry entry, object config, TableScope scope)
    {
        var reader = new ValueReader(scope.Prefix + Name, Example, scope.File, scope.Problems, () => scope.Remedy(this));
        if (form.TryRead(entry.Value, reader, out T value))
        {
            set((TConfig)config, reader.Written(value, entry.Value));
        }
    }
}
