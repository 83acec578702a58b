using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Calls on cgroup directories: sys/file.h and the *at calls of fcntl.h, sys/stat.h and unistd.h.</summary>
internal static unsafe partial class LibC
{
    internal const int O_PATH = 0x200000;
    internal const int AT_REMOVEDIR = 0x200;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal static ByProcessor O_DIRECTORY => new(0x10000, 0x4000, Other: 0x10000);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(int directory, string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlinkat(int directory, string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int flock(int fd, int operation);
}
