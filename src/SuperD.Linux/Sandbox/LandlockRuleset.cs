using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SuperD.Linux;

/// <summary>The files and the network that a sandbox leaves: a Landlock ruleset. Made once, never changed.</summary>
/// <remarks>
/// A rule belongs to the inode that the path had, and keeps that inode in the kernel; the path itself may come to lead to another one, see
/// <see cref="IsCurrent"/>. The descriptor is closed with the last plan that uses it, or by <see cref="Dispose"/>.
/// </remarks>
public sealed unsafe class LandlockRuleset : IDisposable
{
    private const int NetworkAbi = 4, ScopeAbi = 6;
    private const ulong ConnectAndBindTcp = 3; // LANDLOCK_ACCESS_NET_*, from NetworkAbi on
    private const ulong SignalsAndAbstractSockets = 3; // LANDLOCK_SCOPE_*, from ScopeAbi on
    private const int PathBeneath = 1; // LANDLOCK_RULE_PATH_BENEATH
    private const ulong ResolveInRoot = 0x10; // RESOLVE_IN_ROOT
    private const ulong ResolveNoLinks = 0x04; // RESOLVE_NO_SYMLINKS

    private readonly string? _root;
    private readonly ImmutableArray<(string Path, FileIdentity Identity)> _files;

    private LandlockRuleset(SafeFileHandle handle, string? root, ImmutableArray<(string Path, FileIdentity Identity)> files)
    {
        Handle = handle;
        _root = root;
        _files = files;
    }

    /// <summary>The ruleset, close-on-exec. A safe handle, since nothing tells when the last plan that uses it is gone.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Makes a ruleset of all that this kernel's Landlock can restrict. Opens paths: not on the loop.</summary>
    /// <param name="root">The root directory of the process, below which the paths are; null = superd's own.</param>
    /// <param name="networkOff">Whether TCP sockets can neither connect nor bind (from ABI 4 on).</param>
    /// <returns>
    /// Null, or what failed: a path that cannot be opened, or a system call. ELOOP: a symbolic link on the path is in a place that the
    /// process may change, so that it could choose itself what the rule is for.
    /// </returns>
    public static LandlockError? Create(
        IReadOnlyList<LandlockRule> rules, string? root, bool networkOff, out LandlockRuleset? ruleset) =>
        Create(rules, root, networkOff, Landlock.Abi, out ruleset);

    /// <summary>Makes a ruleset for a jail: all that is below its root directory, which no descriptor from outside is.</summary>
    /// <remarks>
    /// What a program may do with its files the mounts say. But who sends it a descriptor of a directory of the machine would lead it out.
    /// Does not wait: may be called on the loop.
    /// </remarks>
    /// <param name="root">See <see cref="JailTemplate.Root"/>.</param>
    /// <param name="ruleset">Null when this kernel has no Landlock.</param>
    public static LandlockError? CreateForJail(Fd root, bool networkOff, out LandlockRuleset? ruleset)
    {
        ruleset = null;
        if (Landlock.Abi == 0)
        {
            return null;
        }

        LandlockError? error = Create([], root: null, networkOff, Landlock.Abi, out ruleset);
        if (error is null // then there is a ruleset
            && AddRule((int)ruleset!.Handle.DangerousGetHandle(), root, Landlock.RightsOf(Landlock.Abi)) is not 0 and int errno)
        {
            ruleset.Dispose();
            ruleset = null;
            return new LandlockError("landlock_add_rule(/)", errno);
        }

        return error;
    }

