using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The leading bits of an address that identify a source: <c>{ v4 = 24, v6 = 56 }</c>; either may be left out.</summary>
internal sealed class SourcePrefixForm : ValueForm<SourcePrefix>
{
    private static readonly IntegerForm s_v4 = new(1, 32), s_v6 = new(1, 128);

    public override string Type => "table of v4 and v6";

    public override Schema Schema => Schema.Table(("v4", s_v4.Schema), ("v6", s_v6.Schema));

    public override bool TryRead(TomlNode node, ValueReader reader, out SourcePrefix value)
    {
        value = SourcePrefix.Default;
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of v4 and v6");
        }

        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            switch (entry.Key)
            {
                case "v4":
                    good &= s_v4.TryRead(entry.Value, reader.Enter("v4", "24"), out int v4);
                    value = value with { V4 = v4 };
                    break;
                case "v6":
                    good &= s_v6.TryRead(entry.Value, reader.Enter("v6", "56"), out int v6);
                    value = value with { V6 = v6 };
                    break;
                default:
                    good = reader.UnknownKey(entry, "v4", "v6");
                    break;
            }
        }

        return good;
    }
}
