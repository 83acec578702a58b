using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>An open directory whose files somebody else may have made: no name is followed, and no byte of a name is lost.</summary>
/// <remarks>
/// Blocks if the file system does. Not on the loop. Opening one throws an IOException for want of descriptors or memory, which is not the
/// same as that there is none.
/// </remarks>
internal sealed unsafe class OpenDirectory : IDisposable
{
    private const int Buffer = 32 * 1024;
    private const ulong MountRoot = 0x2000; // STATX_ATTR_MOUNT_ROOT

    /// <summary>An unresponsive file system (FUSE) is not asked: what the kernel knows is enough.</summary>
    private const int Looking = LibC.AT_SYMLINK_NOFOLLOW | LibC.AT_NO_AUTOMOUNT | LibC.AT_STATX_DONT_SYNC;

    private readonly Fd _fd;

    private static int Opening => LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;

    private OpenDirectory(int fd) => _fd = new Fd(fd);

    /// <summary>Whose it is; null if the file system does not say.</summary>
    public uint? UserId
    {
        get
        {
            const int looking = LibC.AT_EMPTY_PATH | LibC.AT_STATX_DONT_SYNC;
            LibC.statx_t raw = default;
            byte none = 0;
            return LibC.statx(_fd.Value, &none, looking, LibC.STATX_UID, &raw) == 0 ? raw.stx_uid : null;
        }
    }

    /// <summary>Opens a directory by its path; null if there is none, or a link in its place.</summary>
    public static OpenDirectory? Open(string path) => Of(LibC.open(path, Opening, 0));

    /// <summary>Opens a directory in this one; null if there is none of that name.</summary>
    /// <param name="name">With its final NUL, as all names here.</param>
    public OpenDirectory? Open(byte[] name)
    {
        fixed (byte* text = name)
        {
            return Of(LibC.openat(_fd.Value, text, Opening, 0));
        }
    }

    /// <summary>All names in it, without <c>.</c> and <c>..</c>, some at a time. Those of files that are made meanwhile may lack.</summary>
    public IEnumerable<byte[]> Names()
    {
        _ = LibC.lseek(_fd.Value, 0, 0);
        byte[] buffer = new byte[Buffer];
        while (Read(buffer) is var length and > 0)
        {
            foreach (byte[] name in NamesIn(buffer, length))
            {
                yield return name;
            }
        }
    }

    /// <summary>Looks at a file in it, and does not follow it; null if it has gone.</summary>
    public DirectoryEntry? Look(byte[] name)
    {
        const uint wanted = LibC.STATX_TYPE | LibC.STATX_MODE | LibC.STATX_UID;
        LibC.statx_t raw = default;
        fixed (byte* text = name)
        {
            if (LibC.statx(_fd.Value, text, Looking, wanted, &raw) != 0)
            {
                return null;
            }
        }

        bool isDirectory = (raw.stx_mode & 0xF000) == 0x4000;
        return new DirectoryEntry(raw.stx_uid, isDirectory, raw.stx_mode & 0xFFF, (raw.stx_attributes & MountRoot) != 0);
    }

    /// <summary>Removes a file, or an empty directory.</summary>
    /// <returns>Whether it is gone.</returns>
    public bool TryRemove(byte[] name, bool isDirectory)
    {
        const int removeDirectory = 0x200; // AT_REMOVEDIR
        fixed (byte* text = name)
        {
            return LibC.unlinkat(_fd.Value, text, isDirectory ? removeDirectory : 0) == 0
                || Marshal.GetLastPInvokeError() == Errno.ENOENT;
        }
    }

    /// <summary>Moves a file into another directory under a name that is free there.</summary>
    /// <returns>Whether it is there now.</returns>
    public bool TryMove(byte[] name, OpenDirectory other, byte[] otherName)
    {
        const uint noReplace = 1; // RENAME_NOREPLACE
        fixed (byte* from = name, to = otherName)
        {
            return LibC.renameat2(_fd.Value, from, other._fd.Value, to, noReplace) == 0;
        }
    }

    public void Dispose() => _fd.Dispose();

    private static OpenDirectory? Of(int fd) => fd >= 0 ? new OpenDirectory(fd)
        : Marshal.GetLastPInvokeError() is var errno && Errno.IsShortage(errno) ? throw new IOException(Errno.Describe(errno))
        : null;

    private int Read(byte[] buffer)
    {
        fixed (byte* bytes = buffer)
        {
            return (int)LibC.syscall((nint)SystemCallNumber.Getdents64, _fd.Value, (nint)bytes, buffer.Length, 0, 0);
        }
    }

    /// <summary>struct linux_dirent64: inode and offset of 8 bytes each, the length of 2, a type of 1, the name with a NUL.</summary>
    private static List<byte[]> NamesIn(byte[] buffer, int length)
    {
        const int lengthAt = 16, nameAt = 19;
        var names = new List<byte[]>();
        for (int at = 0; at < length; at += BitConverter.ToUInt16(buffer, at + lengthAt))
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(at + nameAt);
            byte[] name = [.. rest[..(rest.IndexOf((byte)0) + 1)]];
            if (name is not [(byte)'.', 0] and not [(byte)'.', (byte)'.', 0])
            {
                names.Add(name);
            }
        }

        return names;
    }
}

/// <summary>A file as <see cref="OpenDirectory.Look"/> found it.</summary>
/// <param name="Permissions">0 to 07777.</param>
/// <param name="IsMount">Whether another file system is mounted there.</param>
internal readonly record struct DirectoryEntry(uint UserId, bool IsDirectory, int Permissions, bool IsMount);
