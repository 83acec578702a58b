using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>sys/stat.h, and other calls on paths: access rights and extended attributes.</summary>
/// <remarks>statx(2) rather than stat(2): its structure is the same on every architecture and libc.</remarks>
internal static unsafe partial class LibC
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EACCESS = 0x200;
    internal const int AT_NO_AUTOMOUNT = 0x800;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const int AT_STATX_DONT_SYNC = 0x4000;
    internal const int X_OK = 1;
    internal const int W_OK = 2;

    internal const uint STATX_TYPE = 0x1;
    internal const uint STATX_MODE = 0x2;
    internal const uint STATX_UID = 0x8;
    internal const uint STATX_GID = 0x10;
    internal const uint STATX_MTIME = 0x40;
    internal const uint STATX_CTIME = 0x80;
    internal const uint STATX_INO = 0x100;
    internal const uint STATX_SIZE = 0x200;

    /// <summary>struct statx: 256 bytes, of which superd reads these fields.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct statx_t
    {
        [FieldOffset(0)] public uint stx_mask;
        [FieldOffset(8)] public ulong stx_attributes;
        [FieldOffset(20)] public uint stx_uid;
        [FieldOffset(24)] public uint stx_gid;
        [FieldOffset(28)] public ushort stx_mode;
        [FieldOffset(32)] public ulong stx_ino;
        [FieldOffset(40)] public ulong stx_size;
        [FieldOffset(96)] public long stx_ctime_sec;
        [FieldOffset(104)] public uint stx_ctime_nsec;
        [FieldOffset(112)] public long stx_mtime_sec;
        [FieldOffset(120)] public uint stx_mtime_nsec;
        [FieldOffset(136)] public uint stx_dev_major;
        [FieldOffset(140)] public uint stx_dev_minor;
    }

    /// <summary>statx(2): 0, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, statx_t* result);

    /// <summary>The same with a name of any bytes.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int statx(int directory, byte* name, int flags, uint mask, statx_t* result);

    /// <summary>faccessat(2): 0, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int faccessat(int directory, string path, int mode, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fchmodat(int directory, string path, uint mode, int flags);

    /// <summary>getxattr(2): the length of the value, or -1 and errno. Size 0 copies nothing.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint getxattr(string path, string name, byte* value, nuint size);
}
