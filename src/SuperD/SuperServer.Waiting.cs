using SuperD.Admission;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story about wait services, whose handlers get the listening socket itself.</summary>
internal sealed partial class SuperServer
{
    /// <summary>Connections whose socket the listener takes back at their end: runs of wait services, datagram peers.</summary>
    private readonly Dictionary<Connection, Listener> _lent = [];

    /// <summary>A wait service: the handler gets the listening socket, and superd keeps away from it until the handler ends.</summary>
    /// <remarks>Over datagrams superd sees the sender of the first one, so that is who is checked; those of others are the listener's matter.</remarks>
    public void OnWaiting(Listener listener, Peer peer)
    {
        Service service = listener.Service;
        Verdict verdict = _access.Check(service, peer);
        if (verdict.IsRefused)
        {
            if (verdict.Refusal == Refusal.Instances)
            {
                // It was no wait service before a reload, and those connections go on: whoever comes waits for their end.
                _listeners.Pause(service, PauseReasons.Busy);
                return;
            }

            // Left where it waits, the client would wake us for ever.
            listener.TurnAway(connection: null, refused =>
            {
                if (refused.IsKnown)
                {
                    _refusals.Write(service, ++_lastConnectionId, refused, verdict);
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

        Lend(listener, new Connection(++_lastConnectionId, service, socket, peer, listener.BoundTo) { AcceptedAt = _loop.Time.GetTimestamp() });
    }

    /// <summary>The connection takes its place, and its handler starts; the listener gets it back when that has ended.</summary>
    private void Lend(Listener listener, Connection connection)
    {
        _lent.Add(connection, listener);
        Enter(connection);
        Serve(connection);
    }

    private void ResumeAfter(Connection connection, TimeSpan ran)
    {
        if (_lent.Remove(connection, out Listener? listener))
        {
            listener.TakeBack(connection, ran);
        }

        ResumeService(connection.Service);
    }
}
