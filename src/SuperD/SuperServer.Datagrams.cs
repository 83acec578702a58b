using SuperD.Admission;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>The peers of datagram services: each is a connection, though nobody connects.</summary>
internal sealed partial class SuperServer
{
    public Connection OnPeer(Listener listener, Fd socket, Peer peer)
    {
        var connection = new Connection(++_lastConnectionId, listener.Service, socket, peer, listener.BoundTo);
        _lent.Add(connection, listener);
        Launch(connection);
        return connection;
    }

    public void OnPeerFailed(Listener listener, Peer peer, string step, int errno) =>
        _log.LaunchFailed(listener.Service.Name, ++_lastConnectionId, peer, Refusal.Launch.Name(), step, Errno.Describe(errno));

    public void OnPeerIdle(Connection connection, TimeSpan quiet)
    {
        if (_reaper.Stop(connection))
        {
            _log.StopIdle(connection.Service.Name, connection.Id, (long)quiet.TotalMilliseconds);
        }
    }
}
