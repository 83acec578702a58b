using SuperD.Admission;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.ProxyProtocol;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story about connections that a proxy made: it is asked who came before anything else is decided.</summary>
internal sealed partial class SuperServer
{
    private void OnProxied(Connection connection, ProxyHeader header)
    {
        if (header.Source.IsKnown)
        {
            _log.Proxied(connection.Service.Name, connection.Id, header.Source, connection.Peer);
            connection = connection.Proxied(header.Source, header.Destination);
        }

        Admit(connection);
        _shutdown.CheckDone();
    }

    private void OnProxyHeaderFailed(Connection connection, string problem)
    {
        connection.Socket.Dispose();
        if (_refusals.MayHaveLine(connection.Service, Refusal.ProxyHeader, connection.Peer))
        {
            _log.ProxyHeaderFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.ProxyHeader.Name(), problem);
        }

        _shutdown.CheckDone();
    }
}
