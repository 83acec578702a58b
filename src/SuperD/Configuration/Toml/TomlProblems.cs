namespace SuperD.Configuration.Toml;

/// <summary>Collects what is wrong with one TOML file.</summary>
/// <remarks>
/// Only the first problem of a line is kept: what follows on the same line is more often a consequence than a second mistake.
/// After <see cref="MaxReported"/> lines the others are only counted: such a file is not TOML at all.
/// </remarks>
internal sealed class TomlProblems(string file)
{
    public const int MaxReported = Problems.MostListed;

    private readonly List<Diagnostic> _reported = [];
    private readonly HashSet<int> _linesReported = [];

    /// <summary>How many problems were found, including those that are not kept; it has grown after bad text.</summary>
    public int Met { get; private set; }

    /// <summary>How many more lines have a problem than are reported.</summary>
    public int Unlisted { get; private set; }

    public void Add(SourceSpan span, string message)
    {
        Met++;
        if (!_linesReported.Add(span.Line))
        {
            return;
        }

        if (_reported.Count == MaxReported)
        {
            Unlisted++;
        }
        else
        {
            _reported.Add(Diagnostic.Error(file, span, message));
        }
    }

    /// <summary>The problems in the order of their lines.</summary>
    public IReadOnlyList<Diagnostic> ToList() => [.. _reported.OrderBy(problem => problem.Span.Line)];
}
