using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The libc bindings: C names, C types, one file per header. They contain no logic.</summary>
internal static unsafe partial class LibC
{
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint pread(int fd, byte* buffer, nuint count, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int dup3(int oldfd, int newfd, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int pipe2(int* fds, int flags);

    [LibraryImport("libc")]
    internal static partial uint geteuid();

    [LibraryImport("libc")]
    internal static partial uint getegid();

    /// <summary>exit_group(2): runs no atexit(3) function and waits for no thread.</summary>
    [LibraryImport("libc")]
    internal static partial void _exit(int status);

    /// <summary>getauxval(3): a value the kernel passed to the process at its start; 0 when it passed none.</summary>
    [LibraryImport("libc")]
    internal static partial nint getauxval(nuint type);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlink(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int lchown(string path, uint owner, uint group);

    /// <summary>syscall(2), for calls without a glibc wrapper or whose wrapper does more than the system call.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint syscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4);
}
