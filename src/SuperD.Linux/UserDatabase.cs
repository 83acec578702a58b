using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Looks up users and groups through the name services of nsswitch.conf (passwd(5), group(5), LDAP ...).</summary>
/// <remarks>
/// A lookup returns null with errno 0 when there is no such entry, and null with an errno when the service failed.
/// Any thread; may block on a slow service.
/// </remarks>
public static unsafe class UserDatabase
{
    // For one entry: glibc suggests 1 KiB; a group with thousands of members needs more, by doubling.
    private const int FirstBuffer = 4096, LastBuffer = 16 * 1024 * 1024;

    private delegate int Lookup<TEntry>(TEntry* entry, byte* buffer, nuint length, TEntry** result) where TEntry : unmanaged;

    /// <summary>Looks up a user by name; see getpwnam_r(3).</summary>
    public static User? FindUser(string name, out int errno) => Find(
        (LibC.passwd* entry, byte* buffer, nuint length, LibC.passwd** result) =>
            LibC.getpwnam_r(name, entry, buffer, length, result),
        ToUser,
        out errno);

    /// <summary>Looks up a user by uid; see getpwuid_r(3).</summary>
    public static User? FindUser(uint uid, out int errno) => Find(
        (LibC.passwd* entry, byte* buffer, nuint length, LibC.passwd** result) =>
            LibC.getpwuid_r(uid, entry, buffer, length, result),
        ToUser,
        out errno);

    /// <summary>Looks up a group by name; see getgrnam_r(3).</summary>
    public static Group? FindGroup(string name, out int errno) => Find(
        (LibC.group* entry, byte* buffer, nuint length, LibC.group** result) =>
            LibC.getgrnam_r(name, entry, buffer, length, result),
        ToGroup,
        out errno);

    /// <summary>Looks up a group by gid; see getgrgid_r(3).</summary>
    public static Group? FindGroup(uint gid, out int errno) => Find(
        (LibC.group* entry, byte* buffer, nuint length, LibC.group** result) =>
            LibC.getgrgid_r(gid, entry, buffer, length, result),
        ToGroup,
        out errno);

    /// <summary>The groups a login of this user would have: those that list the user, and <paramref name="gid"/>.</summary>
    public static ImmutableArray<uint> GroupsOf(string user, uint gid)
    {
        for (int capacity = 64; ; )
        {
            uint[] groups = new uint[capacity];
            int count = capacity;
            int result;
            fixed (uint* first = groups)
            {
                result = LibC.getgrouplist(user, gid, first, &count);
            }

            if (result >= 0)
            {
                return ImmutableArray.Create(groups, 0, count);
            }

            // The list may grow between two calls, and older libcs do not return the size needed.
            capacity = Math.Max(count, capacity * 2);
        }
    }

    private delegate TResult Convert<TEntry, TResult>(TEntry* entry) where TEntry : unmanaged;

    private static TResult? Find<TEntry, TResult>(Lookup<TEntry> lookup, Convert<TEntry, TResult> convert, out int errno)
        where TEntry : unmanaged
        where TResult : class
    {
        for (int size = FirstBuffer; ; )
        {
            TEntry entry;
            TEntry* found = null;
            fixed (byte* buffer = new byte[size])
            {
                int error = lookup(&entry, buffer, (nuint)size, &found);
                if (error == Errno.ERANGE && size < LastBuffer)
                {
                    size *= 2;
                    continue;
                }

                if (error == Errno.EINTR)
                {
                    continue;
                }

                // getpwnam_r(3): several implementations return one of these instead of 0 for "no such entry".
                errno = error is Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM ? 0 : error;
                return found == null ? null : convert(found);
            }
        }
    }

    private static User ToUser(LibC.passwd* entry) =>
        new(Text(entry->pw_name), entry->pw_uid, entry->pw_gid, Text(entry->pw_dir));

    private static Group ToGroup(LibC.group* entry)
    {
        var members = ImmutableArray.CreateBuilder<string>();
        for (byte** member = entry->gr_mem; member != null && *member != null; member++)
        {
            members.Add(Text(*member));
        }

        return new Group(Text(entry->gr_name), entry->gr_gid, members.ToImmutable());
    }

    private static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";
}
