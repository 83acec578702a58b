using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Who is at the other end of a Unix socket, as it was when it connected: SO_PEERCRED and SO_PEERGROUPS of unix(7).</summary>
/// <param name="ProcessId">0 when it is in a pid namespace that is not seen from here.</param>
/// <param name="Groups">Its group and its supplementary groups.</param>
public sealed record UnixPeer(int ProcessId, uint UserId, IReadOnlyList<uint> Groups);

/// <summary>A listening Unix stream socket with a name in the file system; see unix(7).</summary>
public static unsafe class UnixListener
{
    /// <summary>sun_path without the NUL at its end.</summary>
    public const int MaxPathBytes = 107;

    internal const int UcredSize = 12;
    private const int MostGroups = 65_536; // NGROUPS_MAX

    /// <summary>The effective uid of this process.</summary>
    public static uint OwnUserId => LibC.geteuid();

    /// <summary>Makes, binds and opens a listening socket, non-blocking and close-on-exec.</summary>
    /// <remarks>Nobody can connect before listen(2), so its owner and its mode hold for the first client as well.</remarks>
    /// <param name="permissions">The mode: 0 to 0777.</param>
    /// <param name="owner">Null: as it is made.</param>
    /// <param name="group">Null: as it is made.</param>
    /// <returns>0, or EADDRINUSE (a file of that name is there), EACCES, ENOENT, EPERM (the owner cannot be given), EMFILE ...</returns>
    public static SysResult Listen(string path, int permissions, uint? owner, uint? group, int backlog, out Fd? listener)
    {
        listener = null;
        int socket = LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        var fd = new Fd(socket);
        var address = new UnixDomainSocketEndPoint(path).Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (LibC.bind(socket, bytes, (uint)address.Size) != 0)
            {
                int error = Marshal.GetLastPInvokeError();
                fd.Dispose();
                return SysResult.Error(error);
            }
        }

        // (uid_t)-1 leaves it as it is. The mode after the owner, since a change of owner may take bits of it away.
        if (LibC.lchown(path, owner ?? uint.MaxValue, group ?? uint.MaxValue) != 0 || LibC.chmod(path, permissions) != 0 || LibC.listen(socket, backlog) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            File.Delete(path);
            fd.Dispose();
            return SysResult.Error(errno);
        }

        listener = fd;
        return SysResult.Ok();
    }

    /// <summary>Takes the next connection, non-blocking and close-on-exec. EAGAIN when there is none.</summary>
    public static SysResult Accept(Fd listener)
    {
        while (true)
        {
            int fd = LibC.accept4(listener.Value, null, null, LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK);
            if (fd >= 0)
            {
                return SysResult.Ok(fd);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return SysResult.Error(errno);
            }
        }
    }

    /// <summary>Who is at the other end; null when the kernel does not tell.</summary>
    public static UnixPeer? PeerOf(Fd socket)
    {
        // struct ucred: pid, uid, gid.
        int* ucred = stackalloc int[UcredSize / sizeof(int)];
        uint length = UcredSize;
        if (LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_PEERCRED, ucred, &length) != 0 || length != UcredSize)
        {
            return null;
        }

        return new UnixPeer(ucred[0], (uint)ucred[1], [(uint)ucred[2], .. SupplementaryGroups(socket)]);
    }

    private static uint[] SupplementaryGroups(Fd socket)
    {
        for (uint count = 64; count <= MostGroups; count *= 2)
        {
            uint[] groups = new uint[count];
            uint length = count * sizeof(uint);
            fixed (uint* first = groups)
            {
                if (LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_PEERGROUPS, (int*)first, &length) == 0)
                {
                    return groups[..(int)(length / sizeof(uint))];
                }
            }

            if (Marshal.GetLastPInvokeError() != Errno.ERANGE)
            {
                return [];
            }
        }

        return [];
    }
}
