using System.Collections.Immutable;
using System.Text;

namespace SuperD.Linux;

/// <summary>The files of a jail, as they were found: what to make in its root, and what to mount there. Immutable.</summary>
/// <remarks>
/// A jail's root is a small file system with directories, empty files to mount on, and the links that lead to what is mounted. All paths to
/// mount are resolved here, and the builder follows no link any more: a link might be another one by then.
/// </remarks>
public sealed class JailLayout
{
    /// <summary>Links that programs expect in /dev when there is a /proc.</summary>
    private static readonly (string Path, string Target)[] s_descriptorLinks =
    [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"),
    ];

    private JailLayout(JailSpec spec, IReadOnlyList<JailMount> mounts, IReadOnlyDictionary<string, string?> nodes)
    {
        Spec = spec;
        Mounts = [.. mounts];
        Nodes = [.. nodes.Keys.Order(StringComparer.Ordinal).Select(node => (node, nodes[node]))];
        Text = Describe();
    }

    /// <summary>What it was made for.</summary>
    public JailSpec Spec { get; }

    /// <summary>All that it is, and the identity of each file: two jails with the same text are the same.</summary>
    public string Text { get; }

    /// <summary>What is mounted, those further up first.</summary>
    internal ImmutableArray<JailMount> Mounts { get; }

    /// <summary>What is made in the root, in this order: a link to its target, <see cref="EmptyFile"/>, or null: a directory.</summary>
    internal ImmutableArray<(string Path, string? Target)> Nodes { get; }

    /// <summary>The target of a node that is a file to mount on.</summary>
    internal const string EmptyFile = "";

    /// <summary>Looks at all paths, which may take its time: not on the loop.</summary>
    /// <returns>
    /// Null, or the path that cannot be used. ELOOP: a symbolic link on it is in a place that the jail's processes may change, so that they
    /// could choose themselves what they get.
    /// </returns>
    public static LandlockError? Find(JailSpec spec, out JailLayout? layout)
    {
        layout = null;
        var paths = new PathChecker();
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        var mounts = new List<JailMount>();
        string[] changeable =
        [
            .. spec.Files
                .Where(file => file.Access == LandlockAccess.Write)
                .SelectMany(file => paths.Find("", file.Path) is { Problem: PathProblem.None } found
                    ? new[] { file.Path, found.Component }
                    : [file.Path]),
        ];
        foreach (LandlockRule rule in spec.Files)
        {
            if (Find(paths, rule.Path, changeable, links, out JailMount mount) is not 0 and int errno)
            {
                if (rule.IsOptional && errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.EACCES)
                {
                    continue;
                }

                return new LandlockError(rule.Path, errno);
            }

            mounts.Add(mount with { Target = mount.Source, Access = rule.Access });
        }

        foreach (JailBind bind in spec.Binds)
        {
            if (Find(paths, bind.Source, changeable, links: null, out JailMount mount) is not 0 and int errno)
            {
                return new LandlockError(bind.Source, errno);
            }

            mounts.Add(mount with { Target = Resolve(bind.Target, links), Access = LandlockAccess.Read });
        }

        List<JailMount> needed = WithoutDoubles(mounts);
        layout = new JailLayout(spec, needed, NodesFor(spec, needed, links));
        return null;
    }

    /// <summary>
    /// The first mount that could not be made, because what stands above it in the jail has nothing, or something else, in its place; null
    /// if all can. Looks at paths.
    /// </summary>
    public JailConflict? FindConflict()
    {
        for (int i = 1; i < Mounts.Length; i++)
        {
            JailMount mount = Mounts[i];
            if (ShownBy(Mounts.Take(i), mount.Target) is not { } below)
            {
                continue;
            }

            if (FileStatus.TryRead(below, followLinks: false, out FileStatus status) != 0)
            {
                return new JailConflict(mount.Target, below, null);
            }

            if (status.Kind == FileKind.SymbolicLink || (status.Kind == FileKind.Directory) != mount.IsDirectory)
            {
                return new JailConflict(mount.Target, below, status.Kind);
            }
        }

        return null;
    }

    /// <summary>The machine's path of what is at a path of the jail; null where only the jail's own root is. Looks at nothing.</summary>
    /// <param name="path">Absolute, without a link of the jail.</param>
    public string? ShownAt(string path) => ShownBy(Mounts, path);

    private static string? ShownBy(IEnumerable<JailMount> mounts, string path) =>
        mounts.LastOrDefault(mount => PathChecker.IsIn(path, mount.Target)) is { Source: { } source, Target: var target }
            ? source + path[target.Length..]
            : null;

    /// <summary>Finds what a path leads to, and the links on the way there; returns 0 or an errno.</summary>
    /// <param name="changeable">What the jail's processes may change, by the paths that were written and by those they lead to.</param>
    private static int Find(
        PathChecker paths, string path, string[] changeable, Dictionary<string, string>? links, out JailMount mount)
    {
        PathCheck check = paths.Find("", path);
        mount = new JailMount(check.Component, path, LandlockAccess.Read, check.Status.Kind == FileKind.Directory, default);
        if (check.Problem != PathProblem.None)
        {
            return check.Errno != 0 ? check.Errno
                : check.Problem == PathProblem.NotADirectory ? Errno.ENOTDIR
                : check.Problem == PathProblem.TooManyLinks ? Errno.ELOOP
                : Errno.EACCES;
        }

        foreach (PathStep step in paths.Steps("", path).Where(step => step.Status.Kind == FileKind.SymbolicLink))
        {
            if (Array.Exists(changeable, place => PathChecker.IsIn(step.Path, place)))
            {
                return Errno.ELOOP;
            }

            if (links is not null && new FileInfo(step.Path).LinkTarget is { } target)
            {
                links[step.Path] = target;
            }
        }

        mount = mount with { Identity = FileIdentity.Of(check.Component) };
        return mount.Identity == default ? Errno.ENOENT : 0;
    }

