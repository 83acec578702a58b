using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>What somebody does with a file; the bits are those of one class of users in a mode.</summary>
[Flags]
public enum FileUse
{
    None = 0,

    /// <summary>Executes it, or passes through it.</summary>
    Execute = 1,

    /// <summary>Changes it, or the entries of a directory.</summary>
    Write = 2,

    /// <summary>Reads it, or lists a directory.</summary>
    Read = 4,
}

/// <summary>Predicts whether a user will reach a file at launch, by walking the path as path_resolution(7) does.</summary>
/// <remarks>
/// No system call checks access for another user, so this class evaluates the mode bits and the POSIX ACL of every component itself.
/// Where they are not decisive (a directory closed to superd) it reports no problem: a launch that fails later reports its errno, while
/// a false alarm would keep a good service down. For superd's own user it asks the kernel (faccessat) and uses the bits only to explain
/// a refusal. One instance serves one load and caches lookups, so 2,000 services in one directory cost a single lookup of it.
/// </remarks>
public sealed class PathChecker
{
    /// <summary>path_resolution(7): MAXSYMLINKS.</summary>
    private const int MaxLinks = 40;

    /// <summary>The rights of one class of users in a mode, and of an entry of an ACL.</summary>
    private const int Read = 4, Write = 2, Execute = 1;

    private readonly Dictionary<string, Node> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _acls = new(StringComparer.Ordinal);

    /// <summary>Whether root has no capabilities, as in a sandbox: then the mode bits hold for it as for any user.</summary>
    public bool IsRootPowerless { get; init; }

    /// <summary>Whether a path is another one, or below it. Both are absolute, and nothing is looked up.</summary>
    public static bool IsIn(string path, string other) =>
        other == "/" || (path.StartsWith(other, StringComparison.Ordinal) && (path.Length == other.Length || path[other.Length] == '/'));

    private readonly record struct Node(int Errno, FileStatus Status, string? LinkTarget);

    /// <summary>Checks whether a user can execute a file.</summary>
    /// <param name="root">The directory that is <c>/</c> for the handler; empty when it has no chroot.</param>
    /// <param name="path">Absolute, inside the root.</param>
    /// <param name="user">Null: superd's own user.</param>
    public PathCheck CheckExecutable(string root, string path, Credentials? user)
    {
        PathCheck check = Walk(root, path, user);
        if (check.Problem != PathProblem.None || check.Errno != 0)
        {
            return check;
        }

        if (check.Status.Kind != FileKind.Regular)
        {
            return check with { Problem = PathProblem.WrongKind };
        }

        if (user is not null && !Allows(root + check.Component, check.Status, user, Execute))
        {
            return Denied(root, check.Component, check.Status);
        }

        return IsMountedNoExec(root + check.Component)
            ? check with { Problem = PathProblem.DeniedByMount }
            : AskKernel(root, path, check, user);
    }

    /// <summary>Checks whether a user can read a file that the user can execute: the interpreter of a script has to.</summary>
    /// <param name="root">The directory that is <c>/</c> for the handler; empty when it has no chroot.</param>
    /// <param name="executable">The result of <see cref="CheckExecutable"/>.</param>
    /// <param name="user">Null: superd's own user.</param>
    public PathCheck CheckReadable(string root, PathCheck executable, Credentials? user) =>
        user is null || Allows(root + executable.Component, executable.Status, user, Read)
            ? executable
            : Denied(root, executable.Component, executable.Status);

    /// <summary>Whether a user may read or change a file, or the entries of a directory; true too where the modes do not tell.</summary>
    /// <param name="root">The directory that is <c>/</c> for the handler; empty when it has no chroot.</param>
    /// <param name="path">Absolute, inside the root.</param>
    public bool MayUse(string root, string path, Credentials user, bool writes) =>
        CheckUse(root, path, user, writes ? FileUse.Write : FileUse.Read).Problem == PathProblem.None;

