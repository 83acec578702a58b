using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Questions to the kernel's list of sockets; see netlink(7) and sock_diag(7). The kernel answers while it is asked.</summary>
internal static unsafe class Netlink
{
    private const int HeaderSize = 16; // struct nlmsghdr
    private const int Error = 2, Done = 3; // NLMSG_ERROR, NLMSG_DONE

    /// <summary>The kernel fills at most this much at once.</summary>
    private const int BufferSize = 32 * 1024;

    /// <summary>Receives one message, without its header.</summary>
    internal delegate void MessageHandler(ReadOnlySpan<byte> message);

    /// <summary>Opens a socket for sock_diag(7).</summary>
    /// <param name="groups">The events to receive, as bits; 0 for a socket that asks.</param>
    /// <returns>0; EPROTONOSUPPORT where the kernel has no sock_diag, EMFILE.</returns>
    public static SysResult Open(uint groups, out Fd? socket)
    {
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, LibC.NETLINK_SOCK_DIAG);
        socket = fd >= 0 ? new Fd(fd) : null;
        if (socket is null)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        // struct sockaddr_nl: family and padding, port (0: the kernel chooses), groups.
        uint* address = stackalloc uint[3] { LibC.AF_NETLINK, 0, groups };
        if (LibC.bind(fd, (byte*)address, 3 * sizeof(uint)) == 0)
        {
            return SysResult.Ok();
        }

        SysResult error = SysResult.Error(Marshal.GetLastPInvokeError());
        socket.Dispose();
        socket = null;
        return error;
    }

    /// <summary>Asks for a list, and passes on each of its entries.</summary>
    /// <param name="request">With room for the header, which this writes.</param>
    /// <returns>0, or why the list is not complete: ENOENT where the kernel cannot list such sockets.</returns>
    public static SysResult Dump(Span<byte> request, short type, MessageHandler handle)
    {
        SysResult result = Open(groups: 0, out Fd? socket);
        if (socket is null)
        {
            return result;
        }

        using (socket)
        {
            BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
            BinaryPrimitives.WriteInt16LittleEndian(request[4..], type);
            BinaryPrimitives.WriteInt16LittleEndian(request[6..], LibC.NLM_F_REQUEST | LibC.NLM_F_DUMP);
            result = StreamSocket.Send(socket, request, more: false);
            byte[] buffer = new byte[BufferSize];
            while (!result.IsError)
            {
                result = StreamSocket.Receive(socket, buffer);
                if (!result.IsError && Read(buffer.AsSpan(0, result.Value), handle) is { } end)
                {
                    return end;
                }
            }

            return result;
        }
    }

    /// <summary>The value of an attribute; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Attribute(ReadOnlySpan<byte> attributes, int type)
    {
        for (ReadOnlySpan<byte> rest = attributes; rest.Length >= 4;)
        {
            // struct nlattr: its length including itself, its type, then padding to four bytes.
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length < 4 || length > rest.Length)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) == type)
            {
                return rest[4..length];
            }

            rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
        }

        return default;
    }

    /// <summary>Passes on the messages of one answer; returns how the list ended, null when more follows.</summary>
    private static SysResult? Read(ReadOnlySpan<byte> answer, MessageHandler handle)
    {
        while (answer.Length >= HeaderSize)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(answer);
            if (length < HeaderSize || length > answer.Length)
            {
                break;
            }

            ReadOnlySpan<byte> message = answer[HeaderSize..length];
            switch (BinaryPrimitives.ReadInt16LittleEndian(answer[4..]))
            {
                case Done:
                    return SysResult.Ok();
                case Error:
                    return SysResult.Error(message.Length < sizeof(int) ? Errno.EINVAL : -BinaryPrimitives.ReadInt32LittleEndian(message));
                default:
                    handle(message);
                    break;
            }

            answer = answer[Math.Min(answer.Length, (length + 3) & ~3)..];
        }

        return null;
    }
}
