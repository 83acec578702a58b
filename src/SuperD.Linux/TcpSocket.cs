using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The options of a listening TCP socket; see tcp(7) and ipv6(7).</summary>
/// <param name="Backlog">The queue length of listen(2); the kernel caps it at net.core.somaxconn.</param>
/// <param name="V6Only">IPV6_V6ONLY; ignored for IPv4.</param>
/// <param name="NoDelay">TCP_NODELAY.</param>
/// <param name="KeepAlive">SO_KEEPALIVE; null = off.</param>
public readonly record struct TcpListenOptions(int Backlog, bool V6Only, bool NoDelay, TcpKeepAlive? KeepAlive)
{
    /// <summary>TCP_USER_TIMEOUT in milliseconds; 0 = the kernel's own rules.</summary>
    public int UserTimeoutMs { get; init; }
}

/// <summary>TCP sockets by raw calls: .NET's class would make the socket non-blocking for the handler that inherits it.</summary>
public static unsafe class TcpSocket
{
    /// <summary>Creates, binds and opens a listening socket, non-blocking and close-on-exec.</summary>
    /// <remarks>
    /// Accepted sockets inherit the listener's options on Linux, so the options cost no system call per connection.
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

    /// <summary>Whether this machine has the address; IPv6 may be disabled, also for the loopback interface alone.</summary>
    public static bool IsSupported(IPEndPoint endPoint)
    {
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        int socket = LibC.socket(isV6 ? LibC.AF_INET6 : LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return Marshal.GetLastPInvokeError() != Errno.EAFNOSUPPORT;
        }

        // With net.ipv6.conf.all.disable_ipv6, socket(2) succeeds but even the wildcard address cannot be bound.
        using var fd = new Fd(socket);
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        var atAnyPort = new IPEndPoint(endPoint.Address, 0);
        int length = InetEndPoint.WriteSockaddr(atAnyPort, new Span<byte>(address, InetEndPoint.MaxSockaddrLength));
        return LibC.bind(socket, address, (uint)length) == 0 || Marshal.GetLastPInvokeError() != Errno.EADDRNOTAVAIL;
    }

    /// <summary>Prepares a listening socket bound by another process: non-blocking, the service's options, its own backlog.</summary>
    public static void Adopt(Fd listener, TcpListenOptions options)
    {
        SetBlocking(listener, false);
        SetForConnections(listener, options);
    }

    /// <summary>Turns an IPv4 connection on a dual-stack socket into an IPv4 socket, so that getpeername returns plain IPv4.</summary>
    /// <remarks>IPV6_ADDRFORM of ipv6(7). Where the kernel refuses (it must be TCP, and mapped) the socket stays as it is.</remarks>
    public static void TurnIntoIPv4(Fd connection) => _ = SetOption(connection, LibC.IPPROTO_IPV6, LibC.IPV6_ADDRFORM, LibC.AF_INET);

    /// <summary>Accepts the next connection as a blocking, close-on-exec socket. EAGAIN when none is pending.</summary>
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

    /// <summary>The peer's address, from getpeername(2); the default value on an error.</summary>
    public static InetEndPoint RemoteEndPoint(Fd socket)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        uint length = InetEndPoint.MaxSockaddrLength;
        return LibC.getpeername(socket.Value, address, &length) == 0
            ? InetEndPoint.FromSockaddr(new ReadOnlySpan<byte>(address, (int)Math.Min(length, InetEndPoint.MaxSockaddrLength)))
            : default;
    }

    /// <summary>The socket's own address, including the port the kernel chose; the default value on an error.</summary>
    public static InetEndPoint LocalEndPoint(Fd socket)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        uint length = InetEndPoint.MaxSockaddrLength;
        return LibC.getsockname(socket.Value, address, &length) == 0
            ? InetEndPoint.FromSockaddr(new ReadOnlySpan<byte>(address, (int)Math.Min(length, InetEndPoint.MaxSockaddrLength)))
            : default;
    }

    /// <summary>Sets or clears O_NONBLOCK: a wait handler expects a listening socket whose accept blocks.</summary>
    public static void SetBlocking(Fd socket, bool blocking)
    {
        int flags = LibC.fcntl(socket.Value, LibC.F_GETFL, 0);
        _ = LibC.fcntl(socket.Value, LibC.F_SETFL, blocking ? flags & ~LibC.O_NONBLOCK : flags | LibC.O_NONBLOCK);
    }

    /// <summary>Sets TCP_NODELAY; no effect on a non-TCP socket.</summary>
    public static void SendAtOnce(Fd socket) => _ = SetOption(socket, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, 1);

    /// <summary>Sets the options of a connection that superd makes itself, TCP_NODELAY among them; no effect on a non-TCP socket.</summary>
    public static void Tune(Fd socket, TcpKeepAlive? keepAlive, int userTimeoutMs) =>
        SetForConnections(socket, new TcpListenOptions(0, false, NoDelay: true, keepAlive) { UserTimeoutMs = userTimeoutMs });

    /// <summary>Applies changed options to a listening socket, for connections made from now on. V6Only cannot change.</summary>
    /// <param name="keepsQueue">True to leave the backlog alone, because another process bound the socket.</param>
    public static void Retune(Fd listener, TcpListenOptions options, bool keepsQueue)
    {
        // None of these can fail on a listening socket; a second listen(2) changes only its backlog.
        _ = SetOption(listener, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, options.NoDelay ? 1 : 0);
        _ = SetOption(listener, LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 0);
        SetForConnections(listener, options);
        if (!keepsQueue)
        {
            _ = LibC.listen(listener.Value, options.Backlog);
        }
    }

    /// <summary>Makes the kernel refuse clients (RST), also those who wait; the socket stays bound.</summary>
    /// <remarks>Undone by <see cref="ListenAgain"/>.</remarks>
    public static void StopListening(Fd listener)
    {
        byte* address = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        uint length = InetEndPoint.MaxSockaddrLength;
        _ = LibC.getsockname(listener.Value, address, &length);
        _ = LibC.shutdown(listener.Value, LibC.SHUT_RD);

        // A port that the kernel chose is lost with that, so it is bound once more; for any other that is EINVAL. Then no other socket may
        // have it, which SO_REUSEADDR allows to all that do not listen.
        _ = LibC.bind(listener.Value, address, length);
        _ = SetOption(listener, LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 0);
    }

    /// <summary>Listens after <see cref="StopListening"/>. EADDRINUSE when another socket has the port all the same.</summary>
    public static SysResult ListenAgain(Fd listener, int backlog)
    {
        _ = SetOption(listener, LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1); // connections that are live or in TIME_WAIT have the port too
        return LibC.listen(listener.Value, backlog) == 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
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

        if (options.KeepAlive is { } keepAlive)
        {
            _ = SetOption(fd, LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 1);
            _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPIDLE, keepAlive.IdleSeconds);
            _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPINTVL, keepAlive.IntervalSeconds);
            _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPCNT, keepAlive.Probes);
        }

        _ = SetOption(fd, LibC.IPPROTO_TCP, LibC.TCP_USER_TIMEOUT, options.UserTimeoutMs); // 0 undoes an earlier one
    }

    private static SysResult SetOption(Fd fd, int level, int option, int value) =>
        LibC.setsockopt(fd.Value, level, option, &value, sizeof(int)) == 0
            ? SysResult.Ok()
            : SysResult.Error(Marshal.GetLastPInvokeError());
}
