using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>How long a trap's visitors are refused: <c>"10m"</c>, or <c>{ time = "10m", exempt = [...] }</c>.</summary>
internal sealed class SensorForm : ValueForm<SensorConfig>
{
    private const string Allowed = "a duration such as \"10m\", or a table of time and exempt";

    private static readonly DurationForm s_time = new();

    private static Schema OfTime => Schema.Text(Duration.Pattern(Duration.Longest, mayBeZero: false));

    public override string Type => "duration or table";

    public override Schema Schema => Schema.Any(
        OfTime, Schema.Table(("time", OfTime), ("exempt", AccessItemForm.List.Schema)).Requiring("time"));

    public override bool TryRead(TomlNode node, ValueReader reader, out SensorConfig value)
    {
        value = new SensorConfig(default, []);
        return node switch
        {
            TomlTable table => TryReadTable(table, reader, ref value),
            TomlString or TomlInteger => TryReadTime(node, reader, ref value),
            _ => reader.WrongType(node, Allowed),
        };
    }

    private static bool TryReadTable(TomlTable table, ValueReader reader, ref SensorConfig value)
    {
        bool good = table.Find("time") is not null
            || reader.Fail(table, $"{reader.Key}.time is missing: for how long are its visitors refused? Add time = \"10m\"");
        foreach (TomlEntry entry in table.Entries)
        {
            switch (entry.Key)
            {
                case "time":
                    good &= TryReadTime(entry.Value, reader.Enter("time", "\"10m\""), ref value);
                    break;
                case "exempt":
                    ValueReader inner = reader.Enter("exempt", "[\"10.0.0.0/8\"]");
                    good &= AccessItemForm.List.TryRead(entry.Value, inner, out ImmutableArray<Written<AccessItemConfig>> exempt);
                    value = value with { Exempt = exempt };
                    break;
                default:
                    good = reader.UnknownKey(entry, "time", "exempt");
                    break;
            }
        }

        return good;
    }

    private static bool TryReadTime(TomlNode node, ValueReader reader, ref SensorConfig value)
    {
        if (!s_time.TryRead(node, reader, out TimeSpan time))
        {
            return false;
        }

        value = value with { Time = time };
        return time > TimeSpan.Zero || reader.NotAllowed(node, "longer than 0s");
    }
}
