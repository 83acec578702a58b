using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>Finds and reads units: by path, or by name in systemd's directories; drop-ins (<c>NAME.d/*.conf</c>) after the unit itself.</summary>
internal static class UnitReader
{
    private const string Nothing = "/dev/null";

    /// <param name="unit">A path when there is a '/' in it, else a name.</param>
    /// <param name="beside">A directory to look in first, or null.</param>
    /// <returns>Null and a line for the user when there is none, or it cannot be read.</returns>
    public static (Unit? Unit, string? Problem) Read(string unit, string? beside, ImportHost host)
    {
        string[] directories = unit.Contains('/') ? [Path.GetDirectoryName(unit)!] : beside is null ? [.. host.UnitDirectories] : [beside, .. host.UnitDirectories];
        string name = Path.GetFileName(unit);
        string? file = directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
        if (file is null)
        {
            return (null, $"there is no unit {unit} in {string.Join(", ", directories)}");
        }

        if (IsMasked(file))
        {
            return (null, $"{Wording.Path(file)} is masked: a link to {Nothing}");
        }

        var lines = new List<UnitLine>();
        if (ReadFile(file, lines) is { } problem)
        {
            return (null, $"{Wording.Path(file)} {problem}");
        }

        foreach (string dropIn in DropIns(name, directories).Where(dropIn => !IsMasked(dropIn)))
        {
            if (ReadFile(dropIn, lines) is { } dropInProblem)
            {
                return (null, $"{Wording.Path(dropIn)} {dropInProblem}");
            }
        }

        return (new Unit(name, file, lines), null);
    }

    /// <summary>Sorted by their names; of two that are called the same, the one of the earlier directory counts.</summary>
    private static IEnumerable<string> DropIns(string name, string[] directories)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string directory in directories.Select(directory => Path.Combine(directory, name + ".d")))
        {
            // What is no directory, or too full, has no names.
            _ = DirectoryNames.TryRead(directory, out List<string> files);
            foreach (string file in files.Where(file => file.EndsWith(".conf", StringComparison.Ordinal)))
            {
                found.TryAdd(file, Path.Combine(directory, file));
            }
        }

        return found.Values;
    }

    /// <summary>systemd.unit(5): a unit, or a drop-in, is put out of force by a link to /dev/null.</summary>
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
                continue; // also between the parts of a continued line
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
