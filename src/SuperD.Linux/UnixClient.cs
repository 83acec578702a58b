using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Unix-domain sockets of others, which superd reports to: the service manager's, the journal's, syslog's. See unix(7).</summary>
public static unsafe class UnixClient
{
    /// <summary>A datagram socket without a name, close-on-exec, for <see cref="SendTo"/>.</summary>
    public static SysResult OpenDatagram(out Fd? socket) => Open(LibC.SOCK_DGRAM, out socket);

    /// <summary>Connects a new socket, close-on-exec, to somebody on this machine. A stream's connect waits while the other's queue is full.</summary>
    /// <returns>0; ENOENT, ECONNREFUSED: nobody is there; EPROTOTYPE: the other one is of the other kind; EACCES, EMFILE.</returns>
    public static SysResult Connect(UnixDomainSocketEndPoint target, bool asStream, out Fd? socket)
    {
        SysResult result = Open(asStream ? LibC.SOCK_STREAM : LibC.SOCK_DGRAM, out Fd? opened);
        socket = null;
        if (opened is null)
        {
            return result;
        }

        SocketAddress address = target.Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            while (LibC.connect(opened.Value, bytes, (uint)address.Size) != 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    opened.Dispose();
                    return SysResult.Error(errno);
                }
            }
        }

        socket = opened;
        return SysResult.Ok();
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="mayWait">False: EAGAIN when the receiver's queue is full, instead of waiting for it.</param>
    /// <returns>0; ECONNREFUSED, ENOENT: nobody is there; EMSGSIZE; EACCES.</returns>
    public static SysResult SendTo(Fd socket, UnixDomainSocketEndPoint target, ReadOnlySpan<byte> datagram, bool mayWait)
    {
        SocketAddress address = target.Serialize();
        int flags = LibC.MSG_NOSIGNAL | (mayWait ? 0 : LibC.MSG_DONTWAIT);
        fixed (byte* name = address.Buffer.Span)
        fixed (byte* bytes = datagram)
        {
            while (LibC.sendto(socket.Value, bytes, (nuint)datagram.Length, flags, name, (uint)address.Size) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }

        return SysResult.Ok();
    }

    /// <summary>Sends text that is too long for a datagram: a sealed memory file with it, as the journal takes it. Waits while the queue is full.</summary>
    public static SysResult SendInFile(Fd socket, UnixDomainSocketEndPoint target, ReadOnlySpan<byte> text)
    {
        const int AllSeals = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE;
        int memory = LibC.memfd_create("superd-log", LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING);
        if (memory < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        using var file = new Fd(memory);
        while (text.Length > 0)
        {
            SysResult written = file.Write(text);
            if (written.IsError)
            {
                return written;
            }

            text = text[written.Value..];
        }

        // The reader maps the file: sealed, it cannot be cut short under its hands.
        return LibC.fcntl(memory, LibC.F_ADD_SEALS, AllSeals) == 0
            ? SendDescriptor(socket, target, memory)
            : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    private static SysResult SendDescriptor(Fd socket, UnixDomainSocketEndPoint target, int descriptor)
    {
        // cmsg(3): a header, then the descriptor, the whole a multiple of eight bytes.
        int room = sizeof(LibC.cmsghdr) + sizeof(long);
        byte* control = stackalloc byte[room];
        new Span<byte>(control, room).Clear();
        *(LibC.cmsghdr*)control = new LibC.cmsghdr
        {
            cmsg_len = (nuint)(sizeof(LibC.cmsghdr) + sizeof(int)), cmsg_level = LibC.SOL_SOCKET, cmsg_type = LibC.SCM_RIGHTS,
        };
        *(int*)(control + sizeof(LibC.cmsghdr)) = descriptor;
        SocketAddress address = target.Serialize();
        fixed (byte* name = address.Buffer.Span)
        {
            var message = new LibC.msghdr { msg_name = name, msg_namelen = (uint)address.Size, msg_control = control, msg_controllen = (nuint)room };
            while (LibC.sendmsg(socket.Value, &message, LibC.MSG_NOSIGNAL) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }

        return SysResult.Ok();
    }

    private static SysResult Open(int type, out Fd? socket)
    {
        int fd = LibC.socket(LibC.AF_UNIX, type | LibC.SOCK_CLOEXEC, 0);
        socket = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }
}
