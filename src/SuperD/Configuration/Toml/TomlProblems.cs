namespace SuperD.Configuration.Toml;

/// <summary>Collects what is wrong with one TOML file.</summary>
/// <remarks>
/// At most one problem per line is kept, the first: what follows an error on its line is more often its echo than a second mistake.
/// After <see cref="MaxReported"/> of them the reader stops; a file that bad is not TOML at all.
/// </remarks>
internal sealed class TomlProblems(string file)
{
    public const int MaxReported = 100;

    private readonly List<Diagnostic> reported = [];
    private readonly HashSet<int> linesReported = [];

    /// <summary>How many problems were met, those not kept included; when it grows, the text read meanwhile was bad.</summary>
    public int Met { get; private set; }

    /// <summary>True when there is one more problem than is reported; nothing more needs to be read.</summary>
    public bool IsFull { get; private set; }

    public void Add(SourceSpan span, string message)
    {
        Met++;
        if (IsFull || !linesReported.Add(span.Line))
        {
            return;
        }

        if (reported.Count == MaxReported)
        {
            IsFull = true;
            return;
        }

        reported.Add(Diagnostic.Error(file, span, message));
    }

    /// <summary>The problems in the order of their lines, and a last one without a place when there are more.</summary>
    public IReadOnlyList<Diagnostic> ToList()
    {
        List<Diagnostic> sorted = [.. reported.OrderBy(problem => problem.Span.Line)];
        if (IsFull)
        {
            sorted.Add(Diagnostic.Error(file, SourceSpan.WholeFile, $"there are more problems than these {MaxReported}; fix these first"));
        }

        return sorted;
    }
}