    /// <summary>Checks whether a user may use a file in these ways; no problem too where the modes do not tell.</summary>
    /// <param name="root">The directory that is <c>/</c> for the handler; empty when it has no chroot.</param>
    /// <param name="path">Absolute, inside the root.</param>
    public PathCheck CheckUse(string root, string path, Credentials user, FileUse use)
    {
        PathCheck check = Walk(root, path, user);
        return check.Problem != PathProblem.None || check.Errno != 0 || Allows(root + check.Component, check.Status, user, (int)use)
            ? check
            : Denied(root, check.Component, check.Status);
    }

    /// <summary>Checks whether superd itself can enter a directory; it does so before the credentials change.</summary>
    public PathCheck CheckDirectory(string root, string path)
    {
        PathCheck check = Walk(root, path, user: null);
        if (check.Problem != PathProblem.None || check.Errno != 0)
        {
            return check;
        }

        return check.Status.Kind == FileKind.Directory
            ? AskKernel(root, path, check, user: null)
            : check with { Problem = PathProblem.WrongKind };
    }

    /// <summary>Finds what a path leads to, whatever it is, as superd itself sees it.</summary>
    /// <returns>No problem, and the resolved path as Component; or why there is nothing.</returns>
    /// <param name="root">The directory that is <c>/</c> for the path; empty for the machine's own.</param>
    /// <param name="path">Absolute.</param>
    public PathCheck Find(string root, string path) => Walk(root, path, user: null);

    /// <summary>The steps of a path as far as they exist: each directory and symbolic link, the file itself last.</summary>
    /// <param name="root">The directory that is <c>/</c> for the path; empty for the machine's own.</param>
    /// <param name="path">Absolute.</param>
    public IReadOnlyList<PathStep> Steps(string root, string path)
    {
        var steps = new List<PathStep>();
        _ = Walk(root, path, user: null, steps);
        return steps;
    }

    /// <summary>Resolves the path; with a user, only through directories that user may search.</summary>
    /// <returns>The resolved path as Component; Errno without a problem when superd cannot see the rest.</returns>
    /// <param name="steps">Receives the steps of the walk; see <see cref="Steps"/>.</param>
    private PathCheck Walk(string root, string path, Credentials? user, List<PathStep>? steps = null)
    {
        var pending = new Stack<string>();
        Push(pending, path);
        string current = "/";
        FileStatus status = Look(root, "/").Status;
        steps?.Add(new PathStep(root + current, status));
        int links = 0;
        while (pending.TryPop(out string? name))
        {
            if (status.Kind != FileKind.Directory)
            {
                return new PathCheck(PathProblem.NotADirectory, current, status);
            }

            if (user is not null && !Allows(root + current, status, user, Execute))
            {
                return Denied(root, current, status);
            }

            if (name == ".")
            {
                continue;
            }

            if (name == "..")
            {
                // current is resolved and contains no links, so its parent is the text before the last slash. The root is its own parent.
                current = current.LastIndexOf('/') is > 0 and int slash ? current[..slash] : "/";
                status = Look(root, current).Status;
                steps?.Add(new PathStep(root + current, status));
                continue;
            }

            string next = current == "/" ? "/" + name : current + "/" + name;
            Node node = Look(root, next);
            if (node.Errno != 0)
            {
                return node.Errno switch
                {
                    Errno.ENOENT => new PathCheck(PathProblem.Missing, next, default, Errno.ENOENT),
                    Errno.EACCES when user is null => new PathCheck(PathProblem.Denied, current, status, Errno.EACCES),
                    Errno.EACCES => new PathCheck(PathProblem.None, next, default, Errno.EACCES),
                    int errno => new PathCheck(PathProblem.Unreadable, next, default, errno),
                };
            }

            steps?.Add(new PathStep(root + next, node.Status));
            if (node.LinkTarget is not null)
            {
                if (++links > MaxLinks)
                {
                    return new PathCheck(PathProblem.TooManyLinks, next, node.Status);
                }

                if (node.LinkTarget.StartsWith('/'))
                {
                    current = "/";
                    status = Look(root, "/").Status;
                    steps?.Add(new PathStep(root + current, status));
                }

                Push(pending, node.LinkTarget);
                continue;
            }

            current = next;
            status = node.Status;
        }

        return new PathCheck(PathProblem.None, current, status);
    }

