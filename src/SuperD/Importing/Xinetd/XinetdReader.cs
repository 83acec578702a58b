using System.Collections.Immutable;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Xinetd;

/// <summary>Reads xinetd.conf and what it includes into entries, in xinetd's order and by its rules, including the odd ones.</summary>
/// <remarks>
/// A brace stands alone on its line. A line has one attribute, with white space before the operator. A comment is a whole line. There
/// are no quotes and no escapes. An entry that breaks one of these rules is dropped as a whole. After a line that is no statement xinetd
/// skips all to the next '}', even the beginning of an entry. The meaning of a line is not decided here.
/// </remarks>
internal sealed class XinetdReader(ImportReport report)
{
    private const int DeepestInclude = 16;

    /// <summary>Bounds the work: a file that includes itself twice would be read 65,536 times at the deepest level.</summary>
    private const int MostIncludes = 10_000;

    private static readonly char[] s_blanks = [' ', '\t'];

    private readonly List<XinetdEntry> _entries = [];
    private readonly List<(SourceLine Place, string What)> _unread = [];
    private int _depth;
    private int _included;

    /// <summary>Whether there is a line outside an entry that is none of xinetd's statements.</summary>
    private bool _hasStrangers;

    /// <summary>Whether there is an entry among the lines that xinetd skips: prose may have a word of it, but no brace behind.</summary>
    private bool _hasSkippedEntries;

    /// <summary>Reads a file and its includes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="report">Receives the outcomes of lines outside of entries.</param>
    /// <param name="unread">
    /// The lines of what was not read, for whatever reason: xinetd goes on without it, and it may have narrowed every service.
    /// </param>
    /// <returns>The entries; or null and the problem with the file itself.</returns>
    public static (List<XinetdEntry>? Entries, ImportProblem? Problem) Read(
        string file, ImportReport report, out IReadOnlyList<(SourceLine Place, string What)> unread)
    {
        var reader = new XinetdReader(report);
        unread = reader._unread;
        if (reader.ReadFile(file, SourceText.ReadArgument(file)) is { } problem)
        {
            return (null, ImportProblem.Of(file, problem));
        }

        if (!reader._hasStrangers && reader._entries.Count == 0 && reader._included == 0)
        {
            return (null, ImportProblem.Empty(file));
        }

        const string Missing = "no line of it is 'service NAME', 'defaults', 'include FILE' or 'includedir DIR'";

        // A line of prose may begin with 'service': an entry that xinetd drops and that has no attribute is none.
        bool hasEntry = reader._hasSkippedEntries || reader._entries.Exists(entry => entry.Defect is null || entry.Lines.Count > 0);
        bool isOther = (reader._hasStrangers || reader._entries.Count > 0) && !hasEntry && reader._included == 0;
        return isOther ? (null, ImportProblem.NoSuch(file, "configuration of xinetd", Missing)) : (reader._entries, null);
    }

    private string? ReadFile(string file, (string[] Lines, string? Problem) source)
    {
        (string[] lines, string? problem) = source;
        if (problem is not null)
        {
            return problem;
        }

        _depth++;
        bool carriageReturns = lines.Any(line => line.EndsWith('\r'));
        XinetdEntry? entry = null;
        Stranger? stranger = null;
        bool isOpen = false;
        for (int i = 0; i < lines.Length; i++)
        {
            var place = new SourceLine(file, i + 1);
            string[] words = lines[i].TrimEnd('\r').Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
            {
                continue;
            }

            if (stranger is not null)
            {
                stranger = Skip(stranger, place, words);
            }
            else if (entry is null)
            {
                entry = Statement(place, words, carriageReturns);
                isOpen = false;
                stranger = entry is null && !IsInclude(words) ? new Stranger(place, words) : null;
            }
            else if (!isOpen)
            {
                isOpen = true;
                if (words is not ["{"])
                {
                    // xinetd drops the entry and takes this line for nothing, even if it is '}'.
                    entry.Defect = entry.HasBraceInFirstLine ? "the '{' must be a line of its own"
                        : $"there is no '{{' alone in line {place.Line}";
                    Attribute(entry, place, words);
                }
            }
            else if (words is ["}"])
            {
                entry.LastLine = place.Line;
                entry = null;
            }
            else
            {
                entry.LastLine = place.Line;
                Attribute(entry, place, words);
            }
        }

        if (stranger is not null)
        {
            Tell(stranger, "all that follows");
        }

        if (entry is not null)
        {
            entry.Defect ??= "it has no '}' alone in a line";
        }

        _depth--;
        return null;
    }

    /// <summary>Handles a line outside an entry; returns the entry it opens, or null.</summary>
    private XinetdEntry? Statement(SourceLine place, string[] words, bool carriageReturns)
    {
        switch (words[0].ToLowerInvariant())
        {
            case "service" when words.Length > 1:
            case "defaults":
                bool isService = !words[0].Equals("defaults", StringComparison.OrdinalIgnoreCase);
                var entry = new XinetdEntry(isService ? words[1] : null, place)
                {
                    HasCarriageReturns = carriageReturns,
                    HasBraceInFirstLine = words[^1].EndsWith('{'),
                };
                _entries.Add(entry);
                return entry;
            case "include" when words.Length > 1:
                Include(place, words[1]);
                return null;
            case "includedir" when words.Length > 1:
                _included++;
                IncludeDirectory(place, words[1]);
                return null;
            default:
                _hasStrangers = true;
                return null;
        }
    }

