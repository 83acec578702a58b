namespace SuperD.Configuration.Toml;

/// <summary>Collects what is wrong with one TOML file.</summary>
/// <remarks>
/// At most one problem per line is kept, the first: what follows an error on its line is more often its echo than a second mistake.
/// After <see cref="MaxReported"/> lines the others are only counted; a file that bad is not TOML at all.
/// </remarks>
internal sealed class TomlProblems(string file)
{
    public const int MaxReported = Problems.MostListed;

    private readonly List<Diagnostic> reported = [];
    private readonly HashSet<int> linesReported = [];

    /// <summary>How many problems were met, those not kept included; when it grows, the text read meanwhile was bad.</summary>
    public int Met { get; private set; }

    /// <summary>How many more lines have a problem than are reported.</summary>
    public int Unlisted { get; private set; }

    public void Add(SourceSpan span, string message)
    {
        Met++;
        if (!linesReported.Add(span.Line))
        {
            return;
        }

        if (reported.Count == MaxReported)
        {
            Unlisted++;
        }
        else
        {
            reported.Add(Diagnostic.Error(file, span, message));
        }
    }

    /// <summary>The problems in the order of their lines.</summary>
    public IReadOnlyList<Diagnostic> ToList() => [.. reported.OrderBy(problem => problem.Span.Line)];
}
