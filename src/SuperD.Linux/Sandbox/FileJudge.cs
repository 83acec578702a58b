using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>A file that a ruleset keeps from a process.</summary>
/// <param name="Path">The file, as the process sees it: below its root.</param>
/// <param name="Allowing">The path that a rule must name: the file itself, or the directory whose entry it is.</param>
/// <param name="Access">What the rule must allow: Read or Write.</param>
public readonly record struct RefusedFile(string Path, string Allowing, LandlockAccess Access)
{
    /// <summary>Whether it is there and no directory.</summary>
    public bool IsFile { get; init; }

    /// <summary>Whether it is not in the jail at all.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Whether only the modes of files refuse it, and not the sandbox.</summary>
    public bool IsByModeOnly { get; init; }

    /// <summary>The directory or file whose mode refuses it, whatever else does; null for none.</summary>
    public PathCheck? Mode { get; init; }
}

/// <summary>Says which files of a call a ruleset refuses, as Landlock will. Opens paths; any thread.</summary>
/// <param name="rules">The rules that the ruleset was made of.</param>
/// <param name="root">The root directory below which their paths are; null = this process's own.</param>
public sealed class FileJudge(IReadOnlyList<LandlockRule> rules, string? root)
{
    private const int PathOnly = LibC.O_PATH;

    private static int TemporaryFile => 0x400000 | LibC.O_DIRECTORY; // O_TMPFILE

    /// <summary>The root directory without symbolic links.</summary>
    private readonly string _root = root is null ? "/" : CallerView.Follow("/", root)?.Path ?? root;

    /// <summary>The rules with the files that their paths lead to.</summary>
    private readonly ImmutableArray<(FoundFile File, LandlockAccess Access)> _rules =
    [
        .. rules
            .Select(rule => (File: CallerView.Follow(root ?? "/", rule.Path), rule.Access))
            .Where(rule => rule.File is not null)
            .Select(rule => (rule.File!.Value, rule.Access)), // the line above keeps no null
    ];

    /// <summary>Whether a call names files, so that <see cref="FindRefused"/> can judge it.</summary>
    public static bool NamesFiles(int number) => FileCall.All.ContainsKey(number);

    /// <summary>
    /// The files that the call names and the ruleset, or their modes, refuse. A file that is not there is refused to nobody.
    /// </summary>
    public IReadOnlyList<RefusedFile> FindRefused(SystemCallNotification call)
    {
        var refused = new List<RefusedFile>();
        ModeJudge modes = ModeJudge.Of(call);
        FileCall form = FileCall.All[call.Number];
        foreach ((int? directory, int path) in form.Files)
        {
            if (CallerView.ReadText(call.Thread, call.Arguments[path]) is { } text
                && CallerView.Find(call.Thread, directory is { } at ? (int)call.Arguments[at] : null, text) is { } file
                && Judge(form, call, file, modes) is { } one)
            {
                refused.Add(one);
            }
        }

        return refused;
    }

    private RefusedFile? Judge(FileCall form, SystemCallNotification call, FoundFile file, ModeJudge modes) => form.Kind switch
    {
        FileCallKind.Execute when file.Kind is not null => JudgeFile(file, LandlockRights.Execute, modes),
        FileCallKind.Truncate when file.Kind == FileKind.Regular => JudgeFile(file, LandlockRights.Truncate, modes),
        FileCallKind.ChangeEntry => JudgeEntry(file, modes),
        _ => form.FlagsOf(call) is { } flags ? JudgeOpening(file, flags, modes) : null,
    };

    private RefusedFile? JudgeOpening(FoundFile file, int flags, ModeJudge modes)
    {
        if ((flags & PathOnly) != 0)
        {
            return null;
        }

        if (file.Kind is null)
        {
            return (flags & LibC.O_CREAT) != 0 ? JudgeEntry(file, modes) : null;
        }

        LandlockRights rights = (flags & FileCall.AccessMode) switch
        {
            LibC.O_RDONLY when file.Kind == FileKind.Directory => LandlockRights.ReadDirectory,
            LibC.O_RDONLY => LandlockRights.ReadFile,
            LibC.O_WRONLY => LandlockRights.WriteFile,
            LibC.O_RDWR => LandlockRights.ReadFile | LandlockRights.WriteFile,
            _ => LandlockRights.None,
        };
        rights |= (flags & TemporaryFile) == TemporaryFile ? LandlockRights.MakeFile : LandlockRights.None;
        rights |= (flags & FileCall.Truncate) != 0 && file.Kind == FileKind.Regular ? LandlockRights.Truncate : LandlockRights.None;
        return JudgeFile(file, rights, modes);
    }

    private RefusedFile? JudgeFile(FoundFile file, LandlockRights rights, ModeJudge modes)
    {
        const LandlockRights OfReading = LandlockRights.Execute | LandlockRights.ReadFile | LandlockRights.ReadDirectory;
        FileUse use = (rights.HasFlag(LandlockRights.Execute) ? FileUse.Execute : FileUse.None)
            | ((rights & OfReading & ~LandlockRights.Execute) != 0 ? FileUse.Read : FileUse.None)
            | ((rights & ~OfReading) != 0 ? FileUse.Write : FileUse.None);
        LandlockAccess access = use.HasFlag(FileUse.Write) ? LandlockAccess.Write : LandlockAccess.Read;
        return Refuse(file, file.Path, access, Grants(file.Path, rights), modes.FindDenial(file.Path, use));
    }

    /// <summary>To make, move or remove an entry is a right to its directory.</summary>
    private RefusedFile? JudgeEntry(FoundFile file, ModeJudge modes)
    {
        string parent = Path.GetDirectoryName(file.Path) ?? "/";
        return Refuse(
            file, parent, LandlockAccess.Write, Grants(parent, LandlockRights.MakeFile), modes.FindDenial(parent, FileUse.Write));
    }

    private RefusedFile? Refuse(FoundFile file, string allowing, LandlockAccess access, bool isGranted, PathCheck? mode) =>
        isGranted && mode is null
            ? null
            : new RefusedFile(Shown(file.Path), Shown(allowing), access)
            {
                IsFile = file.Kind is not (null or FileKind.Directory) && allowing == file.Path,
                IsByModeOnly = isGranted,
                Mode = mode,
            };

    /// <summary>Whether the rules of a path and of the directories above it give these rights together.</summary>
    private bool Grants(string path, LandlockRights rights)
    {
        LandlockRights granted = LandlockRights.None;
        foreach ((FoundFile file, LandlockAccess access) in _rules)
        {
            granted |= PathChecker.IsIn(path, file.Path) ? Landlock.RightsOf(access, file.Kind == FileKind.Directory) : LandlockRights.None;
        }

        return granted.HasFlag(rights);
    }

    /// <summary>A path as the process sees it.</summary>
    private string Shown(string path) =>
        !PathChecker.IsIn(path, _root) ? path : path[_root.TrimEnd('/').Length..] is { Length: > 0 } below ? below : "/";
}
