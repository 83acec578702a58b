using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>Instances kept for some clients: <c>{ slots = 5, from = ["10.0.0.0/8"] }</c>.</summary>
internal sealed class ReserveForm : ValueForm<ReserveConfig>
{
    private static readonly IntegerForm s_slots = new(1);

    public override string Type => "table of slots and from";

    public override Schema Schema => Schema.Table(("slots", s_slots.Schema), ("from", AccessItemForm.List.Schema))
        .Requiring("slots", "from");

    public override bool TryRead(TomlNode node, ValueReader reader, out ReserveConfig value)
    {
        value = new ReserveConfig(0, []);
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of slots and from");
        }

        bool good = (table.Find("slots") is not null
                || reader.Fail(table, $"{reader.Key}.slots is missing: how many instances are kept? Add slots = 5"))
            & (table.Find("from") is not null
                || reader.Fail(table, $"{reader.Key}.from is missing: which clients are they kept for? Add from = \"10.0.0.0/8\""));
        foreach (TomlEntry entry in table.Entries)
        {
            switch (entry.Key)
            {
                case "slots":
                    good &= s_slots.TryRead(entry.Value, reader.Enter("slots", "5"), out int slots);
                    value = value with { Slots = slots };
                    break;
                case "from":
                    ValueReader inner = reader.Enter("from", "[\"10.0.0.0/8\"]");
                    good &= AccessItemForm.List.TryRead(entry.Value, inner, out ImmutableArray<Written<AccessItemConfig>> from);
                    value = value with { From = from };
                    break;
                default:
                    good = reader.UnknownKey(entry, "slots", "from");
                    break;
            }
        }

        return good;
    }
}
