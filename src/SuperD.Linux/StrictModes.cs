using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>Something on the way to a file by which others than the trusted users can change it, or put another in its place.</summary>
/// <param name="Path">What it is: the file itself, a directory above it, or a symbolic link on the way.</param>
/// <param name="IsForeign">True: it belongs to a user who is not trusted. False: its mode lets its group or everybody write to it.</param>
public readonly record struct StrictFault(string Path, FileStatus Status, bool IsForeign);

/// <summary>Tells whether others can change a file that root reads or runs, as sshd and sudo ask of theirs.</summary>
/// <remarks>
/// Trusted are root and the users who could replace superd itself anyway. Each directory that the path passes must be theirs and closed to
/// others, and so must the file be. A sticky directory of theirs (/tmp) is as good as a closed one, since others cannot replace in it what is
/// not theirs; only a link found in it must be a trusted user's. The group may write where it is the owner's private one (Debian's user
/// groups): then nobody else is in it, and no ACL names others; root's group is treated like any other. A POSIX ACL shows in the bits of the
/// group, which are its mask. What is mounted read-only is closed whatever its mode says (a ConfigMap of Kubernetes has mode 0777).
/// One instance serves one load and remembers what it has seen. May block (names of users); one thread.
/// </remarks>
public sealed class StrictModes(ValueArray<uint> owners, PathChecker paths)
{
    private const int OthersWrite = 0b000_000_010, GroupWrites = 0b000_010_000, Sticky = 0b001_000_000_000;
    private const string Passwd = "/etc/passwd";
    private const int LargestPasswd = 16 * 1024 * 1024;

    private readonly Dictionary<(uint Owner, uint Group), bool> _privateGroups = [];

    /// <summary>For one look while superd runs; null when no owner is named: then a file may be anybody's.</summary>
    public static StrictModes? Of(ValueArray<uint> owners) => owners.Length == 0 ? null : new StrictModes(owners, new PathChecker());

    /// <summary>The users who could replace these programs, and root: the owners of the files and of all directories above them.</summary>
    public static ValueArray<uint> OwnersOf(params ReadOnlySpan<string> programs)
    {
        var owners = new SortedSet<uint> { 0 };
        var paths = new PathChecker();
        foreach (string program in programs)
        {
            IEnumerable<PathStep> replaceable = paths.Steps(string.Empty, program).Where(step => step.Status.Kind != FileKind.SymbolicLink);
            owners.UnionWith(replaceable.Select(step => step.Status.UserId));
        }

        return ImmutableArray.CreateRange(owners);
    }

    /// <summary>The first fault on the way to a file, from the root on; null when only trusted users can change it, or it is not there.</summary>
    /// <param name="root">The directory that is <c>/</c> for that path; empty for the machine's own.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="opened">The status of the file that was opened by that path: it is judged, and not what the path leads to by now.</param>
    public StrictFault? FindFault(string root, string path, FileStatus? opened = null)
    {
        if (root.Length > 0 && FindFault(string.Empty, root) is { } above)
        {
            return above;
        }

        IReadOnlyList<PathStep> steps = paths.Steps(root, path);
        bool isInSticky = false;
        for (int i = 0; i < steps.Count; i++)
        {
            PathStep step = steps[i];
            FileStatus status = i == steps.Count - 1 && opened is { } file ? file : step.Status;
            if (status.Kind == FileKind.SymbolicLink && !isInSticky)
            {
                continue; // its directory is closed, and a link has no mode of its own
            }

            if (!owners.AsSpan().Contains(status.UserId))
            {
                return new StrictFault(step.Path, status, IsForeign: true);
            }

            if (status.Kind == FileKind.SymbolicLink)
            {
                continue;
            }

            bool isOpen = IsOpen(step.Path, status);
            isInSticky = isOpen && status.Kind == FileKind.Directory && (status.Permissions & Sticky) != 0;
            if (isOpen && !isInSticky)
            {
                return new StrictFault(step.Path, status, IsForeign: false);
            }
        }

        return null;
    }

    private bool IsOpen(string path, FileStatus status)
    {
        bool isOpenToGroup = (status.Permissions & GroupWrites) != 0 && (!IsPrivateGroup(status) || PathChecker.HasAcl(path));
        return (isOpenToGroup || (status.Permissions & OthersWrite) != 0) && !IsReadOnly(path);
    }

    private static bool IsReadOnly(string path) =>
        LibC.faccessat(LibC.AT_FDCWD, path, LibC.W_OK, LibC.AT_EACCESS) != 0 && Marshal.GetLastPInvokeError() == Errno.EROFS;

    private bool IsPrivateGroup(FileStatus status)
    {
        if (!_privateGroups.TryGetValue((status.UserId, status.GroupId), out bool isPrivate))
        {
            isPrivate = FindPrivate(status.UserId, status.GroupId);
            _privateGroups.Add((status.UserId, status.GroupId), isPrivate);
        }

        return isPrivate;
    }

    /// <summary>The owner's primary group, called as he is, with no other member, and nobody else's primary group.</summary>
    private static bool FindPrivate(uint owner, uint group) =>
        UserDatabase.FindUser(owner, out _) is { } user
        && user.GroupId == group
        && UserDatabase.FindGroup(group, out _) is { } found
        && found.Name == user.Name
        && found.Members.All(member => member == user.Name)
        && !IsPrimaryOfAnother(owner, group);

    /// <summary>passwd(5): <c>name:password:uid:gid:...</c>. A directory service is not searched for it: there the equal names must do.</summary>
    private static bool IsPrimaryOfAnother(uint owner, uint group)
    {
        foreach (string line in Encoding.UTF8.GetString(SmallFile.Read(Passwd, LargestPasswd).Bytes).Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 3 && Number(fields[3]) == group && Number(fields[2]) != owner)
            {
                return true;
            }
        }

        return false;
    }

    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
