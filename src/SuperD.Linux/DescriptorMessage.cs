using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Messages of Unix-domain sockets that have descriptors with them; see SCM_RIGHTS in unix(7), and cmsg(3).</summary>
internal static unsafe class DescriptorMessage
{
    /// <summary>SCM_MAX_FD: how many descriptors one message may have.</summary>
    public const int Most = 253;

    /// <summary>Sends a message.</summary>
    /// <param name="name">Whom to; null on a connected socket.</param>
    /// <returns>0; EAGAIN when it would wait and may not; ETOOMANYREFS, ECONNREFUSED, ...</returns>
    public static SysResult Send(
        Fd socket, byte* name, uint nameLength, ReadOnlySpan<byte> text, ReadOnlySpan<int> descriptors, bool mayWait)
    {
        // A header, then the descriptors, padded to a multiple of eight bytes.
        int room = sizeof(LibC.cmsghdr) + (descriptors.Length + 1) / 2 * sizeof(long);
        byte* control = stackalloc byte[room];
        new Span<byte>(control, room).Clear();
        *(LibC.cmsghdr*)control = new LibC.cmsghdr
        {
            cmsg_len = (nuint)(sizeof(LibC.cmsghdr) + descriptors.Length * sizeof(int)),
            cmsg_level = LibC.SOL_SOCKET,
            cmsg_type = LibC.SCM_RIGHTS,
        };
        descriptors.CopyTo(new Span<int>(control + sizeof(LibC.cmsghdr), descriptors.Length));
        fixed (byte* bytes = text)
        {
            var vector = new LibC.iovec { iov_base = bytes, iov_len = (nuint)text.Length };
            var message = new LibC.msghdr
            {
                msg_name = name,
                msg_namelen = nameLength,
                msg_iov = &vector,
                msg_iovlen = text.IsEmpty ? 0u : 1u,
                msg_control = control,
                msg_controllen = (nuint)room,
            };
            int flags = LibC.MSG_NOSIGNAL | (mayWait ? 0 : LibC.MSG_DONTWAIT);
            while (LibC.sendmsg(socket.Value, &message, flags) < 0)
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

    /// <summary>Receives a message with one descriptor, close-on-exec, without waiting.</summary>
    /// <returns>The length of the text; EAGAIN when there is none.</returns>
    /// <param name="descriptor">Null when the message had none, or no descriptor is free here.</param>
    public static SysResult Receive(Fd socket, Span<byte> text, out Fd? descriptor)
    {
        const int closeOnExec = 0x40000000; // MSG_CMSG_CLOEXEC
        int room = sizeof(LibC.cmsghdr) + sizeof(long);
        byte* control = stackalloc byte[room];
        descriptor = null;
        fixed (byte* bytes = text)
        {
            var vector = new LibC.iovec { iov_base = bytes, iov_len = (nuint)text.Length };
            var message = new LibC.msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = (nuint)room };
            nint count = LibC.recvmsg(socket.Value, &message, LibC.MSG_DONTWAIT | closeOnExec);
            if (count < 0)
            {
                return SysResult.Error(Marshal.GetLastPInvokeError());
            }

            if (message.msg_controllen >= (nuint)(sizeof(LibC.cmsghdr) + sizeof(int)))
            {
                descriptor = new Fd(*(int*)(control + sizeof(LibC.cmsghdr)));
            }

            return SysResult.Ok((int)count);
        }
    }
}
