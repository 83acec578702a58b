using System.Net;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Logging;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story about relayed connections, which have no process: they have a backend, or none, and they end.</summary>
internal sealed partial class SuperServer
{
    public void OnRelayed(Connection connection, EndPoint backend)
    {
        connection.Service.Counters.Accept();
        _log.AcceptRelay(connection.Service.Name, connection.Id, connection.Peer, Backend.Name(backend), connection.Service.Occupancy);
    }

    public void OnBackendFailed(Connection connection, string tried)
    {
        Release(connection);
        if (_refusals.MayHaveLine(connection.Service, Refusal.Backend, connection.Peer))
        {
            _log.BackendFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.Backend.Name(), tried);
        }

        _conversations.TurnAway(connection, Refusal.Backend.Name(), TimeSpan.Zero, isGreeted: true);
        ResumeService(connection.Service);
        _shutdown.CheckDone();
    }

    public void OnRelayEnded(Connection connection, RelayEnd end)
    {
        Service service = connection.Service;
        Release(connection);
        service.Counters.End(end.ReasonName, TimeSpan.FromMilliseconds(end.DurationMs), end.BytesIn, end.BytesOut, orphans: 0);
        _log.EndRelay(service.Name, connection.Id, end.DurationMs, end.BytesIn, end.BytesOut, service.Occupancy, new EndDetails(null, end.ReasonName, Orphans: 0));
        ResumeService(service);
        _shutdown.CheckDone();
    }
}
