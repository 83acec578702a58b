using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>Finds units by path, or by name in systemd's directories, and reads them with their drop-ins (<c>NAME.d/*.conf</c>).</summary>
internal static class UnitReader
{
    private const string Nothing = "/dev/null";

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">A path if it contains a '/', otherwise a name.</param>
    /// <param name="beside">A directory to search first, or null.</param>
    /// <param name="host">The machine.</param>
    /// <returns>The unit; or null and the problem when it does not exist or cannot be read.</returns>
    public static (Unit? Unit, ImportProblem? Problem) Read(string unit, string? beside, ImportHost host)
    {
        string[] directories = unit.Contains('/') ? [Path.GetDirectoryName(unit)!]
            : beside is null ? [.. host.UnitDirectories]
            : [beside, .. host.UnitDirectories];
        string name = Path.GetFileName(unit);
        string? template = TemplateOf(name);
        string? file = ((string?[])[name, template]).OfType<string>()
            .SelectMany(one => directories.Select(directory => Path.Combine(directory, one))).FirstOrDefault(File.Exists);
        if (file is null)
        {
            string orTemplate = template is null ? "" : $" or {template}";
            return (null, new ImportProblem($"there is no unit {unit}{orTemplate} in {string.Join(", ", directories)}"));
        }

        if (IsMasked(file))
        {
            return (null, new ImportProblem($"{Wording.Path(file)} is masked: a link to {Nothing}"));
        }

        var lines = new List<UnitLine>();
        if (ReadFile(file, lines) is { } problem)
        {
            return (null, ImportProblem.Of(file, problem));
        }

        foreach (string dropIn in DropIns(name, directories).Where(dropIn => !IsMasked(dropIn)))
        {
            if (ReadFile(dropIn, lines) is { } dropInProblem)
            {
                return (null, ImportProblem.Of(dropIn, dropInProblem));
            }
        }

        return (new Unit(name, file, lines), null);
    }

    /// <summary>The template of an instance, <c>han@.socket</c> of <c>han@one.socket</c>; null for any other unit.</summary>
    private static string? TemplateOf(string name)
    {
        int at = name.IndexOf('@');
        int dot = name.LastIndexOf('.');
        return at > 0 && dot > at + 1 ? name[..(at + 1)] + name[dot..] : null;
    }

    /// <summary>
    /// The names whose drop-ins a unit has (systemd.unit(5)): its own, its template's, those of its name cut after each dash, and those of
    /// all units of its type.
    /// </summary>
    private static IEnumerable<string> NamesOfDropIns(string name)
    {
        string type = name[name.LastIndexOf('.')..];
        string[] own = TemplateOf(name) is { } template ? [name, template] : [name];
        IEnumerable<string> cut = own.SelectMany(one => one.Select((letter, index) => (letter, index)).Reverse()
            .Where(at => at.letter == '-' && at.index < one.Length - type.Length - 1).Select(at => one[..(at.index + 1)] + type));
        return [.. own, .. cut, type[1..]];
    }

    /// <summary>
    /// The drop-ins in the order of their file names. A file hides one of the same name that is less specific, or in a later directory.
    /// </summary>
    private static IEnumerable<string> DropIns(string name, string[] directories)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string directory in NamesOfDropIns(name)
            .SelectMany(one => directories.Select(directory => Path.Combine(directory, one + ".d"))))
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

    private static string? ReadFile(string file, List<UnitLine> lines)
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
}
