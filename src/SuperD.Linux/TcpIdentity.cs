namespace SuperD.Linux;

/// <summary>Identifies a TCP connection, so that the kernel can be asked about it after superd has closed the socket.</summary>
/// <param name="Local">This side as the kernel sees it; behind a proxy, of the proxy's connection.</param>
/// <param name="Remote">The other side.</param>
/// <param name="Cookie">A number unique among all sockets of the machine; see SO_COOKIE in socket(7).</param>
public readonly record struct TcpIdentity(InetEndPoint Local, InetEndPoint Remote, ulong Cookie)
{
    /// <summary>The identity of a connected socket; null when it is not, or no longer, a TCP connection.</summary>
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
