using System.Globalization;

namespace SuperD.Configuration;

/// <summary>All problems found during one load. A problem found twice (a default that many services inherit) is told once.</summary>
/// <remarks>
/// Of each file the first <see cref="MostListed"/> are listed, in the order of its lines, and the others counted: a file of a megabyte can hold a
/// hundred thousand, and whoever mends it reads a screenful. What is kept of the others is three words each.
/// </remarks>
internal sealed class Problems
{
    /// <summary>Most problems of one file that are listed.</summary>
    public const int MostListed = 100;

    private readonly Dictionary<string, OfFile> _files = new(StringComparer.Ordinal);

    public void Error(Place place, string message) => Add(Diagnostic.Error(place.File, place.Span, message));

    /// <param name="message">Made only when it is listed: what a mistyped key may have meant takes a look at all keys.</param>
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

    public void Warning(Place place, string message) => Add(Diagnostic.Warning(place.File, place.Span, message));

    public void Add(Diagnostic diagnostic) => Of(diagnostic.File).Add(diagnostic);

    /// <summary>Errors of a file of which others than these are listed.</summary>
    public void AddUnlisted(string file, int errors)
    {
        if (errors > 0)
        {
            Of(file).AddUnlisted(Severity.Error, errors);
        }
    }

    /// <summary>True when something in this file is wrong enough to keep it out.</summary>
    public bool HasErrors(string file) => _files.TryGetValue(file, out OfFile? problems) && problems.HasErrors;

    /// <summary>Everything found: the first file's problems first, then file by file in byte order, each from top to bottom, with the numbers of those not listed last.</summary>
    public IEnumerable<Diagnostic> InOrder(string firstFile) => _files
        .OrderBy(file => file.Key != firstFile)
        .ThenBy(file => file.Key, StringComparer.Ordinal)
        .SelectMany(file => file.Value.List(file.Key));

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
                    Diagnostic last = _listed.Max!; // there are some
                    _listed.Remove(last);
                    AddUnlisted(last.Severity, 1);
                }
            }
        }

        /// <summary>Whether so many problems are listed that none behind this place will be.</summary>
        public bool IsFullBefore(SourceSpan span) =>
            _listed.Count == MostListed && (_listed.Max!.Span.Line, _listed.Max.Span.Column).CompareTo((span.Line, span.Column)) < 0; // full: there is a last one

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
