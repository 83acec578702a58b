using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>What superd does itself with a connected socket, TCP or Unix, without ever waiting for it.</summary>
/// <remarks>
/// MSG_DONTWAIT with each call rather than O_NONBLOCK on the socket: the mode belongs to the open file, and the handler that gets
/// the same file later expects one that blocks.
/// </remarks>
public static unsafe class StreamSocket
{
    /// <summary>Sends as much as the kernel takes now.</summary>
    /// <param name="more">True when more follows at once: a last packet that is not full waits for it (MSG_MORE).</param>
    /// <returns>How many bytes it took; EAGAIN when none; EPIPE, ECONNRESET, ETIMEDOUT when the client has gone.</returns>
    public static SysResult Send(Fd socket, ReadOnlySpan<byte> bytes, bool more)
    {
        fixed (byte* first = bytes)
        {
            while (true)
            {
                nint count = LibC.send(socket.Value, first, (nuint)bytes.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL | (more ? LibC.MSG_MORE : 0));
                if (count >= 0)
                {
                    return SysResult.Ok((int)count);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }
    }

    /// <summary>Tells the other side that nothing more will be sent. It may have gone already, so errors do not matter.</summary>
    public static void EndSending(Fd socket) => _ = LibC.shutdown(socket.Value, LibC.SHUT_WR);

    /// <summary>Closes a socket that others had too, without waiting for the peer: any of them may have set SO_LINGER, which is the socket's own.</summary>
    public static void Close(Fd socket)
    {
        ForgetLinger(socket);
        socket.Dispose();
    }

    /// <summary>Has close(2) not wait, which is how a socket is made.</summary>
    public static void ForgetLinger(Fd socket)
    {
        int* linger = stackalloc int[2] { 0, 0 };
        _ = LibC.setsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_LINGER, linger, 2 * sizeof(int));
    }

    /// <summary>Has the socket's end be a reset: the other side is told at once, and the kernel keeps nothing of the connection for later. See SO_LINGER in socket(7).</summary>
    public static void EndByReset(Fd socket)
    {
        // struct linger: on, and no time.
        int* linger = stackalloc int[2] { 1, 0 };
        _ = LibC.setsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_LINGER, linger, 2 * sizeof(int));
    }

    /// <summary>Looks at what has arrived and leaves it there; 0 at the end of the stream, EAGAIN when nothing is there.</summary>
    /// <remarks>Does not wait, whatever the socket's own mode is.</remarks>
    public static SysResult Peek(Fd socket, Span<byte> buffer) => Receive(socket, buffer, LibC.MSG_PEEK | LibC.MSG_DONTWAIT);

    /// <summary>Takes what has arrived; 0 at the end of the stream, EAGAIN when nothing is there.</summary>
    /// <remarks>Does not wait, whatever the socket's own mode is.</remarks>
    public static SysResult Receive(Fd socket, Span<byte> buffer) => Receive(socket, buffer, LibC.MSG_DONTWAIT);

    private static SysResult Receive(Fd socket, Span<byte> buffer, int flags)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                nint count = LibC.recv(socket.Value, bytes, (nuint)buffer.Length, flags);
                if (count >= 0)
                {
                    return SysResult.Ok((int)count);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }
    }
}
