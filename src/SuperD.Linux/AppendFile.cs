using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A file opened with O_APPEND: every write goes to its end, even when other processes write to it too. See open(2).</summary>
public static class AppendFile
{
    private const int OwnerWritesGroupReads = 0b110_100_000;

    /// <summary>Opens the file close-on-exec; creates it with mode 0640 if it does not exist.</summary>
    /// <returns>0, or ENOENT (no such directory), EACCES, EISDIR, EROFS, EMFILE ...</returns>
    public static SysResult Open(string path, out Fd? file)
    {
        // O_NOCTTY: a terminal used as the log file must not become superd's controlling terminal.
        int fd = LibC.open(path, LibC.O_WRONLY | LibC.O_APPEND | LibC.O_CREAT | LibC.O_NOCTTY | LibC.O_CLOEXEC, OwnerWritesGroupReads);
        file = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }
}
