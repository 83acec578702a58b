using SuperD.Admission;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>The peers of datagram services: each is a connection, though nobody connects.</summary>
internal sealed partial class SuperServer
{
    /// <summary>Makes all checks of a client, and tells the log when it is refused.</summary>
    public bool Admits(Listener listener, Peer peer)
    {
        Verdict verdict = _access.Check(listener.Service, peer);
        if (verdict.IsRefused)
        {
            _refusals.Write(listener.Service, ++_lastConnectionId, peer, verdict);
        }

        return !verdict.IsRefused;
    }

    public Connection OnPeer(Listener listener, Fd socket, Peer peer)
    {
        var connection = new Connection(++_lastConnectionId, listener.Service, socket, peer, listener.BoundTo);
        Lend(listener, connection);
        return connection;
    }

    public void OnPeerFailed(Listener listener, Peer peer, string step, int errno) =>
        _log.LaunchFailed(listener.Service.Name, ++_lastConnectionId, peer, Refusal.Launch.Name(), step, Errno.Describe(errno));

    public void OnPeerIdle(Connection connection)
    {
        if (_reaper.Find(connection) is { } handler)
        {
            _ender.End(handler, EndReason.IdleTimeout);
        }
    }
}
