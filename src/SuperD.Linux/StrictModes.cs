using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>A component of a path that lets untrusted users change or replace the file at its end.</summary>
/// <param name="Path">The file itself, a directory above it, or a symbolic link on the way.</param>
/// <param name="Status">The status of that component.</param>
/// <param name="IsForeign">True: its owner is not trusted. False: its mode lets its group or everyone write to it.</param>
public readonly record struct StrictFault(string Path, FileStatus Status, bool IsForeign);

/// <summary>Checks whether untrusted users can change a file that root reads or runs, as sshd and sudo do for their files.</summary>
/// <remarks>
/// Root is trusted, and so are the users who could replace superd itself anyway. Trusted users must own every directory on the path
/// and the file, and no one else may write to them. Exceptions:
/// A sticky directory (/tmp) is acceptable, since others cannot replace files in it that are not theirs; a symbolic link found in it
/// must belong to a trusted user. The group may write if it is the owner's private group (Debian's user groups) with no other member
/// and no ACL names anyone else; root's group is no exception. The group bits also show a POSIX ACL, because they are its mask.
/// A read-only mount is safe whatever the modes (a ConfigMap of Kubernetes has mode 0777).
/// One instance serves one load and caches lookups. May block (user names); one thread.
/// </remarks>
public sealed class StrictModes(ValueArray<uint> owners, PathChecker paths)
{
    private const int OthersWrite = 0b000_000_010, GroupWrites = 0b000_010_000, Sticky = 0b001_000_000_000;
    private const string Passwd = "/etc/passwd";
    private const int LargestPasswd = 16 * 1024 * 1024;

    private readonly Dictionary<(uint Owner, uint Group), bool> _privateGroups = [];

    /// <summary>A checker for a single check while superd runs; null without owners: any owner is then accepted.</summary>
    public static StrictModes? Of(ValueArray<uint> owners) => owners.Length == 0 ? null : new StrictModes(owners, new PathChecker());

    /// <summary>The users who could replace these programs, and root: the owners of the files and of every directory above them.</summary>
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

    /// <summary>The first fault on the path, from the root down. Null: only trusted users can change the file, or it is missing.</summary>
    /// <param name="root">The directory that is <c>/</c> for that path; empty for the machine's own.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="opened">The status of the file already opened by that path, to judge instead of what the path leads to now.</param>
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
                continue; // only trusted users write to its directory, and a link has no mode of its own
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

    /// <summary>The owner's primary group, with the owner's name, no other member, and no other user whose primary group it is.</summary>
    private static bool FindPrivate(uint owner, uint group) =>
        UserDatabase.FindUser(owner, out _) is { } user
        && user.GroupId == group
        && UserDatabase.FindGroup(group, out _) is { } found
        && found.Name == user.Name
        && found.Members.All(member => member == user.Name)
        && !IsPrimaryOfAnother(owner, group);

    /// <summary>passwd(5): <c>name:password:uid:gid:...</c>. Does not search a directory service; there the names must suffice.</summary>
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
