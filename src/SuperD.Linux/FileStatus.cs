using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The file types superd distinguishes.</summary>
public enum FileKind
{
    Regular,
    Directory,
    SymbolicLink,
    Fifo,
    Socket,
    Device,
}

/// <summary>The status of a file, from statx(2).</summary>
/// <param name="Permissions">The mode without the file type: 0 to 07777.</param>
/// <param name="Size">In bytes; 0 for files without a size (a FIFO, most of /proc).</param>
public readonly record struct FileStatus(FileKind Kind, int Permissions, uint UserId, uint GroupId, ulong Size)
{
    private const uint Wanted = LibC.STATX_TYPE | LibC.STATX_MODE | LibC.STATX_UID | LibC.STATX_GID | LibC.STATX_SIZE;

    /// <summary>Whether it is a disk or a part of one.</summary>
    public bool IsBlockDevice { get; private init; }

    /// <summary>Reads the status of a path without opening it, so a FIFO cannot block and a device cannot react.</summary>
    /// <param name="followLinks">False: report a symbolic link itself.</param>
    /// <returns>0, or the errno of statx(2).</returns>
    public static unsafe int TryRead(string path, bool followLinks, out FileStatus status)
    {
        LibC.statx_t raw = default;
        int result = LibC.statx(LibC.AT_FDCWD, path, followLinks ? 0 : LibC.AT_SYMLINK_NOFOLLOW, Wanted, &raw);
        int errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        status = errno == 0 ? Of(in raw) : default;
        return errno;
    }

    /// <summary>The status of an open file, and its stamp.</summary>
    /// <returns>0, or the errno of statx(2).</returns>
    internal static unsafe int TryRead(Fd file, out FileStatus status, out FileStamp stamp)
    {
        LibC.statx_t raw = default;
        int result = LibC.statx(file.Value, string.Empty, LibC.AT_EMPTY_PATH, Wanted | FileStamp.Wanted, &raw);
        int errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        (status, stamp) = errno == 0 ? (Of(in raw), FileStamp.Of(in raw)) : default;
        return errno;
    }

    private static FileStatus Of(in LibC.statx_t raw)
    {
        // inode(7): the bits S_IFMT = 0170000 hold the file type.
        FileKind kind = (raw.stx_mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.SymbolicLink,
            0x1000 => FileKind.Fifo,
            0xC000 => FileKind.Socket,
            _ => FileKind.Device,
        };
        return new FileStatus(kind, raw.stx_mode & 0xFFF, raw.stx_uid, raw.stx_gid, raw.stx_size)
        {
            IsBlockDevice = (raw.stx_mode & 0xF000) == 0x6000,
        };
    }
}
