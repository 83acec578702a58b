using SuperD.Configuration.Toml;
using SuperD.Configuration.Values;

namespace SuperD.Configuration.Keys;

/// <summary>A key whose value is a table with known keys: <c>[log]</c>, <c>[defaults]</c>, <c>rlimit</c>.</summary>
/// <param name="inner">The place that its own keys name.</param>
/// <param name="target">The config object its keys are stored in, found from the one of the table around it.</param>
internal sealed class TableKey(string name, KeyPlaces places, KeyPlaces inner, string example, string help, Func<object, object> target)
    : Key(name, places, example, "", help)
{
    public override string Type => "table";

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
