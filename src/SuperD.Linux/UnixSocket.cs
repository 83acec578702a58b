using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>Unix-domain stream sockets; see unix(7). A name is a path, or <c>@</c> followed by an abstract name.</summary>
public static unsafe class UnixSocket
{
    /// <summary>The most bytes of a path, or of an abstract name without its <c>@</c>: sun_path less the final or first NUL.</summary>
    public const int MaxNameBytes = PathSize - 1;

    private const int PathSize = 108;
    private const int PathOffset = 2;
    private const int SockaddrSize = PathOffset + PathSize;

    /// <summary>The effective uid of this process.</summary>
    public static uint OwnUserId => LibC.geteuid();

    /// <summary>Whether a name is in the abstract namespace, which has no files.</summary>
    public static bool IsAbstract(string name) => name.StartsWith('@');

    /// <summary>Creates and binds a socket, non-blocking and close-on-exec; it refuses connections until <see cref="Listen"/>.</summary>
    /// <param name="mode">The permissions of the new socket file, less superd's umask; it never has more than these.</param>
    /// <returns>0, or EADDRINUSE (the file exists), ENOENT, ENOTDIR, EACCES, EROFS ...</returns>
    public static SysResult Bind(string name, int mode, out Fd? socket)
    {
        socket = null;
        SysResult result = Create(LibC.SOCK_STREAM, out Fd? created);
        if (created is null)
        {
            return result;
        }

        // The file inherits its mode from the socket.
        _ = LibC.fchmod(created.Value, (uint)mode);
        byte* address = stackalloc byte[SockaddrSize];
        uint length = WriteSockaddr(name, new Span<byte>(address, SockaddrSize));
        if (LibC.bind(created.Value, address, length) != 0)
        {
            result = SysResult.Error(Marshal.GetLastPInvokeError());
            created.Dispose();
            return result;
        }

        socket = created;
        return SysResult.Ok();
    }

    /// <summary>listen(2): clients can connect from now on.</summary>
    /// <param name="backlog">The queue length; the kernel caps it at net.core.somaxconn.</param>
    public static SysResult Listen(Fd socket, int backlog) => Result(LibC.listen(socket.Value, backlog));

    /// <summary>Sets the owner and group of a socket file; null leaves either unchanged.</summary>
    public static SysResult SetOwner(string path, uint? userId, uint? groupId) =>
        Result(LibC.lchown(path, userId ?? uint.MaxValue, groupId ?? uint.MaxValue));

    /// <summary>Sets the permissions of a socket file. Does not follow a symbolic link put in its place.</summary>
    public static SysResult SetMode(string path, int mode) =>
        Result(LibC.fchmodat(LibC.AT_FDCWD, path, (uint)mode, LibC.AT_SYMLINK_NOFOLLOW));

    /// <summary>Removes a directory entry.</summary>
    public static SysResult Unlink(string path) => Result(LibC.unlink(path));

    /// <summary>Checks whether a process holds the socket of this file, without that process noticing.</summary>
    /// <returns>0 or EPROTOTYPE: held. ECONNREFUSED: not held any more. Any other errno, such as EACCES: unknown.</returns>
    public static SysResult Probe(string path)
    {
        SysResult result = Create(LibC.SOCK_DGRAM, out Fd? probe);
        if (probe is null)
        {
            return result;
        }

        // A datagram socket: the kernel looks up the holder before it compares the types, so a stream server notices nothing.
        using (probe)
        {
            byte* address = stackalloc byte[SockaddrSize];
            uint length = WriteSockaddr(path, new Span<byte>(address, SockaddrSize));
            return Result(LibC.connect(probe.Value, address, length));
        }
    }

    /// <summary>The credentials of an accepted socket's peer (SO_PEERCRED, SO_PEERGROUPS).</summary>
    public static PeerCredentials CredentialsOfPeer(Fd socket) => CredentialsOfPeer(socket.Value);

    /// <summary>The credentials of the process that called listen(2), for a socket that connected to it.</summary>
    public static PeerCredentials CredentialsOfPeer(Socket socket)
    {
        PeerCredentials credentials = CredentialsOfPeer((int)socket.SafeHandle.DangerousGetHandle());
        GC.KeepAlive(socket); // the descriptor must stay open until here
        return credentials;
    }

