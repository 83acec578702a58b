using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Keys;

/// <summary>Reads a TOML table according to the key table: a known key sets its property, an unknown key is an error with a hint.</summary>
internal static class TableReader
{
    public static void Read(TomlTable table, object config, TableScope scope)
    {
        foreach (TomlEntry entry in table.Entries)
        {
            if (KeyTable.Find(scope.Place, entry.Key) is { } key)
            {
                key.Read(entry, config, scope);
            }
            else
            {
                scope.Problems.Error(new Place(scope.File, entry.KeySpan), () => WhyNot(entry, scope));
            }
        }
    }

    /// <summary>The key that an unknown one most likely stands for, as messages name it; null without a guess.</summary>
    public static string? Meant(KeyPlaces place, string name) =>
        Foreign(place, name) is { } word ? word.Key
        : NearestName.Find(name, KeyTable.NamesAt(place)) ?? NearestForeign(place, name)?.Word.Key;

    /// <summary>The word of another program that is mistyped, with its row.</summary>
    private static (string Name, ForeignWord Word)? NearestForeign(KeyPlaces place, string name) =>
        ForeignWords.FindNearest(name) is { } near && Foreign(place, near) is { } word ? (near, word) : null;

    /// <summary>The word of another program; in a table with few keys of its own it is a mistyped one instead.</summary>
    private static ForeignWord? Foreign(KeyPlaces place, string name) =>
        place is KeyPlaces.Service or KeyPlaces.Defaults or KeyPlaces.Server ? ForeignWords.Find(name) : null;

    private static string WhyNot(TomlEntry entry, TableScope scope)
    {
        string name = entry.Key;
        string? near = NearestName.Find(name, KeyTable.NamesAt(scope.Place));

        // In superd.toml service = "x.d" is a mistyped key; a table of that name is a service in the wrong file.
        bool isMistyped = scope.Place == KeyPlaces.Server && near is not null && entry.Value is not (TomlTable or TomlArray);
        if (!isMistyped && Foreign(scope.Place, name) is { } word)
        {
            return $"unknown key {Wording.Quote(scope.Prefix + name)}; {word.Advice(scope.Place)}";
        }

        KeyPlaces elsewhere = KeyTable.PlacesOf(name);

        // A name that is valid elsewhere is most likely intended, unless a key that may stand here is one typing error away.
        if (elsewhere != 0 && (near is null || NearestName.Distance(name, near) > 1))
        {
            return $"{name} may not stand {In(scope.Place)}; move it to where it has a meaning: {Everywhere(elsewhere)}";
        }

        if (near is null && NearestForeign(scope.Place, name) is { } foreign)
        {
            string advice = foreign.Word.Advice(scope.Place);
            return $"unknown key {Wording.Quote(scope.Prefix + name)}; did you mean '{foreign.Name}'? "
                + char.ToUpperInvariant(advice[0]) + advice[1..];
        }

        return near is not null
            ? $"unknown key {Wording.Quote(scope.Prefix + name)}; did you mean '{scope.Prefix + near}'?"
            : $"unknown key {Wording.Quote(scope.Prefix + name)} {In(scope.Place)}; 'superd help keys' lists the known ones";
    }

    private static string Everywhere(KeyPlaces places)
    {
        string words = "";
        foreach (KeyPlaces place in Enum.GetValues<KeyPlaces>())
        {
            if (places.HasFlag(place))
            {
                words += (words.Length == 0 ? "" : " or ") + In(place);
            }
        }

        return words;
    }

    private static string In(KeyPlaces place) => place switch
    {
        KeyPlaces.Service => "in a service file",
        KeyPlaces.Defaults => "in [defaults] of superd.toml",
        KeyPlaces.Server => "at the top of superd.toml",
        KeyPlaces.Log => "in [log] of superd.toml",
        KeyPlaces.Control => "in [control] of superd.toml",
        _ => "in the table rlimit",
    };
}
