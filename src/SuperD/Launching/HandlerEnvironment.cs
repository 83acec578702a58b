using System.Text;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>The variables that describe a connection to its handler, under every name that programs look for.</summary>
/// <remarks>
/// REMOTE_ADDR and REMOTE_PORT (systemd, CGI), REMOTE_HOST (xinetd: the address), SUPERD_SERVICE and SUPERD_CONNECTION, and those of UCSPI:
/// PROTO and, prefixed with TCP or UDP, REMOTEIP, REMOTEPORT, LOCALIP and LOCALPORT. Over a Unix-domain socket: PROTO=IPC, IPCLOCALPATH,
/// IPCREMOTEEUID, IPCREMOTEEGID and IPCREMOTEPID (superd's own addition), and IPCREMOTEPATH and REMOTE_ADDR if the client has a name.
/// Unknown values are absent.
/// A wait handler gets LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PID (written by the child itself) instead of a peer, see sd_listen_fds(3);
/// over datagrams also the sender of the first one, as in xinetd.
/// </remarks>
internal static class HandlerEnvironment
{
    /// <summary>Adds the variables of one launch.</summary>
    public static void Write(LaunchStrings environment, Connection connection)
    {
        Span<byte> text = stackalloc byte[256];
        ReadOnlySpan<byte> service = text[..Encoding.UTF8.GetBytes(connection.Service.Name, text)];
        environment.Add("SUPERD_SERVICE="u8, service);
        environment.Add("SUPERD_CONNECTION="u8, connection.Id);
        if (connection.Definition.Wait)
        {
            environment.Add("LISTEN_FDS="u8, 1);
            environment.Add("LISTEN_FDNAMES="u8, service);
        }

        if (connection.Listener.UnixName is { } name)
        {
            WriteUnix(environment, connection, name, text);
        }
        else
        {
            WriteInet(environment, connection, connection.Listener.Transport == Transport.Udp, text);
        }
    }

    private static void WriteInet(LaunchStrings environment, Connection connection, bool isUdp, Span<byte> text)
    {
        environment.Add("PROTO="u8, isUdp ? "UDP"u8 : "TCP"u8);
        if (connection.Peer.IsKnown)
        {
            InetEndPoint peer = connection.Peer.EndPoint;
            ReadOnlySpan<byte> address = text[..peer.FormatAddress(text)];
            environment.Add("REMOTE_ADDR="u8, address);
            environment.Add("REMOTE_HOST="u8, address);
            environment.Add(isUdp ? "UDPREMOTEIP="u8 : "TCPREMOTEIP="u8, address);
            environment.Add("REMOTE_PORT="u8, peer.Port);
            environment.Add(isUdp ? "UDPREMOTEPORT="u8 : "TCPREMOTEPORT="u8, peer.Port);
        }

        InetEndPoint local = connection.Local;
        environment.Add(isUdp ? "UDPLOCALPORT="u8 : "TCPLOCALPORT="u8, local.Port);
        if (!local.IsWildcard)
        {
            environment.Add(isUdp ? "UDPLOCALIP="u8 : "TCPLOCALIP="u8, text[..local.FormatAddress(text)]);
        }
    }

    private static void WriteUnix(LaunchStrings environment, Connection connection, string name, Span<byte> text)
    {
        environment.Add("PROTO="u8, "IPC"u8);
        environment.Add("IPCLOCALPATH="u8, text[..Encoding.UTF8.GetBytes(name, text)]);
        if (!connection.Peer.IsKnown)
        {
            return;
        }

        PeerCredentials credentials = connection.Peer.Credentials;
        environment.Add("IPCREMOTEEUID="u8, credentials.UserId);
        environment.Add("IPCREMOTEEGID="u8, credentials.GroupId);
        environment.Add("IPCREMOTEPID="u8, credentials.ProcessId);
        ReadOnlySpan<byte> remote = text[..UnixSocket.NameOfPeer(connection.Socket, text)];
        if (remote.Length > 0)
        {
            environment.Add("REMOTE_ADDR="u8, remote);
            environment.Add("IPCREMOTEPATH="u8, remote);
        }
    }
}
