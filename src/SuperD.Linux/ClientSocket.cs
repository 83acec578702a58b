using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>connect(2) for superd's own connections, TCP or Unix, without ever waiting for it.</summary>
public static unsafe class ClientSocket
{
    /// <summary>Begins to connect a new socket, non-blocking and close-on-exec; it is writable when <see cref="Result"/> is known.</summary>
    /// <remarks>It has an address of its own as soon as this returns, also a Unix socket: the other end can be told by it.</remarks>
    /// <param name="target">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <returns>
    /// 0: connected or on the way. Else no socket: ECONNREFUSED, ENETUNREACH, ENOENT, EACCES, EMFILE; EAGAIN of a Unix socket whose queue is full.
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
            _ = UnixSocket.BindToAnyName(owner); // where that is forbidden, it has no name, as most clients
        }

        fixed (byte* bytes = address.Buffer.Span)
        {
            // EINTR: a non-blocking connect goes on by itself, as after EINPROGRESS.
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

    /// <summary>What became of <see cref="Connect"/>, once the socket is writable: 0, or ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH ...</summary>
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
