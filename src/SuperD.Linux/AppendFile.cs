using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A file that grows at its end, whoever else writes to it: open(2) with O_APPEND.</summary>
public static class AppendFile
{
    private const int OwnerWritesGroupReads = 0b110_100_000;

    /// <summary>Opens the file, made with mode 0640 when it is not there; close-on-exec.</summary>
    /// <returns>0, or ENOENT (its directory), EACCES, EISDIR, EROFS, EMFILE ...</returns>
    public static SysResult Open(string path, out Fd? file)
    {
        // O_NOCTTY: a terminal as log file must not become superd's own.
        int fd = LibC.open(path, LibC.O_WRONLY | LibC.O_APPEND | LibC.O_CREAT | LibC.O_NOCTTY | LibC.O_CLOEXEC, OwnerWritesGroupReads);
        file = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }
}
