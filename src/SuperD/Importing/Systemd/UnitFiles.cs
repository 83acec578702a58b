using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>The directories that hold units, in their order, and what they hold of a unit.</summary>
/// <remarks>The order of names and directories is that of systemd's dropin.c.</remarks>
internal sealed class UnitFiles(IReadOnlyList<string> directories)
{
    /// <summary>Systemd's directories, and before them that of a unit which is in none of them.</summary>
    public static UnitFiles Of(string? beside, ImportHost host)
    {
        bool isOne = beside is null || host.UnitDirectories.Contains(Path.GetFullPath(beside));
        return new UnitFiles(isOne ? host.UnitDirectories : [beside!, .. host.UnitDirectories]); // not one of them, so not null
    }

    /// <summary>The first directory or file that cannot be looked into: what it says would be lost. Null when there is none.</summary>
    public ImportProblem? Problem { get; private set; }

    /// <summary>The path of a unit, or of the template of an instance; null without one.</summary>
    public string? Find(string name)
    {
        foreach (string one in ((string?[])[name, TemplateOf(name)]).OfType<string>())
        {
            foreach (string directory in directories)
            {
                string path = Path.Combine(directory, one);
                (FileKind? kind, string? problem) = SourceDirectory.KindOf(path);
                Note(path, problem);
                if (kind is not (null or FileKind.Directory))
                {
                    return path;
                }
            }
        }

        return null;
    }

    /// <summary>The template of an instance, <c>han@.socket</c> of <c>han@one.socket</c>; null for any other unit.</summary>
    public static string? TemplateOf(string name)
    {
        int at = name.IndexOf('@');
        int dot = name.LastIndexOf('.');
        return at > 0 && dot > at + 1 ? name[..(at + 1)] + name[dot..] : null;
    }

    /// <summary>The name a unit has for systemd, which for a link is that of the file it leads to; and the names of links to it.</summary>
    public (string Name, IReadOnlyList<string> Aliases) NamesOf(string name, string file)
    {
        string type = name[name.LastIndexOf('.')..];
        string target = TargetOf(file) is { } linked && linked.EndsWith(type, StringComparison.Ordinal) ? linked : Path.GetFileName(file);
        string instance = name[(name.IndexOf('@') + 1)..];
        string own = target == TemplateOf(name) || target == name ? name
            : target.EndsWith($"@{type}", StringComparison.Ordinal) && TemplateOf(name) is not null ? target[..^type.Length] + instance
            : target;
        IEnumerable<string> links = directories.SelectMany(directory => Names(directory)
            .Where(one => one.EndsWith(type, StringComparison.Ordinal) && one != own && TargetOf(Path.Combine(directory, one)) == target));
        return (own, [.. links.Append(name).Where(one => one != own).Distinct()]);
    }

    /// <summary>
    /// The drop-ins in the order of their file names. A file hides one of the same name in a later directory or, in the same one, of a less
    /// specific name; those of all units of the type come last.
    /// </summary>
    public IReadOnlyList<string> DropIns(string name, IReadOnlyList<string> aliases)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string type = name[(name.LastIndexOf('.') + 1)..];
        IEnumerable<string> places = FoldersOf(name, aliases, ".d").Concat(directories.Select(one => Path.Combine(one, type + ".d")));
        foreach (string directory in places)
        {
            foreach (string file in Names(directory).Where(file => file.EndsWith(".conf", StringComparison.Ordinal)))
            {
                found.TryAdd(file, Path.Combine(directory, file));
            }
        }

        return [.. found.Values];
    }

    /// <summary>The links in <c>NAME.requires</c>: units without which systemd does not start this one.</summary>
    public IReadOnlyList<string> Requirements(string name, IReadOnlyList<string> aliases) =>
        [.. FoldersOf(name, aliases, ".requires").SelectMany(folder => Names(folder).Select(one => Path.Combine(folder, one)))];

    private IEnumerable<string> FoldersOf(string name, IReadOnlyList<string> aliases, string suffix) =>
        aliases.Prepend(name).SelectMany(one => directories
            .SelectMany(directory => NamesOfDropIns(one).Select(shorter => Path.Combine(directory, shorter + suffix))));

    /// <summary>The names whose drop-ins a unit has: its own, its template's, and those of its prefix cut after a dash.</summary>
    private static IEnumerable<string> NamesOfDropIns(string name)
    {
        string type = name[name.LastIndexOf('.')..];
        string[] parts = name[..^type.Length].Split('@', 2);
        return NamesOfDropIns(parts[0], parts.Length > 1 ? parts[1] : null, type);
    }

    /// <param name="prefix">Its name up to the @, or to the type.</param>
    /// <param name="instance">Empty for an instance that is a connection's, not known now; null for a unit that is no instance.</param>
    /// <param name="type">The type with its dot.</param>
    /// <remarks>Of a template systemd cuts the name without an @.</remarks>
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

    private List<string> Names(string directory)
    {
        (List<string> names, string? problem) = SourceDirectory.ReadNames(directory, mayBeMissing: true);
        Note(directory, problem);
        return names;
    }

    /// <summary>The name of the file behind a link; null for a file that is none.</summary>
    private static string? TargetOf(string path)
    {
        bool isLink = FileStatus.TryRead(path, followLinks: false, out FileStatus status) == 0 && status.Kind == FileKind.SymbolicLink;
        return isLink ? Path.GetFileName(new PathChecker().Steps(string.Empty, Path.GetFullPath(path))[^1].Path) : null;
    }

    private void Note(string path, string? problem) => Problem ??= problem is null ? null : ImportProblem.Of(path, problem);
}
