using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>What a listening TCP socket is made with; see tcp(7) and ipv6(7).</summary>
/// <param name="Backlog">listen(2)'s queue length; the kernel caps it at net.core.somaxconn.</param>
/// <param name="V6Only">IPV6_V6ONLY; ignored for IPv4.</param>
/// <param name="NoDelay">TCP_NODELAY.</param>
/// <param name="KeepAlive">SO_KEEPALIVE with the times below.</param>
public readonly record struct TcpListenOptions(int Backlog, bool V6Only, bool NoDelay, bool KeepAlive);

/// <summary>TCP sockets by raw calls: .NET's own would make the socket non-blocking for the handler that inherits it.</summary>
public static unsafe class TcpSocket
{
    // A peer that vanished is noticed two minutes later: 60 s + 6 probes of 10 s.
    private const int KeepAliveIdleSeconds = 60;
    private const int KeepAliveIntervalSeconds = 10;
    private const int KeepAliveProbes = 6;

    /// <summary>Makes, binds and opens a listening socket, non-blocking and close-on-exec.</summary>
    /// <remarks>
    /// The options are set on the listener because Linux hands them on to accepted sockets: they cost no call per connection.
    /// SO_REUSEADDR is always set, so that connections in TIME_WAIT do not keep a restarted superd from its ports.
    /// </remarks>
    /// <returns>0, or EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE ...</returns>
    public static SysResult Listen(IPEndPoint endPoint, TcpListenOptions options, out Fd? listener)
    {
        listener = null;
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        int type = LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC;
        int socket = LibC.socket(isV6 ? LibC.AF_INET6 : LibC.AF_INET, type, 0);
        if (socket < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        var fd = new Fd(socket);
        SysResult result = Open(fd, endPoint, options, isV6);
        if (result.IsError)
        {
            fd.Dispose();
            return result;
        }

        listener = fd;
        return result;
    }

    /// <summary>Whether this machine has the address family at all (IPv6 may be switched off).</summary>
    public static bool IsSupported(IPEndPoint endPoint)
    {
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        int socket = LibC.socket(isV6 ? LibC.AF_INET6 : LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return Marshal.GetLastPInvokeError() != Errno.EAFNOSUPPORT;
        }

        // With net.ipv6.conf.all.disable_ipv6 a socket can be made, but not even the wildcard address bound.
        using var fd = new Fd(socket);
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        var any = new IPEndPoint(isV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        int length = InetEndPoint.WriteSockaddr(any, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        return LibC.bind(socket, address, (uint)length) == 0 || Marshal.GetLastPInvokeError() != Errno.EADDRNOTAVAIL;
    }

    /// <summary>Makes a listening socket that somebody else bound fit for superd: non-blocking, with the options of the service. The queue stays its own.</summary>
    public static void Adopt(Fd listener, TcpListenOptions options)
    {
        SetBlocking(listener, false);
        SetForConnections(listener, options);
    }

    /// <summary>Turns an IPv4 connection that a dual-stack socket accepted into a plain IPv4 socket (ipv6(7), IPV6_ADDRFORM), so that getpeername tells plain IPv4.</summary>
    /// <remarks>Where the kernel will not (it must be TCP, and mapped), the socket stays as it is.</remarks>
    public static void TurnIntoIPv4(Fd connection) => _ = SetOption(connection, LibC.IPPROTO_IPV6, LibC.IPV6_ADDRFORM, LibC.AF_INET);

    /// <summary>Takes the next connection, as a blocking close-on-exec socket. EAGAIN when there is none.</summary>
    public static SysResult Accept(Fd listener, out InetEndPoint peer)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        while (true)
        {
            uint length = InetEndPoint.MaxSockaddrLength;
            int fd = LibC.accept4(listener.Value, address, &length, LibC.SOCK_CLOEXEC);
            if (fd >= 0)
            {
                peer = InetEndPoint.FromSockaddr(new ReadOnlySpan<byte>(address, (int)Math.Min(length, InetEndPoint.MaxSockaddrLength)));
                return SysResult.Ok(fd);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                peer = default;
                return SysResult.Error(errno);
            }
        }
    }

    /// <summary>The other side of a connection, as getpeername(2) has it. Unknown when it cannot be told.</summary>
    public static InetEndPoint RemoteEndPoint(Fd socket)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        uint length = InetEndPoint.MaxSockaddrLength;
        return LibC.getpeername(socket.Value, address, &length) == 0
            ? InetEndPoint.FromSockaddr(new ReadOnlySpan<byte>(address, (int)Math.Min(length, InetEndPoint.MaxSockaddrLength)))
            : default;
    }

    /// <summary>The address a socket is bound to: a listener's real port, a connection's local side. Unknown when it cannot be told.</summary>
    public static InetEndPoint LocalEndPoint(Fd socket)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        uint length = InetEndPoint.MaxSockaddrLength;
        return LibC.getsockname(socket.Value, address, &length) == 0
            ? InetEndPoint.FromSockaddr(new ReadOnlySpan<byte>(address, (int)Math.Min(length, InetEndPoint.MaxSockaddrLength)))
            : default;
    }

