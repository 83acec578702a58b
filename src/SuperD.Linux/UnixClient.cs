using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Client side of other programs' Unix-domain sockets: the service manager's, the journal's, syslog's. See unix(7).</summary>
public static unsafe class UnixClient
{
    /// <summary>How many descriptors one message may have.</summary>
    public const int MostDescriptors = DescriptorMessage.Most;

    /// <summary>Opens an unnamed datagram socket, close-on-exec, for <see cref="SendTo"/>.</summary>
    public static SysResult OpenDatagram(out Fd? socket) => Open(LibC.SOCK_DGRAM, out socket);

    /// <summary>Connects a new socket, close-on-exec. A stream connect blocks while the listener's queue is full.</summary>
    /// <returns>0; ENOENT, ECONNREFUSED without a listener; EPROTOTYPE when its type differs; EACCES, EMFILE.</returns>
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
    /// <param name="mayWait">False: EAGAIN instead of blocking when the receiver's queue is full.</param>
    /// <returns>0; ECONNREFUSED, ENOENT without a receiver; EMSGSIZE; EACCES.</returns>
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

    /// <summary>Sends text too long for a datagram in a sealed memory file, as the journal accepts it. May block.</summary>
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

        // The reader maps the file; the seals guarantee that it cannot be truncated meanwhile.
        return LibC.fcntl(memory, LibC.F_ADD_SEALS, AllSeals) == 0
            ? SendTo(socket, target, [], [memory], mayWait: true)
            : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>Sends one datagram with descriptors.</summary>
    /// <param name="descriptors">At most <see cref="MostDescriptors"/>.</param>
    /// <param name="mayWait">False: EAGAIN instead of blocking when the receiver's queue is full.</param>
    public static SysResult SendTo(
        Fd socket, UnixDomainSocketEndPoint target, ReadOnlySpan<byte> datagram, ReadOnlySpan<int> descriptors, bool mayWait)
    {
        SocketAddress address = target.Serialize();
        fixed (byte* name = address.Buffer.Span)
        {
            return DescriptorMessage.Send(socket, name, (uint)address.Size, datagram, descriptors, mayWait);
        }
    }

    private static SysResult Open(int type, out Fd? socket)
    {
        int fd = LibC.socket(LibC.AF_UNIX, type | LibC.SOCK_CLOEXEC, 0);
        socket = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }
}
