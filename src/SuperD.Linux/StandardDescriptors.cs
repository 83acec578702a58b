using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Descriptors 0, 1 and 2, as the parent process left them.</summary>
public static unsafe class StandardDescriptors
{
    private const int Input = 0, Output = 1, Error = 2;

    private static readonly bool[] s_isOpen = [true, true, true];

    /// <summary>Whether the parent has left stdin open.</summary>
    public static bool HasInput => s_isOpen[Input];

    /// <summary>
    /// Gives a descriptor that the parent has closed (<c>superd status >&amp;-</c>) to /dev/null, so that no socket or file gets its number
    /// and receives what is meant for a person.
    /// </summary>
    /// <remarks>
    /// Call first thing. The runtime may have taken such a number already, always close-on-exec, which no inherited descriptor is.
    /// </remarks>
    public static void Fill()
    {
        for (int number = 0; number <= Error; number++)
        {
            int flags = LibC.fcntl(number, LibC.F_GETFD, 0);
            s_isOpen[number] = flags >= 0 && (flags & LibC.FD_CLOEXEC) == 0;
            if (flags < 0)
            {
                // The lowest free number is this one. Without /dev/null it stays closed.
                _ = LibC.open("/dev/null", (number == Error ? LibC.O_WRONLY : LibC.O_RDONLY) | LibC.O_CLOEXEC, 0);
            }
        }
    }

    /// <summary>Writes everything to stdout; waits for a reader, even if the terminal or pipe is non-blocking.</summary>
    /// <returns>0; EBADF when the parent has closed stdout; or an errno of write(2).</returns>
    public static SysResult WriteOutput(ReadOnlySpan<byte> bytes) =>
        s_isOpen[Output] ? Write(Output, bytes) : SysResult.Error(Errno.EBADF);

    /// <summary>The same for stderr.</summary>
    public static SysResult WriteError(ReadOnlySpan<byte> bytes) =>
        s_isOpen[Error] ? Write(Error, bytes) : SysResult.Error(Errno.EBADF);

    /// <summary>Writes nothing to stdout, to learn early whether it accepts output.</summary>
    /// <returns>0; EBADF when the parent has closed stdout; or an errno of write(2).</returns>
    public static SysResult ProbeOutput()
    {
        byte none = 0;
        return !s_isOpen[Output] ? SysResult.Error(Errno.EBADF)
            : LibC.write(Output, &none, 0) < 0 ? SysResult.Error(Marshal.GetLastPInvokeError())
            : SysResult.Ok();
    }

    /// <summary>Waits until a descriptor can be read. False if the reader of stdout goes before.</summary>
    public static bool WaitWhileOutputIsRead(int number)
    {
        LibC.pollfd* waited = stackalloc LibC.pollfd[2];
        waited[0] = new LibC.pollfd { fd = number, events = LibC.POLLIN };
        waited[1] = new LibC.pollfd { fd = Output }; // reports errors without being asked
        while (LibC.poll(waited, 2, timeoutMs: -1) < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR)
        {
            // A signal, such as SIGWINCH.
        }

        return waited[0].revents != 0 || waited[1].revents == 0;
    }

    private static SysResult Write(int number, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int written = 0; written < bytes.Length;)
            {
                nint count = LibC.write(number, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                    continue;
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == Errno.EAGAIN)
                {
                    // A program that shares the terminal or pipe has made it non-blocking.
                    LibC.pollfd ready = new() { fd = number, events = LibC.POLLOUT };
                    _ = LibC.poll(&ready, 1, timeoutMs: -1);
                }
                else if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }

        return SysResult.Ok();
    }
}
