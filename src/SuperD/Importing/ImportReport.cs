namespace SuperD.Importing;

/// <summary>The outcome of every line of the imported files. Nothing is dropped silently: code that reads a line reports it here.</summary>
internal sealed class ImportReport
{
    private readonly HashSet<ImportNote> _known = [];
    private readonly List<ImportProblem> _unread = [];
    private readonly List<ImportNote> _notes = [];
    private readonly Dictionary<SourceLine, ImportFate> _fates = [];

    /// <summary>All notes without duplicates, in the order they were added, which is the order of the services.</summary>
    public IReadOnlyList<ImportNote> Notes => _notes;

    /// <summary>Why sources were not imported, beside others that were.</summary>
    public IReadOnlyList<ImportProblem> Problems => _unread;

    /// <summary>A source was not imported, others were.</summary>
    public void Unread(ImportProblem problem) => _unread.Add(problem);

    /// <summary>The line means the same here.</summary>
    /// <param name="place">The line.</param>
    /// <param name="subject">Its attribute or content.</param>
    /// <param name="here">The counterpart in the service file.</param>
    public void Mapped(SourceLine place, string subject, string here) => Add(new ImportNote(place, ImportFate.Mapped, subject, here));

    /// <summary>The line is imported, with a difference.</summary>
    public void Differs(SourceLine place, string subject, string how) => Add(new ImportNote(place, ImportFate.Differs, subject, how));

    /// <summary>The line is not imported.</summary>
    public void NotMapped(SourceLine place, string subject, string why) => Add(new ImportNote(place, ImportFate.NotMapped, subject, why));

    /// <summary>The line is an error in the original too.</summary>
    public void Wrong(SourceLine place, string subject, string what) => Add(new ImportNote(place, ImportFate.Wrong, subject, what));

    /// <summary>Marks lines as not imported without a note of their own, because a note covers their whole entry.</summary>
    public void Covered(IEnumerable<SourceLine> places)
    {
        foreach (SourceLine place in places)
        {
            _fates.TryAdd(place, ImportFate.NotMapped);
        }
    }

    /// <summary>superd rejects a written file, which was put aside.</summary>
    /// <param name="place">The line of the error in that file.</param>
    /// <param name="error">The error.</param>
    public void Aside(SourceLine place, string error) => Add(new ImportNote(place, ImportFate.Aside, "", error));

    /// <summary>Whether the report has an outcome for that line.</summary>
    public bool Mentions(SourceLine place) => _fates.ContainsKey(place);

    /// <summary>The number of lines with this outcome.</summary>
    public int Count(ImportFate fate) => _fates.Values.Count(one => one == fate);

    /// <summary>Adds a note once: a value of <c>defaults</c> comes up again in each service.</summary>
    private void Add(ImportNote note)
    {
        if (_known.Add(note))
        {
            _notes.Add(note);
            _fates[note.Place] = (ImportFate)Math.Max((int)note.Fate, (int)_fates.GetValueOrDefault(note.Place));
        }
    }
}