    private static bool IsInclude(string[] words) => words.Length > 1 && words[0].ToLowerInvariant() is "include" or "includedir";

    /// <summary>Skips a line behind a stranger; returns the stranger, or null when the line ends it.</summary>
    private Stranger? Skip(Stranger stranger, SourceLine place, string[] words)
    {
        if (words is ["}"])
        {
            Tell(stranger, $"all to the '}}' of line {place.Line}");
            return null;
        }

        stranger.Skipped.Add(place);
        _hasSkippedEntries |= words is ["{"] && stranger.HeadBefore is not null;
        if (words is ["{"] && stranger.HeadBefore == "defaults")
        {
            _unread.Add((stranger.Place, $"xinetd skips the defaults of {place} because of this line"));
        }

        stranger.HeadBefore = words[0].ToLowerInvariant() is "service" or "defaults" ? words[0].ToLowerInvariant() : null;
        return stranger;
    }

    private void Tell(Stranger stranger, string extent)
    {
        string what = stranger.Words is ["service" or "include" or "includedir"]
            ? "its name is missing"
            : "neither an entry nor an include";
        string effect = stranger.Skipped.Count == 0 ? "xinetd ignores it" : $"xinetd skips {extent}, and so it was not imported";
        report.Wrong(stranger.Place, Wording.Quote(string.Join(' ', stranger.Words)), $"{what}; {effect}");
        report.Covered(stranger.Skipped);
    }

    private static void Attribute(XinetdEntry entry, SourceLine place, string[] words)
    {
        string name = words[0];
        int sign = name.IndexOf('=');
        if (sign >= 0 || words.Length < 2)
        {
            entry.Defect ??= sign >= 0 ? $"line {place.Line} has no space before its operator" : $"line {place.Line} has no operator";
            return;
        }

        foreach (string sigil in (string[])["+=", "-=", "="])
        {
            if (words[1].StartsWith(sigil, StringComparison.Ordinal))
            {
                string rest = words[1][sigil.Length..];
                IEnumerable<string> values = rest.Length > 0 ? words.Skip(2).Prepend(rest) : words.Skip(2);
                entry.Lines.Add(new XinetdLine(place, name.ToLowerInvariant(), sigil, [.. values]));
                return;
            }
        }

        entry.Defect ??= $"line {place.Line} has no operator";
    }

    private void Include(SourceLine place, string file)
    {
        if (++_included > MostIncludes)
        {
            NotRead(place, "include", $"more than {MostIncludes} files are included; the others are not read");
        }
        else if (_depth > DeepestInclude)
        {
            NotRead(place, "include", $"more than {DeepestInclude} files include each other; {Wording.Path(file)} is not read");
        }
        else if (ReadFile(file, SourceText.ReadLines(file)) is { } problem)
        {
            NotRead(place, "include", $"{Wording.Path(file)} {problem}");
        }
        else
        {
            report.Mapped(place, "include", "read");
        }
    }

    private void NotRead(SourceLine place, string statement, string what)
    {
        report.Wrong(place, statement, what);
        _unread.Add((place, $"{statement}: {what}"));
    }

    /// <summary>Includes regular files in byte order. Reports the names xinetd silently skips: those with a dot or a final ~.</summary>
    private void IncludeDirectory(SourceLine place, string directory)
    {
        (List<string> names, string? problem) = SourceDirectory.ReadNames(directory, mayBeMissing: false);
        if (problem is not null)
        {
            NotRead(place, "includedir", $"{Wording.Path(directory)} {problem}");
            return;
        }

        report.Mapped(place, "includedir", "read");
        foreach (string name in names)
        {
            string path = Path.Combine(directory, name);
            if (name.Contains('.') || name.EndsWith('~'))
            {
                string why = name.Contains('.') ? "the dot in its name" : "the ~ at its end";
                report.NotMapped(
                    place,
                    "includedir",
                    $"xinetd does not read {Wording.Path(path)}, because of {why}; neither was it imported");
            }
            else if (SourceDirectory.KindOf(path) is var (kind, unseen) && unseen is not null)
            {
                NotRead(place, "includedir", $"{Wording.Path(path)} {unseen}");
            }
            else if (kind != FileKind.Regular)
            {
                report.NotMapped(
                    place,
                    "includedir",
                    $"xinetd skips {Wording.Path(path)}, which is no regular file; neither was it imported");
            }
            else
            {
                Include(place, path);
            }
        }
    }

    /// <summary>A line that is no statement, and those that xinetd skips because of it.</summary>
    private sealed record Stranger(SourceLine Place, string[] Words)
    {
        public List<SourceLine> Skipped { get; } = [];

        /// <summary>The word that begins an entry in the line before, in lower case; null when none does.</summary>
        public string? HeadBefore { get; set; }
    }
}
