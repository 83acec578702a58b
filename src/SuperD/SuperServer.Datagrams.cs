using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>What is special where nobody connects, or superd does not accept: datagrams, and wait services, whose handlers get the listening socket itself.</summary>
internal sealed partial class SuperServer : IDatagramSink
{
    /// <summary>Below it are the services of other machines, which would answer our answer (as echo and chargen do): two of them would never stop.</summary>
    private const int FirstPortOfClients = 1024;

    /// <summary>A wait service: the handler gets the listening socket, and superd keeps away from it until the handler ends.</summary>
    /// <remarks>Over datagrams superd sees the sender of the first one, and checks it; the listener looks at those of others.</remarks>
    public void OnWaiting(Listener listener, Peer peer)
    {
        Service service = listener.Service;
        Verdict verdict = _access.Check(service, peer);
        if (verdict.IsRefused)
        {
            if (verdict.Refusal == Refusal.Instances)
            {
                // It was no wait service before a reload, and those connections go on: new clients wait for their end.
                _listeners.Pause(service, PauseReasons.Busy);
                return;
            }

            // Left where it waits, the client would wake us again at once.
            listener.TurnAway(connection: null, refused =>
            {
                if (refused.IsKnown)
                {
                    _refusals.Write(service, _places.NextId(), refused, verdict);
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

        Lend(listener, NewConnection(service, socket, peer, listener.BoundTo, through: []));
    }

    /// <summary>Makes all checks of the sender of a first datagram, and logs when it is refused.</summary>
    public bool Admits(Listener listener, Peer peer)
    {
        Verdict verdict = _access.Check(listener.Service, peer);
        if (verdict.IsRefused)
        {
            _refusals.Write(listener.Service, _places.NextId(), peer, verdict);
        }

        return !verdict.IsRefused;
    }

    public Connection OnPeer(Listener listener, Fd socket, Peer peer)
    {
        Connection connection = NewConnection(listener.Service, socket, peer, listener.BoundTo, through: []);
        Lend(listener, connection);
        return connection;
    }

    public void OnPeerFailed(Listener listener, Peer peer, string step, int errno) =>
        _log.LaunchFailed(listener.Service.Name, _places.NextId(), peer, Refusal.Launch.Name(), step, Errno.Describe(errno));

    public void OnPeerIdle(Connection connection) => _handlers.EndIdle(connection);

    /// <summary>A builtin over UDP: each datagram is checked, answered and forgotten.</summary>
    public void OnDatagram(DatagramPort port, InetEndPoint peer, bool isForMany, ReadOnlySpan<byte> datagram)
    {
        Service service = port.Service;
        bool mayNotBeAnswered = isForMany || peer.Port < FirstPortOfClients || _listeners.HasDatagramPort(peer.Port);
        Verdict verdict = mayNotBeAnswered ? new Verdict(Refusal.SourcePort, service.Occupancy, TimeSpan.Zero) : _access.Check(service, peer);
        if (verdict.IsRefused)
        {
            _refusals.Write(service, _places.NextId(), peer, verdict);
            return;
        }

        _access.TakeTokens(service, peer);
        Builtin builtin = service.Definition.Builtin!.Value; // only builtins have such ports
        if (DatagramAnswers.TryAnswer(builtin, datagram, _loop.Time.GetUtcNow(), Status, out ReadOnlySpan<byte> answer))
        {
            port.Reply(answer);
        }

        _log.AnswerDatagram(service.Name, _places.NextId(), peer, datagram.Length, answer.Length);
    }

    /// <summary>The connection takes its place, and its handler starts; the listener gets the socket back when that has ended.</summary>
    private void Lend(Listener listener, Connection connection)
    {
        _listeners.Lend(listener, connection);
        Enter(connection);
        Serve(connection);
    }
}
