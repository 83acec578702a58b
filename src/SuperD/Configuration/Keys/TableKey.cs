using SuperD.Configuration.Toml;
using SuperD.Configuration.Values;

namespace SuperD.Configuration.Keys;

/// <summary>A key whose value is a table with known keys: <c>[log]</c>, <c>[defaults]</c>, <c>rlimit</c>.</summary>
/// <param name="inner">The place where the keys of the table stand.</param>
/// <param name="target">Gets the config object that stores the table's keys, from the config object of the enclosing table.</param>
internal sealed class TableKey(
    string name, KeyPlaces places, KeyPlaces inner, string example, string help, Func<object, object> target, bool needsProgram = false)
    : Key(name, places, example, "", help, needsProgram)
{
    public override string Type => "table";

    public override Schema Schema => KeyTable.SchemaOf(inner);

    public override void Read(TomlEntry entry, object config, TableScope scope)
    {
        if (entry.Value is TomlTable table)
        {
            TableReader.Read(table, target(config), scope.Enter(this, inner));
            return;
        }

        var reader = new ValueReader(scope.Prefix + Name, Example, scope.File, scope.Problems, () => "");
        reader.WrongType(entry.Value, "a table");
    }
}
