using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Benchmarks.Attack;

/// <summary>Ancillary data on a Unix-domain socket, cmsg(3): descriptors and credentials.</summary>
internal static unsafe partial class Ancillary
{
    private const int SOL_SOCKET = 1, SCM_RIGHTS = 1, SCM_CREDENTIALS = 2, MSG_NOSIGNAL = 0x4000, MSG_DONTWAIT = 0x40;

    /// <summary>
    /// Passes <paramref name="count"/> copies of the socket itself; the kernel closes those that the peer does not receive.
    /// </summary>
    public static void SendDescriptors(Socket socket, int count, byte[] bytes) =>
        Send(socket, bytes, SCM_RIGHTS, [.. Enumerable.Repeat((int)socket.Handle, count)]);

    /// <summary>Sends this process's credentials.</summary>
    public static void SendCredentials(Socket socket, byte[] bytes) => Send(socket, bytes, SCM_CREDENTIALS, [Environment.ProcessId, 0, 0]);

    private static void Send(Socket socket, byte[] bytes, int type, int[] payload)
    {
        int header = sizeof(ControlHeader), length = header + (payload.Length * sizeof(int));
        byte[] control = new byte[(length + 7) & ~7];
        fixed (byte* data = bytes, message = control)
        {
            *(ControlHeader*)message = new ControlHeader { Length = (nuint)length, Level = SOL_SOCKET, Type = type };
            payload.CopyTo(new Span<int>(message + header, payload.Length));
            var vector = new Vector { Base = data, Length = (nuint)bytes.Length };
            var whole = new Message { Vectors = &vector, VectorCount = 1, Control = message, ControlLength = (nuint)control.Length };
            _ = SendMessage((int)socket.Handle, &whole, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    /// <summary>struct iovec.</summary>
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr.</summary>
    private struct Message
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr; the data follows it.</summary>
    private struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }
}