    private static PeerCredentials CredentialsOfPeer(int socket)
    {
        // struct ucred: pid, uid, gid.
        uint* credentials = stackalloc uint[3];
        uint length = 3 * sizeof(uint);
        return LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERCRED, credentials, &length) == 0
            ? new PeerCredentials(credentials[1], credentials[2], (int)credentials[0]) { Groups = GroupsOfPeer(socket) }
            : new PeerCredentials(uint.MaxValue, uint.MaxValue, 0);
    }

    private static ImmutableArray<uint> GroupsOfPeer(int socket)
    {
        const int UsuallyEnough = 64;
        Span<uint> groups = stackalloc uint[UsuallyEnough];
        uint length = UsuallyEnough * sizeof(uint);
        fixed (uint* first = groups)
        {
            if (LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERGROUPS, first, &length) == 0)
            {
                return [.. groups[..(int)(length / sizeof(uint))]];
            }
        }

        // ERANGE: length is now the size needed. A process has at most 65,536 groups.
        uint[] all = new uint[length / sizeof(uint)];
        fixed (uint* first = all)
        {
            return Marshal.GetLastPInvokeError() == Errno.ERANGE
                && LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERGROUPS, first, &length) == 0
                ? ImmutableCollectionsMarshal.AsImmutableArray(all)
                : [];
        }
    }

    /// <summary>Writes the peer's name, a path or <c>@</c> and an abstract name; returns the number of bytes.</summary>
    /// <remarks>0 for an unnamed client, as nearly all are, and for a name that contains a NUL, which no text can represent.</remarks>
    public static int NameOfPeer(Fd socket, Span<byte> name)
    {
        byte* address = stackalloc byte[SockaddrSize];
        uint length = SockaddrSize;
        return LibC.getpeername(socket.Value, address, &length) == 0
            ? ReadName(new ReadOnlySpan<byte>(address, (int)Math.Min(length, SockaddrSize)), name)
            : 0;
    }

    /// <summary>Writes the name the socket itself is bound to, in the form of <see cref="NameOfPeer"/>.</summary>
    public static int NameOf(Fd socket, Span<byte> name)
    {
        byte* address = stackalloc byte[SockaddrSize];
        uint length = SockaddrSize;
        return LibC.getsockname(socket.Value, address, &length) == 0
            ? ReadName(new ReadOnlySpan<byte>(address, (int)Math.Min(length, SockaddrSize)), name)
            : 0;
    }

    /// <summary>Binds a socket to a unique abstract name that the kernel chooses (autobind, unix(7)).</summary>
    /// <remarks>The peer can identify the socket by it.</remarks>
    public static SysResult BindToAnyName(Fd socket)
    {
        ushort family = LibC.AF_UNIX;
        return Result(LibC.bind(socket.Value, (byte*)&family, sizeof(ushort)));
    }

    private static int ReadName(ReadOnlySpan<byte> address, Span<byte> name)
    {
        if (address.Length <= PathOffset || BitConverter.ToUInt16(address) != LibC.AF_UNIX)
        {
            return 0;
        }

        ReadOnlySpan<byte> path = address[PathOffset..];
        if (path[0] != 0)
        {
            // The length of a path includes its final NUL if there was space for one.
            int end = path.IndexOf((byte)0);
            path = end < 0 ? path : path[..end];
            path.CopyTo(name);
            return path.Length;
        }

        if (path[1..].Contains((byte)0))
        {
            return 0;
        }

        path.CopyTo(name);
        name[0] = (byte)'@';
        return path.Length;
    }

    private static SysResult Create(int type, out Fd? socket)
    {
        int fd = LibC.socket(LibC.AF_UNIX, type | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0);
        socket = fd >= 0 ? new Fd(fd) : null;
        return Result(fd);
    }

    /// <summary>Writes a sockaddr_un and returns its length. The configuration has checked that the name fits.</summary>
    private static uint WriteSockaddr(string name, Span<byte> sockaddr)
    {
        sockaddr.Clear();
        BitConverter.TryWriteBytes(sockaddr, (ushort)LibC.AF_UNIX);
        int bytes = Encoding.UTF8.GetBytes(name, sockaddr[PathOffset..]);
        if (!IsAbstract(name))
        {
            return (uint)(PathOffset + bytes + 1);
        }

        // An abstract name is delimited by the length alone: no final NUL.
        sockaddr[PathOffset] = 0;
        return (uint)(PathOffset + bytes);
    }

    private static SysResult Result(int result) => result >= 0 ? SysResult.Ok(result) : SysResult.Error(Marshal.GetLastPInvokeError());
}
