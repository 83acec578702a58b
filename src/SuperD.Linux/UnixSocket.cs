using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>Unix-domain stream sockets, see unix(7). A name is a path, or <c>@</c> and a name of the abstract namespace.</summary>
public static unsafe class UnixSocket
{
    /// <summary>Most bytes of a path, or of an abstract name without its <c>@</c>: sun_path less the final (or first) NUL.</summary>
    public const int MaxNameBytes = PathSize - 1;

    private const int PathSize = 108;
    private const int PathOffset = 2;
    private const int SockaddrSize = PathOffset + PathSize;

    /// <summary>The effective uid of this process.</summary>
    public static uint OwnUserId => LibC.geteuid();

    /// <summary>Whether a name lives in the abstract namespace, which has no files.</summary>
    public static bool IsAbstract(string name) => name.StartsWith('@');

    /// <summary>Makes a socket and binds it, non-blocking and close-on-exec; nobody can connect before <see cref="Listen"/>.</summary>
    /// <param name="mode">Permissions the socket file is created with, less superd's umask: never more than these, at no moment.</param>
    /// <returns>0, or EADDRINUSE (there is a file), ENOENT, ENOTDIR, EACCES, EROFS ...</returns>
    public static SysResult Bind(string name, int mode, out Fd? socket)
    {
        socket = null;
        SysResult result = Create(LibC.SOCK_STREAM, out Fd? created);
        if (created is null)
        {
            return result;
        }

        // The file takes its mode over from the socket.
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

    /// <summary>listen(2): from here on clients can connect.</summary>
    /// <param name="backlog">The kernel caps it at net.core.somaxconn.</param>
    public static SysResult Listen(Fd socket, int backlog) => Result(LibC.listen(socket.Value, backlog));

    /// <summary>Gives a socket file its owner and group; null leaves either.</summary>
    public static SysResult SetOwner(string path, uint? userId, uint? groupId) =>
        Result(LibC.lchown(path, userId ?? uint.MaxValue, groupId ?? uint.MaxValue));

    /// <summary>Gives a socket file its permissions. A symbolic link that somebody put in its place is not followed.</summary>
    public static SysResult SetMode(string path, int mode) =>
        Result(LibC.fchmodat(LibC.AT_FDCWD, path, (uint)mode, LibC.AT_SYMLINK_NOFOLLOW));

    /// <summary>Removes a directory entry.</summary>
    public static SysResult Unlink(string path) => Result(LibC.unlink(path));

    /// <summary>Whether some process holds the socket of this file, without its noticing.</summary>
    /// <returns>0 or EPROTOTYPE: it is held. ECONNREFUSED: nobody holds it any more. Another errno: it cannot be told (EACCES).</returns>
    public static SysResult Probe(string path)
    {
        SysResult result = Create(LibC.SOCK_DGRAM, out Fd? probe);
        if (probe is null)
        {
            return result;
        }

        // A datagram socket: the kernel looks for the holder first and for the matching type second, so a stream server sees nothing of it.
        using (probe)
        {
            byte* address = stackalloc byte[SockaddrSize];
            uint length = WriteSockaddr(path, new Span<byte>(address, SockaddrSize));
            return Result(LibC.connect(probe.Value, address, length));
        }
    }

    /// <summary>Who is at the other end of an accepted socket (SO_PEERCRED, SO_PEERGROUPS).</summary>
    public static PeerCredentials CredentialsOfPeer(Fd socket) => CredentialsOfPeer(socket.Value);

    /// <summary>Who is at the other end of a socket that connected: the process that called listen(2).</summary>
    public static PeerCredentials CredentialsOfPeer(Socket socket)
    {
        PeerCredentials credentials = CredentialsOfPeer((int)socket.SafeHandle.DangerousGetHandle());
        GC.KeepAlive(socket); // closed no earlier
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

        // ERANGE: the length is now what is needed; 65,536 groups are the most there can be.
        uint[] all = new uint[length / sizeof(uint)];
        fixed (uint* first = all)
        {
            return Marshal.GetLastPInvokeError() == Errno.ERANGE && LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERGROUPS, first, &length) == 0
                ? ImmutableCollectionsMarshal.AsImmutableArray(all)
                : [];
        }
    }

    /// <summary>The name the peer has bound its own socket to: a path, or <c>@</c> and an abstract name, as bytes. Returns their number.</summary>
    /// <remarks>0 for a client without a name, as nearly all are, and for a name with a NUL in it, which no text can hold.</remarks>
    public static int NameOfPeer(Fd socket, Span<byte> name)
    {
        byte* address = stackalloc byte[SockaddrSize];
        uint length = SockaddrSize;
        return LibC.getpeername(socket.Value, address, &length) == 0 ? ReadName(new ReadOnlySpan<byte>(address, (int)Math.Min(length, SockaddrSize)), name) : 0;
    }

    /// <summary>The name a socket itself is bound to, as <see cref="NameOfPeer"/> has the peer's.</summary>
    public static int NameOf(Fd socket, Span<byte> name)
    {
        byte* address = stackalloc byte[SockaddrSize];
        uint length = SockaddrSize;
        return LibC.getsockname(socket.Value, address, &length) == 0 ? ReadName(new ReadOnlySpan<byte>(address, (int)Math.Min(length, SockaddrSize)), name) : 0;
    }

    /// <summary>Binds a socket to an abstract name that no other socket has, which the kernel chooses (unix(7), autobind): its peer can tell it by that.</summary>
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
            // The length of a path includes its final NUL, if there was room for one.
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

    /// <summary>Writes a sockaddr_un. The name fits: the configuration saw to that.</summary>
    private static uint WriteSockaddr(string name, Span<byte> sockaddr)
    {
        sockaddr.Clear();
        BitConverter.TryWriteBytes(sockaddr, (ushort)LibC.AF_UNIX);
        int bytes = Encoding.UTF8.GetBytes(name, sockaddr[PathOffset..]);
        if (!IsAbstract(name))
        {
            return (uint)(PathOffset + bytes + 1);
        }

        // The length is part of an abstract name: no final NUL.
        sockaddr[PathOffset] = 0;
        return (uint)(PathOffset + bytes);
    }

    private static SysResult Result(int result) => result >= 0 ? SysResult.Ok(result) : SysResult.Error(Marshal.GetLastPInvokeError());
}
