namespace SuperD.Linux;

/// <summary>Which TCP connection it is, for asking the kernel about it when its socket is no longer held.</summary>
/// <param name="Local">This side, as the kernel has it: behind a proxy the proxy's connection.</param>
/// <param name="Remote">The other side.</param>
/// <param name="Cookie">A number that no other socket of the machine ever gets: SO_COOKIE of socket(7).</param>
public readonly record struct TcpIdentity(InetEndPoint Local, InetEndPoint Remote, ulong Cookie)
{
    /// <summary>Who a connected socket is; null where it is no TCP connection, or none any more.</summary>
    public static unsafe TcpIdentity? Of(Fd socket)
    {
        InetEndPoint local = TcpSocket.LocalEndPoint(socket), remote = TcpSocket.RemoteEndPoint(socket);
        ulong cookie = 0;
        uint length = sizeof(ulong);
        return local.IsKnown && remote.IsKnown && LibC.getsockopt(socket.Value, LibC.SOL_SOCKET, LibC.SO_COOKIE, &cookie, &length) == 0
            ? new TcpIdentity(local, remote, cookie)
            : null;
    }
}
