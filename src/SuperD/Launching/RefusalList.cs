using System.Collections.Immutable;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>Something that a sandbox has refused, as it is told.</summary>
/// <param name="What">The call's name, <c>ptrace</c>; the address or the path that it was about.</param>
/// <param name="Key">The key that would allow it, as it is written in the service's file; null when there is none to recommend.</param>
/// <param name="Note">Why there is none, or what else to know.</param>
internal sealed record SandboxFinding(string What, int Count, string? Key, string? Note);

/// <summary>What was refused, arranged for a reader: many files are one directory, and what programs survive comes last.</summary>
internal static class RefusalList
{
    /// <summary>From so many files on their directory is named instead.</summary>
    private const int FewestOfDirectory = 3;

    /// <summary>Directories that hold the files of many programs, or of many users.</summary>
    private static readonly string[] s_shared =
    [
        "/", "/home", "/root", "/srv", "/var", "/var/lib", "/var/cache", "/var/spool", "/var/log", "/var/opt", "/run", "/run/user", "/mnt",
        "/media", "/boot", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/dev/pts", "/sys", "/proc",
    ];

    /// <summary>Calls and places that programs ask for, and do without.</summary>
    private static readonly string[] s_survived =
        ["set_mempolicy", "get_mempolicy", "mbind", "ioprio_set", "sched_setscheduler", "keyctl", "perf_event_open", "rseq"];

    /// <summary>Arranges what was counted, in the order in which each was met first.</summary>
    public static IReadOnlyList<SandboxFinding> Arrange(IEnumerable<KeyValuePair<SandboxRefusal, int>> counts)
    {
        KeyValuePair<SandboxRefusal, int>[] all = [.. counts];
        string[] writable = [.. all.Where(one => one.Key is { Writes: true, Path: not null }).Select(one => one.Key.Path!)]; // asked for
        KeyValuePair<SandboxRefusal, int>[] needed =
        [
            .. all.Where(one => one.Key is not { Writes: false, Path: { } path }
                || !Array.Exists(writable, place => PathChecker.IsIn(path, place))),
        ];
        return
        [
            .. needed
                .GroupBy(one => new Kind(one.Key.Writes, one.Key.Path is { } path ? TopOf(path, one.Key.IsFile) : null, one.Key.Note))
                .SelectMany(group => group.Key.Top is not null && group.Select(one => one.Key.Path).Distinct().Count() >= FewestOfDirectory
                    ? [OfDirectory([.. group])]
                    : group.Select(OfOne))
                .OrderBy(RankOf),
        ];
    }

    /// <summary>Refusals of one kind become one line.</summary>
    private sealed record Kind(bool Writes, string? Top, string? Note);

    private static SandboxFinding OfOne(KeyValuePair<SandboxRefusal, int> one)
    {
        (SandboxRefusal refusal, int count) = one;
        string? directory = refusal is { IsFile: true, Path: { } path } && Path.GetDirectoryName(path) is { } above && !IsShared(above)
            ? $"or its directory, {Wording.QuoteWhole(above)}, if it needs what is beside it"
            : null;
        string? survived = IsSurvived(refusal.What) && refusal.Key is not null ? "most programs do without" : null;
        string note = string.Join("; ", new[] { refusal.Note, directory, survived }.OfType<string>());
        return new SandboxFinding(refusal.What, count, refusal.Key, note.Length > 0 ? note : null);
    }

    private static SandboxFinding OfDirectory(ImmutableArray<KeyValuePair<SandboxRefusal, int>> group)
    {
        string common = group[0].Key.IsFile ? Path.GetDirectoryName(group[0].Key.Path)! : group[0].Key.Path!; // all have one
        while (!group.All(one => PathChecker.IsIn(one.Key.Path!, common)))
        {
            common = Path.GetDirectoryName(common)!; // they have one above them in common, see TopOf
        }

        int paths = group.Select(one => one.Key.What).Distinct().Count();
        string key = $"{(group[0].Key.Writes ? "writable" : "readable")} = [{Wording.QuoteWhole(common)}]";
        return new SandboxFinding($"{paths} paths in {Wording.Path(common)}", group.Sum(one => one.Value), key, group[0].Key.Note);
    }

    /// <summary>The highest directory of a path that is not shared; null if there is none.</summary>
    private static string? TopOf(string path, bool isFile)
    {
        string? top = null;
        for (string? at = isFile ? Path.GetDirectoryName(path) : path; at is not null && !IsShared(at); at = Path.GetDirectoryName(at))
        {
            top = at;
        }

        return top;
    }

    private static bool IsShared(string directory) => s_shared.Contains(directory) || Path.GetDirectoryName(directory) == "/home";

    /// <summary>What has a key comes first, then what has none, then what programs survive.</summary>
    private static int RankOf(SandboxFinding finding) => IsSurvived(finding.What) ? 2 : finding.Key is null ? 1 : 0;

    private static bool IsSurvived(string what) =>
        s_survived.Contains(what) || what == "/dev/tty" || PathChecker.IsIn(what, "/sys") || PathChecker.IsIn(what, "/proc");
}
