using System.Runtime.InteropServices;

namespace SuperD.Linux;

internal static unsafe partial class LibC
{
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_NOCTTY = 0x100;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int FD_CLOEXEC = 1;
    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_OFD_SETLK = 37;
    internal const short F_WRLCK = 1;
    internal const short F_UNLCK = 2;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int F_SEAL_WRITE = 8;

    internal static ByProcessor O_NOFOLLOW => new(0x20000, 0x8000, Other: 0x20000);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, int mode);

    /// <summary>openat(2) with a name of any bytes.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int openat(int directory, byte* name, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int unlinkat(int directory, byte* name, int flags);

    /// <summary>renameat2(2), glibc 2.28.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int renameat2(int oldDirectory, byte* oldName, int newDirectory, byte* newName, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint lseek(int fd, nint offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, nint argument);

    /// <summary>struct flock; l_whence 0 counts from the start of the file, and l_pid is 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct flock_t
    {
        public short l_type;
        public short l_whence;
        public long l_start;
        public long l_len;
        public int l_pid;
    }
}
