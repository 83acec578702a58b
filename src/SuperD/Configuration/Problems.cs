using System.Globalization;

namespace SuperD.Configuration;

/// <summary>All problems of one load. A problem found twice (a default that many services inherit) is reported once.</summary>
/// <remarks>
/// The first <see cref="MostListed"/> of each file are listed in the order of its lines, the others only counted: a file of 1 MB can
/// have a hundred thousand problems, and the user reads a screenful. An unlisted problem keeps three words in memory.
/// </remarks>
internal sealed class Problems
{
    /// <summary>The most problems of one file that are listed.</summary>
    public const int MostListed = 100;

    private readonly Dictionary<string, OfFile> _files = new(StringComparer.Ordinal);

    /// <summary>Adds an error.</summary>
    public void Error(Place place, string message) => Add(Diagnostic.Error(place.File, place.Span, message));

    /// <summary>Adds an error whose message is expensive to build, such as the nearest known key.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="message">Called only if the error will be listed.</param>
    public void Error(Place place, Func<string> message)
    {
        if (_files.TryGetValue(place.File, out OfFile? file) && file.IsFullBefore(place.Span))
        {
            file.AddUnlisted(Severity.Error, 1);
        }
        else
        {
            Error(place, message());
        }
    }

    /// <summary>Adds a warning.</summary>
    public void Warning(Place place, string message) => Add(Diagnostic.Warning(place.File, place.Span, message));

    /// <summary>Adds a problem.</summary>
    public void Add(Diagnostic diagnostic) => Of(diagnostic.File).Add(diagnostic);

    /// <summary>Counts further errors of a file without listing them.</summary>
    public void AddUnlisted(string file, int errors)
    {
        if (errors > 0)
        {
            Of(file).AddUnlisted(Severity.Error, errors);
        }
    }

    /// <summary>Whether a file has an error, which keeps it out.</summary>
    public bool HasErrors(string file) => _files.TryGetValue(file, out OfFile? problems) && problems.HasErrors;

    /// <summary>All problems: the first file's, then file by file in byte order, each from top to bottom, unlisted counts last.</summary>
    public IEnumerable<Diagnostic> InOrder(string firstFile) => _files.Keys
        .OrderBy(file => file != firstFile)
        .ThenBy(file => file, StringComparer.Ordinal)
        .SelectMany(file => _files[file].List(file));

    private OfFile Of(string file)
    {
        if (!_files.TryGetValue(file, out OfFile? problems))
        {
            _files.Add(file, problems = new OfFile());
        }

        return problems;
    }

    private sealed class OfFile
    {
        private static readonly Comparer<Diagnostic> s_fromTopToBottom = Comparer<Diagnostic>.Create((left, right) =>
        {
            int byLine = left.Span.Line.CompareTo(right.Span.Line);
            int byColumn = byLine != 0 ? byLine : left.Span.Column.CompareTo(right.Span.Column);
            int byMessage = byColumn != 0 ? byColumn : string.CompareOrdinal(left.Message, right.Message);
            return byMessage != 0 ? byMessage : left.Severity.CompareTo(right.Severity);
        });

        private readonly SortedSet<Diagnostic> _listed = new(s_fromTopToBottom);
        private readonly HashSet<(int Line, int Column, int Message)> _known = [];
        private int _moreErrors;
        private int _moreWarnings;

        public bool HasErrors { get; private set; }

        public void Add(Diagnostic diagnostic)
        {
            HasErrors |= diagnostic.Severity == Severity.Error;
            if (_known.Add((diagnostic.Span.Line, diagnostic.Span.Column, diagnostic.Message.GetHashCode(StringComparison.Ordinal))))
            {
                _listed.Add(diagnostic);
                if (_listed.Count > MostListed)
                {
                    Diagnostic last = _listed.Max!; // the set is not empty
                    _listed.Remove(last);
                    AddUnlisted(last.Severity, 1);
                }
            }
        }

        /// <summary>Whether the list is full, so that no problem after this place will be listed.</summary>
        public bool IsFullBefore(SourceSpan span)
        {
            if (_listed.Count < MostListed)
            {
                return false;
            }

            SourceSpan last = _listed.Max!.Span; // the set is not empty
            return (last.Line, last.Column).CompareTo((span.Line, span.Column)) < 0;
        }

        public void AddUnlisted(Severity severity, int number)
        {
            if (severity == Severity.Error)
            {
                _moreErrors += number;
            }
            else
            {
                _moreWarnings += number;
            }
        }

        public IEnumerable<Diagnostic> List(string file)
        {
            foreach (Diagnostic diagnostic in _listed)
            {
                yield return diagnostic;
            }

            if (_moreErrors > 0)
            {
                yield return Diagnostic.Error(file, SourceSpan.WholeFile, More(_moreErrors, "error")) with { Number = _moreErrors };
            }

            if (_moreWarnings > 0)
            {
                yield return Diagnostic.Warning(file, SourceSpan.WholeFile, More(_moreWarnings, "warning")) with { Number = _moreWarnings };
            }
        }

        private static string More(int number, string noun) =>
            string.Create(CultureInfo.InvariantCulture, $"and {number:N0} more {noun}{(number == 1 ? "" : "s")}; mend those above first");
    }
}
