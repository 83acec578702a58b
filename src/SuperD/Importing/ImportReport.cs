namespace SuperD.Importing;

/// <summary>What became of every line of the imported files. Nothing is dropped in silence: whoever reads a line says here what it did with it.</summary>
internal sealed class ImportReport
{
    private readonly HashSet<ImportNote> _known = [];
    private readonly List<ImportNote> _notes = [];
    private readonly Dictionary<SourceLine, ImportFate> _fates = [];

    /// <summary>All notes, each once, in the order they were made: that of the services.</summary>
    public IReadOnlyList<ImportNote> Notes => _notes;

    public void Mapped(SourceLine place, string subject, string here) => Add(new ImportNote(place, ImportFate.Mapped, subject, here));

    public void Differs(SourceLine place, string subject, string how) => Add(new ImportNote(place, ImportFate.Differs, subject, how));

    public void NotMapped(SourceLine place, string subject, string why) => Add(new ImportNote(place, ImportFate.NotMapped, subject, why));

    public void Wrong(SourceLine place, string subject, string what) => Add(new ImportNote(place, ImportFate.Wrong, subject, what));

    /// <summary>Lines that are not imported, of which another note speaks: those of a whole entry.</summary>
    public void Covered(IEnumerable<SourceLine> places)
    {
        foreach (SourceLine place in places)
        {
            _fates.TryAdd(place, ImportFate.NotMapped);
        }
    }

    /// <param name="place">In the file that was put aside.</param>
    public void Aside(SourceLine place, string error) => Add(new ImportNote(place, ImportFate.Aside, "", error));

    /// <summary>Whether anything was said of that line.</summary>
    public bool Mentions(SourceLine place) => _fates.ContainsKey(place);

    /// <summary>How many lines came to that.</summary>
    public int Count(ImportFate fate) => _fates.Values.Count(one => one == fate);

    /// <summary>A value of <c>defaults</c> is met again in each service: what is said twice of a line is told once.</summary>
    private void Add(ImportNote note)
    {
        if (_known.Add(note))
        {
            _notes.Add(note);
            _fates[note.Place] = (ImportFate)Math.Max((int)note.Fate, (int)_fates.GetValueOrDefault(note.Place));
        }
    }
}
