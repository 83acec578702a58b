using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Non-blocking connect(2) for superd's own connections, TCP or Unix.</summary>
public static unsafe class ClientSocket
{
    /// <summary>Starts to connect a new socket, non-blocking and close-on-exec. It becomes writable when the outcome is known.</summary>
    /// <remarks>The socket, even a Unix one, has its own address when this returns, so the other end can identify it.</remarks>
    /// <param name="target">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <returns>
    /// 0: connected or connecting. Otherwise no socket, and ECONNREFUSED, ENETUNREACH, ENOENT, EACCES, EMFILE, or EAGAIN when a Unix
    /// listener's queue is full.
    /// </returns>
    public static SysResult Connect(EndPoint target, out Fd? socket)
    {
        socket = null;
        SocketAddress address = target.Serialize();
        int family = target.AddressFamily switch
        {
            AddressFamily.InterNetworkV6 => LibC.AF_INET6,
            AddressFamily.Unix => LibC.AF_UNIX,
            _ => LibC.AF_INET,
        };
        int fd = LibC.socket(family, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        var owner = new Fd(fd);
        if (family == LibC.AF_UNIX)
        {
            _ = UnixSocket.BindToAnyName(owner); // where autobind is forbidden the socket stays unnamed, like most clients
        }

        fixed (byte* bytes = address.Buffer.Span)
        {
            // EINTR: a non-blocking connect continues in the background, as after EINPROGRESS.
            if (LibC.connect(fd, bytes, (uint)address.Size) != 0
                && Marshal.GetLastPInvokeError() is var errno and not Errno.EINPROGRESS and not Errno.EINTR)
            {
                owner.Dispose();
                return SysResult.Error(errno);
            }
        }

        socket = owner;
        return SysResult.Ok();
    }

    /// <summary>The outcome of <see cref="Connect"/> once the socket is writable: 0, or ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH ...</summary>
    public static SysResult Result(Fd socket)
    {
        int error = 0;
        uint length = sizeof(int);
        if (LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_ERROR, &error, &length) != 0)
        {
            error = Marshal.GetLastPInvokeError();
        }

        return error == 0 ? SysResult.Ok() : SysResult.Error(error);
    }
}
