using System.Collections.Immutable;

namespace SuperD.Importing.Xinetd;

/// <summary>The words of flags and type: some map to keys, and each is reported.</summary>
internal static class XinetdWords
{
    /// <summary>Sets nodelay and keepalive and reports every word.</summary>
    public static void Map(XinetdMapping mapping)
    {
        // superd rejects a key without meaning for the service, or warns about it.
        bool hasConnections = mapping.Kind != XinetdKind.Sensor && !mapping.IsDatagram;
        if (hasConnections && mapping.Service.HasWord("flags", "NODELAY"))
        {
            mapping.File.Set("nodelay", TomlValue.Of(true));
        }

        if (hasConnections && mapping.Service.HasWord("flags", "KEEPALIVE"))
        {
            mapping.File.Set("keepalive", TomlValue.Of(true));
        }

        Report(mapping, "flags", XinetdAttributes.Flags);
        Report(mapping, "type", XinetdAttributes.Types);
    }

    private static void Report(XinetdMapping mapping, string attribute, ImmutableArray<XinetdWord> table)
    {
        if (!mapping.Has(attribute, out XinetdValue? value))
        {
            return;
        }

        foreach (string word in value.Words)
        {
            if (XinetdAttributes.Find(table, word) is not { } row)
            {
                mapping.Wrong(attribute, value, $"xinetd knows no '{word}' and does not start the service", word);
            }
            else if (row.Here == XinetdAttribute.None)
            {
                mapping.NotMapped(attribute, value, word, row.Weight, row.Note);
            }
            else
            {
                mapping.Mapped($"{attribute} {row.Name}", value, row.Note.Length > 0 ? $"{row.Here}: {row.Note}" : row.Here);
            }
        }
    }
}
