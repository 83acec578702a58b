namespace SuperD.Configuration;

/// <summary>All problems found during one load. A problem found twice (a default that many services inherit) is told once.</summary>
internal sealed class Problems
{
    private readonly List<Diagnostic> found = [];
    private readonly HashSet<Diagnostic> known = [];
    private readonly HashSet<string> filesWithErrors = new(StringComparer.Ordinal);

    public void Error(Place place, string message) => Add(Diagnostic.Error(place.File, place.Span, message));

    public void Warning(Place place, string message) => Add(Diagnostic.Warning(place.File, place.Span, message));

    public void Add(Diagnostic diagnostic)
    {
        if (!known.Add(diagnostic))
        {
            return;
        }

        found.Add(diagnostic);
        if (diagnostic.Severity == Severity.Error)
        {
            filesWithErrors.Add(diagnostic.File);
        }
    }

    /// <summary>True when something in this file is wrong enough to keep it out.</summary>
    public bool HasErrors(string file) => filesWithErrors.Contains(file);

    /// <summary>Everything found: the first file's problems first, then file by file in byte order, each from top to bottom.</summary>
    public List<Diagnostic> InOrder(string firstFile)
    {
        var ordered = new List<Diagnostic>(found);
        ordered.Sort((left, right) =>
        {
            int byFile = (right.File == firstFile).CompareTo(left.File == firstFile);
            byFile = byFile != 0 ? byFile : string.CompareOrdinal(left.File, right.File);
            int byLine = byFile != 0 ? byFile : left.Span.Line.CompareTo(right.Span.Line);
            int byColumn = byLine != 0 ? byLine : left.Span.Column.CompareTo(right.Span.Column);
            return byColumn != 0 ? byColumn : string.CompareOrdinal(left.Message, right.Message);
        });
        return ordered;
    }
}
