using System.Text;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>The variables that tell a handler about its connection, under every name programs look for.</summary>
/// <remarks>
/// REMOTE_ADDR and REMOTE_PORT (systemd, CGI), REMOTE_HOST (xinetd's: the address), TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP, TCPLOCALPORT
/// and PROTO (UCSPI), SUPERD_SERVICE and SUPERD_CONNECTION. What is not known is absent. A wait handler gets LISTEN_FDS,
/// LISTEN_FDNAMES and (written by the child itself) LISTEN_PID instead of a peer; see sd_listen_fds(3).
/// </remarks>
internal static class HandlerEnvironment
{
    /// <summary>Adds the variables of one launch. Launcher thread.</summary>
    public static void Write(EnvironmentBlock environment, Connection connection)
    {
        Span<byte> text = stackalloc byte[256];
        ReadOnlySpan<byte> service = text[..Encoding.UTF8.GetBytes(connection.Service.Name, text)];
        environment.Add("SUPERD_SERVICE="u8, service);
        environment.Add("SUPERD_CONNECTION="u8, connection.Id);
        environment.Add("PROTO="u8, "TCP"u8);
        if (connection.Service.Definition.Wait)
        {
            environment.Add("LISTEN_FDS="u8, 1);
            environment.Add("LISTEN_FDNAMES="u8, service);
        }

        if (connection.Peer.IsKnown)
        {
            ReadOnlySpan<byte> address = text[..connection.Peer.FormatAddress(text)];
            environment.Add("REMOTE_ADDR="u8, address);
            environment.Add("REMOTE_HOST="u8, address);
            environment.Add("TCPREMOTEIP="u8, address);
            environment.Add("REMOTE_PORT="u8, connection.Peer.Port);
            environment.Add("TCPREMOTEPORT="u8, connection.Peer.Port);
        }

        InetEndPoint local = connection.Local;
        environment.Add("TCPLOCALPORT="u8, local.Port);
        if (!local.IsWildcard)
        {
            environment.Add("TCPLOCALIP="u8, text[..local.FormatAddress(text)]);
        }
    }
}
