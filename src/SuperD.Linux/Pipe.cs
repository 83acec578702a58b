using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>pipe2(2): what a handler writes to its stderr arrives here.</summary>
public static class Pipe
{
    /// <summary>Makes a pipe whose read end never blocks and whose write end does (a handler expects an ordinary stderr).</summary>
    /// <returns>0, or EMFILE, ENFILE.</returns>
    public static unsafe SysResult Create(out Fd? readEnd, out Fd? writeEnd)
    {
        readEnd = writeEnd = null;
        int* fds = stackalloc int[2];
        if (LibC.pipe2(fds, LibC.O_CLOEXEC) < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        // The two ends are two open file descriptions, so this leaves the write end blocking.
        _ = LibC.fcntl(fds[0], LibC.F_SETFL, LibC.O_NONBLOCK);
        readEnd = new Fd(fds[0]);
        writeEnd = new Fd(fds[1]);
        return SysResult.Ok();
    }
}