    /// <summary>Asks the kernel, for superd's own user. For another user only root asks: it meets security modules.</summary>
    private static PathCheck AskKernel(string root, string path, PathCheck check, Credentials? user)
    {
        if (user is not null && !Environment.IsPrivilegedProcess)
        {
            return check;
        }

        // Absolute links mean something else inside a chroot, so ask about the resolved path.
        string asked = root.Length == 0 ? path : root + check.Component;
        if (LibC.faccessat(LibC.AT_FDCWD, asked, LibC.X_OK, LibC.AT_EACCESS) == 0)
        {
            return check;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno switch
        {
            Errno.EACCES when user is null && (check.Status.Permissions & 0b001_001_001) == 0 =>
                check with { Problem = PathProblem.Denied, Errno = errno },
            Errno.EACCES when user is null && !Environment.IsPrivilegedProcess =>
                check with { Problem = PathProblem.Denied, Errno = errno },
            Errno.EACCES => check with { Problem = PathProblem.DeniedByKernel, Errno = errno },
            Errno.ENOTDIR => check with { Problem = PathProblem.NotADirectory, Errno = errno },
            _ => check with { Problem = PathProblem.Unreadable, Errno = errno },
        };
    }

    private Node Look(string root, string path)
    {
        string real = root.Length == 0 ? path : root + path;
        if (!_seen.TryGetValue(real, out Node node))
        {
            int errno = FileStatus.TryRead(real, followLinks: path == "/", out FileStatus status);
            string? target = errno == 0 && status.Kind == FileKind.SymbolicLink ? new FileInfo(real).LinkTarget : null;
            if (errno == 0 && status.Kind == FileKind.SymbolicLink && target is null)
            {
                errno = Errno.ENOENT;
            }

            node = new Node(errno, status, target);
            _seen.Add(real, node);
        }

        return node;
    }

    private static void Push(Stack<string> pending, string path)
    {
        // A trailing slash requires a directory, and so does "." after it.
        if (path.EndsWith('/'))
        {
            pending.Push(".");
        }

        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = names.Length - 1; i >= 0; i--)
        {
            pending.Push(names[i]);
        }
    }

    private PathCheck Denied(string root, string path, FileStatus status) =>
        new(PathProblem.Denied, path, status) { HasAcl = AclOf(root + path).Length > 0 };

    /// <summary>The bits of one class apply to a user, owner, group or others; an ACL replaces those of the last two.</summary>
    /// <remarks>Root may read any file, search any directory, and execute a file that anybody may execute.</remarks>
    private bool Allows(string path, FileStatus status, Credentials user, int right)
    {
        const int EverybodysExecute = 0b001_001_001, OwnerShift = 6, GroupShift = 3;
        if (user.UserId == 0 && !IsRootPowerless)
        {
            return right != Execute || status.Kind == FileKind.Directory || (status.Permissions & EverybodysExecute) != 0;
        }

        if (status.UserId == user.UserId)
        {
            return (status.Permissions >> OwnerShift & right) == right;
        }

        if (AclOf(path) is { Length: > 0 } acl)
        {
            return AccessControlList.Allow(acl, status.GroupId, user, right) ?? true;
        }

        int shift = status.GroupId == user.GroupId || user.Groups.Contains(status.GroupId) ? GroupShift : 0;
        return (status.Permissions >> shift & right) == right;
    }

    private byte[] AclOf(string path)
    {
        if (!_acls.TryGetValue(path, out byte[]? acl))
        {
            acl = AccessControlList.Read(path);
            _acls.Add(path, acl);
        }

        return acl;
    }

    private static unsafe bool IsMountedNoExec(string path)
    {
        LibC.statfs_t fileSystem;
        return LibC.statfs(path, &fileSystem) == 0 && (fileSystem.f_flags & LibC.ST_NOEXEC) != 0;
    }

    /// <summary>Whether the file has a POSIX ACL.</summary>
    internal static bool HasAcl(string path) => AccessControlList.Read(path).Length > 0;
}
