namespace SuperD.Configuration.Keys;

/// <summary>A word that the users of other programs write where superd has a key of another name, or none.</summary>
/// <param name="names">The words, separated by blanks; upper and lower case count the same.</param>
/// <param name="line">The key here with a valid value, as it is written in TOML: <c>listen = 9003</c>; empty when there is none.</param>
/// <param name="note">What is different here, as the end of a sentence; empty when nothing is.</param>
internal sealed class ForeignWord(string names, string line, string note = "")
{
    public IEnumerable<string> Names => names.Split(' ');

    public string Line => line;

    /// <summary>The key here as a message names it: <c>listen</c>, <c>rlimit.nofile</c>; null when there is none.</summary>
    public string? Key => line.Length == 0 ? null : line[..line.IndexOf(" =", StringComparison.Ordinal)];

    /// <summary>The top key of <see cref="Key"/>, and the place where it stands.</summary>
    private KeyPlaces Places => KeyTable.PlacesOf(Key!.Split('.')[0]); // called only with a key

    /// <summary>The end of the message about an unknown key.</summary>
    /// <param name="place">Where the word was written.</param>
    public string Advice(KeyPlaces place)
    {
        if (Key is null)
        {
            return note;
        }

        string where = Places.HasFlag(place) ? "" : Places.HasFlag(KeyPlaces.Service) ? " in a service file" : " in superd.toml";
        return $"here that is '{Key}'{where}, for example {line}{(note.Length == 0 ? "" : $"; {note}")}";
    }
}
