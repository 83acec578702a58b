using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>pipe2(2): carries a handler's stderr to superd.</summary>
public static class Pipe
{
    /// <summary>Creates a pipe with a non-blocking read end and a blocking write end, as a handler expects of its stderr.</summary>
    /// <returns>0, or EMFILE, ENFILE.</returns>
    public static unsafe SysResult Create(out Fd? readEnd, out Fd? writeEnd)
    {
        readEnd = writeEnd = null;
        int* fds = stackalloc int[2];
        if (LibC.pipe2(fds, LibC.O_CLOEXEC) < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        // The ends are separate open file descriptions, so this leaves the write end blocking.
        _ = LibC.fcntl(fds[0], LibC.F_SETFL, LibC.O_NONBLOCK);
        readEnd = new Fd(fds[0]);
        writeEnd = new Fd(fds[1]);
        return SysResult.Ok();
    }
}
