using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>Finds units by path, or by name in systemd's directories, and reads them with their drop-ins (<c>NAME.d/*.conf</c>).</summary>
internal static class UnitReader
{
    private const string Nothing = "/dev/null", Empty = "it is empty";

    /// <summary>The current directory: a name that systemd does not know may be a file there.</summary>
    private const string Here = ".";

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">A path if it contains a '/', otherwise a name.</param>
    /// <param name="beside">A directory to search first, unless it is one of systemd's; or null.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The unit; or null and the problem when it, or what belongs to it, does not exist or cannot be read.</returns>
    public static (Unit? Unit, ImportProblem? Problem) Read(string unit, string? beside, ImportHost host)
    {
        bool isPath = unit.Contains('/');
        string name = Path.GetFileName(unit);
        string? directory = isPath ? Path.GetDirectoryName(unit) : beside;
        UnitFiles files = UnitFiles.Of(directory, host);
        UnitFiles places = isPath ? new UnitFiles([directory!]) : files; // a path with a '/' has a directory
        string? file = places.Find(name);
        bool mayBeHere = !isPath && beside is null;
        if (file is null && places.Problem is null && mayBeHere && new UnitFiles([Here]).Find(name) is { } here)
        {
            file = here;
            files = UnitFiles.Of(Here, host);
        }

        if (places.Problem is not null)
        {
            return (null, places.Problem);
        }

        if (file is null)
        {
            string orTemplate = UnitFiles.TemplateOf(name) is { } template ? $" or {template}" : "";
            string where = isPath ? directory!
                : $"{(beside is null ? "" : $"{beside} and ")}systemd's directories (systemd-analyze unit-paths)";
            string orHere = mayBeHere ? ", or in the current directory" : "";
            return (null, new ImportProblem($"there is no unit {unit}{orTemplate} in {where}{orHere}"));
        }

        return WhyMasked(file) is { } why
            ? (null, new ImportProblem($"{Wording.Path(file)} is masked: {why}", IsOtherContent: why == Empty))
            : ReadFiles(name, file, files);
    }

    /// <summary>Reads a slice, which needs no file of its own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">The section that its directives stand for: that of the unit in it.</param>
    /// <param name="beside">A directory to search first, unless it is one of systemd's.</param>
    /// <param name="host">The machine.</param>
    public static (Unit? Slice, ImportProblem? Problem) ReadSlice(string name, string role, string? beside, ImportHost host)
    {
        UnitFiles files = UnitFiles.Of(beside, host);
        string? file = files.Find(name);
        if (file is not null && WhyMasked(file) is { } why)
        {
            (SourceLine, string) defect = (new SourceLine(file, 1), $"{name} is masked: {why}, so that systemd starts nothing in it");
            return (new Unit(name, file, [], [defect]), null);
        }

        (Unit? slice, ImportProblem? problem) = ReadFiles(name, file, files);
        IEnumerable<UnitLine>? lines = slice?.Lines.Select(line => line.Section == "Slice" ? line with { Section = role } : line);
        return (slice is null ? null : slice with { Lines = [.. lines!], Section = role }, problem); // lines of the slice
    }

    private static (Unit? Unit, ImportProblem? Problem) ReadFiles(string name, string? file, UnitFiles files)
    {
        var lines = new List<UnitLine>();
        var defects = new List<(SourceLine Place, string Why)>();
        (string own, IReadOnlyList<string> aliases) = file is null ? (name, []) : files.NamesOf(name, file);
        IEnumerable<string> dropIns = files.DropIns(own, aliases).Where(dropIn => !IsMasked(dropIn));
        foreach (string one in file is null ? dropIns : dropIns.Prepend(file))
        {
            if (ReadFile(one, lines, defects) is { } problem)
            {
                return (null, ImportProblem.Of(one, problem));
            }
        }

        lines.AddRange(files.Requirements(own, aliases)
            .Select(link => new UnitLine(new SourceLine(link, 1), "Unit", "Requires", Path.GetFileName(link))));
        return files.Problem is null ? (new Unit(own, file ?? own, lines, defects), null) : (null, files.Problem);
    }

    /// <summary>systemd.unit(5): a unit that is a link to /dev/null, or an empty file, is masked. Null when it is not.</summary>
    private static string? WhyMasked(string file) =>
        IsMasked(file) ? $"a link to {Nothing}"
        : FileStatus.TryRead(file, followLinks: true, out FileStatus status) == 0 && status is { Kind: FileKind.Regular, Size: 0 } ? Empty
        : null;

    /// <summary>systemd.unit(5): a link to /dev/null masks a unit or a drop-in.</summary>
    private static bool IsMasked(string file) => new PathChecker().Steps(string.Empty, Path.GetFullPath(file))[^1].Path == Nothing;

    private static string? ReadFile(string file, List<UnitLine> lines, List<(SourceLine Place, string Why)> defects)
    {
        (string[] texts, string? problem) = SourceText.ReadLines(file);
        string section = "";
        string joined = "";
        int first = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i].Trim();
            if (text.StartsWith('#') || text.StartsWith(';') || (text.Length == 0 && joined.Length == 0))
            {
                continue; // also within a continued line
            }

            first = joined.Length == 0 ? i + 1 : first;
            if (text.EndsWith('\\'))
            {
                joined += text[..^1] + " ";
                continue;
            }

            joined += text;
            int sign = joined.IndexOf('=');
            if (WhyDefect(joined) is { } why)
            {
                defects.Add((new SourceLine(file, first), why));
            }

            if (joined.StartsWith('[') && joined.EndsWith(']'))
            {
                section = joined[1..^1];
            }
            else if (sign > 0)
            {
                lines.Add(new UnitLine(new SourceLine(file, first), section, joined[..sign].Trim(), joined[(sign + 1)..].Trim()));
            }

            joined = "";
        }

        return problem;
    }

    /// <summary>Why systemd stops reading at a line, and does not load the unit; null for a good one.</summary>
    private static string? WhyDefect(string line) =>
        !SourceText.IsUtf8(line) ? $"'{line}' {SourceText.NotUtf8}; systemd does not load such a unit"
        : line.StartsWith('[') && !line.EndsWith(']') ? $"'{line}' has no ']' at its end, and systemd does not load such a unit"
        : null;
}
