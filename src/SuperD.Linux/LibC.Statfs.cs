using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>sys/vfs.h: the file system of a path.</summary>
internal static unsafe partial class LibC
{
    /// <summary>statfs(2), f_flags: mounted noexec.</summary>
    internal const int ST_NOEXEC = 8;

    /// <summary>The same: mounted read-only.</summary>
    internal const int ST_RDONLY = 1;

    /// <summary>struct statfs of 64-bit architectures: 120 bytes, of which superd reads the flags.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    internal struct statfs_t
    {
        [FieldOffset(80)] public long f_flags;
    }

    /// <summary>statfs(2): 0, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statfs(string path, statfs_t* result);
}
