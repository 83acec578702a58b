using SuperD.Admission;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Services;

namespace SuperD;

/// <summary>
/// Where superd does not accept: wait services, whose handlers get the listening socket itself, and the peers of datagrams.
/// </summary>
internal sealed partial class SuperServer
{
    /// <summary>A wait service: the handler gets the listening socket, and superd does not touch it until the handler ends.</summary>
    /// <remarks>
    /// Of datagrams superd sees the sender of the first one, and checks it. The handler must check those of others itself.
    /// </remarks>
    public void OnWaiting(Listener listener, Peer peer)
    {
        Service service = listener.Service;
        Verdict verdict = _access.Check(service, peer);
        if (verdict.Refusal == Refusal.Instances)
        {
            // Until a reload it was no wait service, and the connections of that time are still there: new clients wait for their end.
            _listeners.Pause(service, PauseReasons.Busy);
            return;
        }

        if (verdict.IsRefused)
        {
            // A client left in the queue would wake superd again at once.
            listener.TurnAway(connection: null, refused =>
            {
                if (refused.IsKnown)
                {
                    _records.Refused(service, _places.NextId(), refused, verdict);
                }
            });
            return;
        }

        SysResult result = listener.TryLend(out Fd? socket);
        if (socket is null)
        {
            listener.PauseUnderPressure(result.Errno);
            return;
        }

        Lend(listener, NewConnection(_places.NextId(), service, socket, peer, listener.BoundTo, through: []));
    }

    public bool Admits(Listener listener, Peer peer)
    {
        Verdict verdict = _access.Check(listener.Service, peer);
        if (verdict.IsRefused)
        {
            _records.Refused(listener.Service, _places.NextId(), peer, verdict);
        }

        return !verdict.IsRefused;
    }

    public Connection OnPeer(Listener listener, Fd socket, Peer peer)
    {
        Connection connection = NewConnection(_places.NextId(), listener.Service, socket, peer, listener.BoundTo, through: []);
        Lend(listener, connection);
        return connection;
    }

    public void OnPeerFailed(Listener listener, Peer peer, string step, int errno) =>
        _records.LaunchFailed(listener.Service, _places.NextId(), peer, step, Errno.Describe(errno));

    public void OnPeerIdle(Connection connection) => _handlers.EndIdle(connection);

    /// <summary>
    /// The connection takes its place and its handler starts; the listener gets the socket back when the handler has ended.
    /// </summary>
    private void Lend(Listener listener, Connection connection)
    {
        _listeners.Lend(listener, connection);
        Enter(connection);
        Serve(connection);
    }
}