    /// <summary>Where a path of the jail really is, if it passes through a link of the jail.</summary>
    private static string Resolve(string target, Dictionary<string, string> links)
    {
        const int MostLinks = 40; // as path_resolution(7)
        for (int i = 0; i < MostLinks && links.Keys.FirstOrDefault(link => PathChecker.IsIn(target, link)) is { } link; i++)
        {
            target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link) ?? "/", links[link]) + target[link.Length..]);
        }

        return target;
    }

    /// <summary>Leaves out what a mount further up shows anyway, with the same rights or more.</summary>
    private static List<JailMount> WithoutDoubles(IEnumerable<JailMount> mounts)
    {
        var needed = new List<JailMount>();
        foreach (JailMount mount in mounts.OrderBy(one => one.Target, StringComparer.Ordinal).ThenByDescending(one => one.Access))
        {
            JailMount? above = needed.LastOrDefault(one => PathChecker.IsIn(mount.Target, one.Target));
            bool isShown = above is not null
                && above.Source + mount.Target[above.Target.Length..] == mount.Source
                && (above.Access == mount.Access || (above.Access, mount.Access) is (LandlockAccess.Write, LandlockAccess.Read));
            if (!isShown)
            {
                needed.Add(mount);
            }
        }

        return needed;
    }

    private static Dictionary<string, string?> NodesFor(JailSpec spec, List<JailMount> mounts, Dictionary<string, string> links)
    {
        var nodes = new Dictionary<string, string?>(StringComparer.Ordinal);
        bool IsMounted(string path) => mounts.Exists(mount => PathChecker.IsIn(path, mount.Target));
        void AddDirectoriesAbove(string path)
        {
            for (string? above = Path.GetDirectoryName(path); above is not (null or "/"); above = Path.GetDirectoryName(above))
            {
                if (!IsMounted(above))
                {
                    nodes[above] = null;
                }
            }
        }

        void Add(string path, string? target)
        {
            AddDirectoriesAbove(path);
            nodes.TryAdd(path, target);
        }

        foreach (JailMount mount in mounts)
        {
            AddDirectoriesAbove(mount.Target);
            if (!mounts.Exists(other => other.Target.Length < mount.Target.Length && PathChecker.IsIn(mount.Target, other.Target)))
            {
                nodes[mount.Target] = mount.IsDirectory ? null : EmptyFile;
            }
        }

        IEnumerable<string> own = [.. spec.HasTmp ? ["/tmp"] : Array.Empty<string>(), .. spec.HasProc ? ["/proc"] : Array.Empty<string>()];
        foreach (string path in own.Where(path => !IsMounted(path)))
        {
            Add(path, null);
        }

        IEnumerable<(string Path, string Target)> wanted =
        [
            .. links.Select(link => (link.Key, link.Value)),
            .. spec.HasTmp ? JailSpec.TmpPlaces.Skip(1).Select(place => (place, JailSpec.TmpPlaces[0])) : [],
            .. spec.HasProc ? s_descriptorLinks : [],
        ];
        foreach ((string path, string target) in wanted.Where(link => !IsMounted(link.Path)))
        {
            Add(path, target);
        }

        return nodes;
    }

    private string Describe()
    {
        const char End = '\0'; // no path has it
        var text = new StringBuilder();
        text.Append($"{Spec.Name}{End}{Spec.Hostname}{End}{Spec.HasOwnNetwork} {Spec.HasTmp} {Spec.HasProc}{End}");
        text.Append($"{Spec.Owner} {Spec.Users}{End}");
        foreach ((string path, string? target) in Nodes)
        {
            text.Append($"{path}{End}{(target is null ? "directory" : target.Length == 0 ? "file" : "link")} {target}{End}");
        }

        foreach (JailMount mount in Mounts)
        {
            text.Append($"{mount.Source}{End}{mount.Target}{End}{mount.Access} {mount.Identity.Device}:{mount.Identity.Inode}{End}");
        }

        return text.ToString();
    }
}

/// <summary>Something of a jail that has nothing to be mounted on.</summary>
/// <param name="Target">Its path in the jail.</param>
/// <param name="Below">The machine's path of what should be there to mount it on.</param>
/// <param name="Found">What is there, which does not fit; null for nothing.</param>
public readonly record struct JailConflict(string Target, string Below, FileKind? Found);

/// <summary>Something mounted in a jail.</summary>
/// <param name="Source">Outside the jail, without a link.</param>
/// <param name="Target">In the jail, without a link.</param>
/// <param name="Identity">Of the source.</param>
internal sealed record JailMount(string Source, string Target, LandlockAccess Access, bool IsDirectory, FileIdentity Identity);
