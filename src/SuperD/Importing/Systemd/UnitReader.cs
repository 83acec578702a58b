using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>Finds units by path, or by name in systemd's directories, and reads them with their drop-ins (<c>NAME.d/*.conf</c>).</summary>
internal static class UnitReader
{
    private const string Nothing = "/dev/null";

    /// <summary>The current directory: a name that systemd does not know may be a file there.</summary>
    private const string Here = ".";

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">A path if it contains a '/', otherwise a name.</param>
    /// <param name="beside">A directory to search first, or null.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The unit; or null and the problem when it does not exist or cannot be read.</returns>
    public static (Unit? Unit, ImportProblem? Problem) Read(string unit, string? beside, ImportHost host)
    {
        bool isPath = unit.Contains('/');
        string[] directories = isPath ? [Path.GetDirectoryName(unit)!]
            : beside is null ? [.. host.UnitDirectories]
            : [beside, .. host.UnitDirectories];
        string name = Path.GetFileName(unit);
        string? template = TemplateOf(name);
        string? file = Find(name, template, directories);
        bool mayBeHere = !isPath && beside is null;
        if (file is null && mayBeHere && Find(name, template, [Here]) is { } here)
        {
            file = here;
            directories = [Here];
        }

        if (file is null)
        {
            string orTemplate = template is null ? "" : $" or {template}";
            string orHere = mayBeHere ? ", or in the current directory" : "";
            return (null, new ImportProblem($"there is no unit {unit}{orTemplate} in {string.Join(", ", directories)}{orHere}"));
        }

        if (IsMasked(file))
        {
            return (null, new ImportProblem($"{Wording.Path(file)} is masked: a link to {Nothing}"));
        }

        var lines = new List<UnitLine>();
        var defects = new List<(SourceLine Place, string Why)>();
        if (ReadFile(file, lines, defects) is { } problem)
        {
            return (null, ImportProblem.Of(file, problem));
        }

        foreach (string dropIn in DropIns(name, directories).Where(dropIn => !IsMasked(dropIn)))
        {
            if (ReadFile(dropIn, lines, defects) is { } dropInProblem)
            {
                return (null, ImportProblem.Of(dropIn, dropInProblem));
            }
        }

        return (new Unit(name, file, lines, defects), null);
    }

    private static string? Find(string name, string? template, string[] directories) =>
        ((string?[])[name, template]).OfType<string>()
            .SelectMany(one => directories.Select(directory => Path.Combine(directory, one))).FirstOrDefault(File.Exists);

    /// <summary>The template of an instance, <c>han@.socket</c> of <c>han@one.socket</c>; null for any other unit.</summary>
    private static string? TemplateOf(string name)
    {
        int at = name.IndexOf('@');
        int dot = name.LastIndexOf('.');
        return at > 0 && dot > at + 1 ? name[..(at + 1)] + name[dot..] : null;
    }

    /// <summary>
    /// The names whose drop-ins a unit has, but for those of all units of its type: its own, its template's, and those of its prefix cut
    /// after a dash, with the same instance.
    /// </summary>
    /// <param name="prefix">Its name up to the @, or to the type.</param>
    /// <param name="instance">Empty for an instance that is a connection's, not known now; null for a unit that is no instance.</param>
    /// <param name="type">The type with its dot.</param>
    /// <remarks>The order is that of unit_file_find_dirs in systemd's dropin.c; of a template it cuts the name without an @.</remarks>
    private static IEnumerable<string> NamesOfDropIns(string prefix, string? instance, string type)
    {
        string? cut = Cut(prefix);
        List<string> names = [instance is null ? prefix + type : $"{prefix}@{instance}{type}"];
        if (instance is not null)
        {
            names.Add($"{prefix}@{type}");
            names.AddRange(cut is null ? [] : NamesOfDropIns(cut, null, type));
        }

        names.AddRange(cut is null ? [] : NamesOfDropIns(cut, instance, type));
        return names.Distinct();
    }

    /// <summary>A prefix cut after its last dash but one at its end: <c>a-b-</c> of <c>a-b-c</c>, <c>a-</c> of that.</summary>
    private static string? Cut(string prefix)
    {
        string rest = prefix.EndsWith('-') ? prefix[..^1] : prefix;
        int dash = rest.LastIndexOf('-');
        return dash > 0 ? rest[..(dash + 1)] : null;
    }

    /// <summary>
    /// The drop-ins in the order of their file names. A file hides one of the same name in a later directory or, in the same one, of a less
    /// specific name; those of all units of the type come last.
    /// </summary>
    private static IEnumerable<string> DropIns(string name, string[] directories)
    {
        string type = name[name.LastIndexOf('.')..];
        string[] parts = name[..^type.Length].Split('@', 2);
        string[] names = [.. NamesOfDropIns(parts[0], parts.Length > 1 ? parts[1] : null, type)];
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string directory in directories.SelectMany(directory => names.Select(one => Path.Combine(directory, one + ".d")))
            .Concat(directories.Select(directory => Path.Combine(directory, type[1..] + ".d"))))
        {
            // A missing directory, or one with too many files, has no names.
            _ = DirectoryNames.TryRead(directory, out List<string> files);
            foreach (string file in files.Where(file => file.EndsWith(".conf", StringComparison.Ordinal)))
            {
                found.TryAdd(file, Path.Combine(directory, file));
            }
        }

        return found.Values;
    }

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
