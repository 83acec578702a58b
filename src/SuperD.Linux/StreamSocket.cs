using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Non-blocking I/O on a connected socket, TCP or Unix.</summary>
/// <remarks>
/// Each call passes MSG_DONTWAIT instead of setting O_NONBLOCK: the mode belongs to the open file, and the handler that inherits it
/// expects a blocking socket.
/// </remarks>
public static unsafe class StreamSocket
{
    /// <summary>Sends as much as the kernel accepts now.</summary>
    /// <param name="more">True when more data follows at once: the kernel then holds back a partial last packet (MSG_MORE).</param>
    /// <returns>The number of bytes accepted; EAGAIN for none; EPIPE, ECONNRESET, ETIMEDOUT when the client is gone.</returns>
    public static SysResult Send(Fd socket, ReadOnlySpan<byte> bytes, bool more)
    {
        fixed (byte* first = bytes)
        {
            while (true)
            {
                int flags = LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL | (more ? LibC.MSG_MORE : 0);
                nint count = LibC.send(socket.Value, first, (nuint)bytes.Length, flags);
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

    /// <summary>Shuts down the sending side. Errors are ignored: the peer may be gone.</summary>
    public static void EndSending(Fd socket) => _ = LibC.shutdown(socket.Value, LibC.SHUT_WR);

    /// <summary>Closes a socket that other processes shared, without blocking: any of them may have set SO_LINGER on it.</summary>
    public static void Close(Fd socket)
    {
        ForgetLinger(socket);
        socket.Dispose();
    }

    /// <summary>Turns SO_LINGER off, the default, so that close(2) does not block.</summary>
    public static void ForgetLinger(Fd socket)
    {
        int* linger = stackalloc int[2] { 0, 0 };
        _ = LibC.setsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_LINGER, linger, 2 * sizeof(int));
    }

    /// <summary>Makes the close a reset: the peer learns of it at once and the kernel keeps no state. See SO_LINGER, socket(7).</summary>
    public static void EndByReset(Fd socket)
    {
        // struct linger: on, with a timeout of 0.
        int* linger = stackalloc int[2] { 1, 0 };
        _ = LibC.setsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_LINGER, linger, 2 * sizeof(int));
    }

    /// <summary>Whether a read, or of a listener an accept, would find something now. Never blocks.</summary>
    public static bool IsReadable(Fd socket)
    {
        LibC.pollfd ready = new() { fd = socket.Value, events = LibC.POLLIN };
        return LibC.poll(&ready, 1, timeoutMs: 0) > 0;
    }

    /// <summary>Peeks at the received data; 0 at end of stream, EAGAIN when nothing has arrived.</summary>
    /// <remarks>Never blocks, whatever the socket's own mode.</remarks>
    public static SysResult Peek(Fd socket, Span<byte> buffer) => Receive(socket, buffer, LibC.MSG_PEEK | LibC.MSG_DONTWAIT);

    /// <summary>Receives data; 0 at end of stream, EAGAIN when nothing has arrived.</summary>
    /// <remarks>Never blocks, whatever the socket's own mode.</remarks>
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
