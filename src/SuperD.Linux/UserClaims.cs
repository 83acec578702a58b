using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Users that one superd of several on a machine has: each is a lock of one byte of a file, which goes with superd.</summary>
/// <remarks>
/// The locks belong to the open file (F_OFD_SETLK of fcntl(2)), so that they stay through an upgrade that keeps the descriptor. No call
/// waits for a lock.
/// </remarks>
/// <param name="file">The file, open for writing.</param>
public sealed unsafe class UserClaims(Fd file)
{
    private const int OwnerOnly = 0b110_000_000;

    /// <summary>The descriptor, for a handover.</summary>
    public Fd File => file;

    /// <summary>Opens the file, and makes it if it is not there; null where it cannot be, or where it is somebody else's.</summary>
    public static UserClaims? Open(string path)
    {
        int fd = LibC.open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, OwnerOnly);
        if (fd < 0)
        {
            return null;
        }

        var file = new Fd(fd);
        if (FileStatus.TryRead($"/proc/self/fd/{fd}", followLinks: true, out FileStatus status) == 0
            && status is { Kind: FileKind.Regular }
            && status.UserId == LibC.geteuid())
        {
            return new UserClaims(file);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Claims a user; false if another superd has it.</summary>
    public bool TryTake(uint user) => TrySet(user, LibC.F_WRLCK);

    /// <summary>Gives a user back.</summary>
    public void Release(uint user) => _ = TrySet(user, LibC.F_UNLCK);

    private bool TrySet(uint user, short type)
    {
        var one = new LibC.flock_t { l_type = type, l_start = user, l_len = 1 };
        return LibC.fcntl(file.Value, LibC.F_OFD_SETLK, (nint)(&one)) == 0
            || Marshal.GetLastPInvokeError() is not (Errno.EAGAIN or Errno.EACCES); // a file system without locks keeps nobody out
    }
}