    /// <summary>Makes a ruleset as an older kernel would.</summary>
    internal static LandlockError? Create(
        IReadOnlyList<LandlockRule> rules,
        string? root,
        bool networkOff,
        int abi,
        out LandlockRuleset? ruleset)
    {
        ruleset = null;
        if (abi == 0)
        {
            return new LandlockError("landlock_create_ruleset", Landlock.Errno);
        }

        var attributes = new RulesetAttributes
        {
            Files = (ulong)Landlock.RightsOf(abi),
            Network = networkOff && abi >= NetworkAbi ? ConnectAndBindTcp : 0,
            Scopes = abi >= ScopeAbi ? SignalsAndAbstractSockets : 0,
        };
        int known = abi >= ScopeAbi ? sizeof(RulesetAttributes) : abi >= NetworkAbi ? 2 * sizeof(ulong) : sizeof(ulong);
        nint fd = LibC.syscall((nint)SystemCallNumber.LandlockCreateRuleset, (nint)(&attributes), known, 0, 0, 0);
        if (fd < 0)
        {
            return new LandlockError("landlock_create_ruleset", Marshal.GetLastPInvokeError());
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        if (AddAll((int)fd, rules, root, abi, out ImmutableArray<(string, FileIdentity)> files) is { } error)
        {
            handle.Dispose();
            return error;
        }

        ruleset = new LandlockRuleset(handle, root, files);
        return null;
    }

    /// <summary>Whether each path still leads to the inode it had, and a missing one still is missing. Looks at each path.</summary>
    public bool IsCurrent()
    {
        if (TryOpenRoot(_root, out Fd? root) != 0)
        {
            return false;
        }

        using (root)
        {
            return _files.All(file => Find(root, file.Path) == file.Identity);
        }
    }

    /// <summary>Closes the descriptor. A launch of a plan that still has it fails.</summary>
    public void Dispose() => Handle.Dispose();

    private static LandlockError? AddAll(
        int ruleset, IReadOnlyList<LandlockRule> rules, string? rootPath, int abi, out ImmutableArray<(string, FileIdentity)> files)
    {
        files = [];
        if (TryOpenRoot(rootPath, out Fd? root) is not 0 and int errno)
        {
            return new LandlockError(rootPath!, errno); // null is not opened
        }

        using (root)
        {
            var paths = new PathChecker();
            string prefix = rootPath is null or "/" ? "" : rootPath;
            PathCheck[] seen = [.. rules.Select(rule => paths.Find(prefix, rule.Path))];
            string[] changeable =
            [
                .. rules.Zip(seen)
                    .Where(one => one.First.Access == LandlockAccess.Write && one.Second.Problem == PathProblem.None)
                    .Select(one => prefix + one.Second.Component.TrimEnd('/') + "/"),
            ];
            var found = ImmutableArray.CreateBuilder<(string, FileIdentity)>(rules.Count);
            foreach ((LandlockRule rule, PathCheck check) in rules.Zip(seen))
            {
                bool isItsOwn = paths.Steps(prefix, rule.Path).Any(step => step.Status.Kind == FileKind.SymbolicLink
                    && changeable.Any(place => step.Path.StartsWith(place, StringComparison.Ordinal)));
                FileIdentity identity = default;
                int failure = isItsOwn ? Errno.ELOOP : Add(ruleset, rule, check, root, abi, out identity);
                if (failure != 0 && !(rule.IsOptional && failure is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.EACCES))
                {
                    return new LandlockError(rule.Path, failure);
                }

                found.Add((rule.Path, identity));
            }

            files = found.MoveToImmutable();
            return null;
        }
    }

    /// <summary>Adds a rule; returns 0 or an errno.</summary>
    /// <param name="seen">What the path was seen to lead to. No link is followed any more, since it may be another one by now.</param>
    private static int Add(int ruleset, LandlockRule rule, PathCheck seen, Fd? root, int abi, out FileIdentity identity)
    {
        identity = default;
        int errno = seen.Problem == PathProblem.None
            ? Open(root, seen.Component, ResolveNoLinks, out Fd? file)
            : TryOpen(root, rule.Path, out file);
        if (errno != 0)
        {
            return errno;
        }

        using (file)
        {
            identity = FileIdentity.Of(file!); // no errno: it is open
            errno = FileStatus.TryRead(file!, out FileStatus status, out _);
            if (errno != 0)
            {
                return errno;
            }

            LandlockRights rights = Landlock.RightsOf(rule.Access, status.Kind == FileKind.Directory) & Landlock.RightsOf(abi);
            return AddRule(ruleset, file!, rights);
        }
    }

    /// <summary>Adds a rule for a file and all below it; returns 0 or an errno.</summary>
    private static int AddRule(int ruleset, Fd file, LandlockRights rights)
    {
        var attributes = new PathAttributes { Rights = (ulong)rights, Parent = file.Value };
        nint result = LibC.syscall((nint)SystemCallNumber.LandlockAddRule, ruleset, PathBeneath, (nint)(&attributes), 0, 0);
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>The identity of what a path leads to now; the default one when it leads nowhere.</summary>
    private static FileIdentity Find(Fd? root, string path)
    {
        if (root is null)
        {
            return FileIdentity.OfTarget(path);
        }

        if (TryOpen(root, path, out Fd? file) != 0)
        {
            return default;
        }

        using (file)
        {
            return FileIdentity.Of(file!); // no errno: it is open
        }
    }

    private static int TryOpenRoot(string? path, out Fd? root)
    {
        root = null;
        return path is null ? 0 : TryOpen(root: null, path, out root);
    }

    /// <summary>Opens a path for nothing but to name its inode; returns 0 or an errno.</summary>
    /// <param name="root">The directory that the path and all symbolic links in it start at, and that <c>..</c> does not leave.</param>
    internal static int TryOpen(Fd? root, string path, out Fd? file) => Open(root, path, resolve: 0, out file);

    private static int Open(Fd? root, string path, ulong resolve, out Fd? file)
    {
        var how = new OpenHow { Flags = LibC.O_PATH | LibC.O_CLOEXEC, Resolve = resolve | (root is null ? 0 : ResolveInRoot) };
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
        {
            int start = root?.Value ?? LibC.AT_FDCWD;
            int fd = (int)LibC.syscall((nint)SystemCallNumber.Openat2, start, (nint)name, (nint)(&how), sizeof(OpenHow), 0);
            file = fd >= 0 ? new Fd(fd) : null;
            int errno = fd >= 0 ? 0 : Marshal.GetLastPInvokeError();
            return errno is Errno.ENOSYS or Errno.EPERM ? PathWalk.Open(root, path, resolve == 0, out file) : errno;
        }
    }

    /// <summary>struct landlock_ruleset_attr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RulesetAttributes
    {
        public ulong Files;
        public ulong Network;
        public ulong Scopes;
    }

    /// <summary>struct landlock_path_beneath_attr, which is packed.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct PathAttributes
    {
        public ulong Rights;
        public int Parent;
    }

    /// <summary>struct open_how of openat2(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