    /// <summary>Clears O_NONBLOCK: a wait handler expects a listening socket whose accept blocks.</summary>
    public static void SetBlocking(Fd socket, bool blocking)
    {
        int flags = LibC.fcntl(socket.Value, LibC.F_GETFL, 0);
        _ = LibC.fcntl(socket.Value, LibC.F_SETFL, blocking ? flags & ~LibC.O_NONBLOCK : flags | LibC.O_NONBLOCK);
    }

    /// <summary>TCP_NODELAY and, if wanted, SO_KEEPALIVE for a connection superd makes itself; on another kind of socket nothing happens.</summary>
    public static void Tune(Fd socket, bool keepAlive)
    {
        _ = SetOption(socket, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, 1);
        if (keepAlive)
        {
            KeepAlive(socket);
        }
    }

    /// <summary>Applies changed options to a socket that listens: connections made from now on have them. Which addresses it is for cannot change.</summary>
    /// <param name="keepsQueue">True when the length of its queue is not superd's matter: somebody else bound it.</param>
    public static void Retune(Fd listener, TcpListenOptions options, bool keepsQueue)
    {
        // Of a socket that listens, none of these can fail; listen(2) once more changes the length of its queue and nothing else.
        _ = SetOption(listener, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, options.NoDelay ? 1 : 0);
        _ = SetOption(listener, LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 0);
        SetForConnections(listener, options);
        if (!keepsQueue)
        {
            _ = LibC.listen(listener.Value, options.Backlog);
        }
    }

    private static SysResult Open(Fd fd, IPEndPoint endPoint, TcpListenOptions options, bool isV6)
    {
        _ = SetOption(fd, LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1);
        if (isV6)
        {
            SysResult v6Only = SetOption(fd, LibC.IPPROTO_IPV6, LibC.IPV6_V6ONLY, options.V6Only ? 1 : 0);
            if (v6Only.IsError)
            {
                return v6Only;
            }
        }

        SetForConnections(fd, options);
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        int length = InetEndPoint.WriteSockaddr(endPoint, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        if (LibC.bind(fd.Value, address, (uint)length) != 0 || LibC.listen(fd.Value, options.Backlog) != 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        return SysResult.Ok();
    }

    private static void SetForConnections(Fd fd, TcpListenOptions options)
    {
        if (options.NoDelay)
        {
            _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, 1);
        }

        if (options.KeepAlive)
        {
            KeepAlive(fd);
        }
    }

    private static void KeepAlive(Fd fd)
    {
        _ = SetOption(fd, LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 1);
        _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPIDLE, KeepAliveIdleSeconds);
        _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPINTVL, KeepAliveIntervalSeconds);
        _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPCNT, KeepAliveProbes);
    }

    private static SysResult SetOption(Fd fd, int level, int option, int value) =>
        LibC.setsockopt(fd.Value, level, option, &value, sizeof(int)) == 0
            ? SysResult.Ok()
            : SysResult.Error(Marshal.GetLastPInvokeError());
}
