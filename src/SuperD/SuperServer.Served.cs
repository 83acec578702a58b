using System.Net;
using System.Text;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Logging;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD;

/// <summary>What those who serve connections report: processes, relays, and superd itself.</summary>
internal sealed partial class SuperServer : IHandlerSink, IRelaySink, IConversationSink
{
    /// <summary>RFC 1078: the service is there, and what follows is its own.</summary>
    private static readonly TextTemplate s_go = TextTemplate.Literal("+Go\r\n"u8.ToArray());

    // ── by a process ──

    public void OnBeginning(Connection connection) => _unserved.Leave(connection.Id);

    public void OnLaunched(Handler handler)
    {
        _records.Launched(handler);
        _shutdown.OnLaunched(handler);
    }

    public void OnLaunchFailed(Connection connection, LaunchFailure failure)
    {
        void Write(Peer peer) => _records.LaunchFailed(connection.Service, connection.Id, peer, failure.Step, failure.Reason);

        Finish(connection, _ =>
        {
            _records.CountLaunchFailure(connection.Service, failure);

            // The client that woke a wait service has no handler to wait for: it is turned away, like any other.
            if (!_listeners.TryTurnAway(connection, Write))
            {
                _conversations.TurnAway(connection, Refusal.Launch.Name(), TimeSpan.Zero, isGreeted: true);
                Write(connection.Peer);
            }
        });
    }

    public void OnHandlerGone(Handler handler)
    {
        Connection connection = handler.Connection;
        HandlerEnd ended = handler.End ?? throw new InvalidOperationException("a handler is gone that was not reaped");
        if (handler.StreamEnd is { } end)
        {
            _closes.Close(connection.Socket, end, mayHaveEnded: handler.Traffic?.HasPeerEnded != false);
        }

        if (handler.EndReason is EndReason.None or EndReason.Memory || handler.EndReason.IsTimeout())
        {
            _access.Charge(connection, ended.Status, handler.EndReason.IsTimeout());
        }

        Finish(
            connection,
            occupancy => _handlers.WhenTrafficIsKnown(handler, () => _records.HandlerEnded(handler, ended, occupancy)),
            TimeSpan.FromMilliseconds(ended.DurationMs));
    }

    // ── by a relay ──

    public void OnRelayed(Connection connection, EndPoint backend) => _records.Relayed(connection, backend);

    public void OnBackendFailed(Connection connection, string tried)
    {
        _conversations.TurnAway(connection, Refusal.Backend.Name(), TimeSpan.Zero, isGreeted: true);
        Finish(connection, _ => _records.BackendFailed(connection, tried));
    }

    public void OnRelayEnded(Connection connection, RelayEnd end) =>
        Finish(connection, occupancy => _records.RelayEnded(connection, end, occupancy));

    // ── by superd itself ──

    public void OnGreeted(Connection connection, DialogueEnd end)
    {
        if (end == DialogueEnd.Done)
        {
            Serve(connection);
            return;
        }

        connection.Socket.Dispose();
        _log.TalkFailed(connection.Service.Name, connection.Id, end.Name());
        FinishRefused(connection, Refusal.Banner);
    }

    public void OnConversed(Dialogue dialogue, DialogueEnd end)
    {
        dialogue.Connection.Socket.Dispose();
        Finish(dialogue.Connection, occupancy => _records.Conversed(dialogue, end, _loop.NowMs - dialogue.StartedMs, occupancy));
    }

    /// <summary>tcpmux: the connection becomes one of the service that the client asks for, which admits it like any of its own.</summary>
    public void OnAsked(Connection connection, byte[]? name, DialogueEnd end)
    {
        if (name is null)
        {
            _log.TalkFailed(connection.Service.Name, connection.Id, end.Name());
            FinishRefused(connection, Refusal.Request);
            _conversations.TurnAway(connection, "-say which service, in one line, within 10 s\r\n");
            return;
        }

        _log.AskedFor(connection.Service.Name, connection.Id, Printable.Escape(name));
        IEnumerable<Service> services = _listeners.Services.Where(service => service.Definition.TcpMux);
        if (Ascii.EqualsIgnoreCase(name, "HELP"))
        {
            _records.Conversing(connection, Builtin.TcpMux);
            _conversations.Serve(connection, string.Concat(services.Select(service => $"{service.Name}\r\n")));
        }
        else if (services.FirstOrDefault(service => Ascii.EqualsIgnoreCase(name, service.Name)) is { } target)
        {
            // It has not ended: it continues as a connection of the other service, which writes its record.
            _places.Release(connection);
            _places.Resume(connection.Service);
            AdmitAsked(connection.For(target));
        }
        else
        {
            FinishRefused(connection, Refusal.UnknownService);
            _conversations.TurnAway(connection, "-there is no such service\r\n");
        }
    }

    public IEnumerable<ServiceStatus> Status() => _listeners.Services.Select(_listeners.StatusOf);

    private void AdmitAsked(Connection connection)
    {
        if (Check(connection) is { IsRefused: true } verdict)
        {
            _records.Refused(connection, verdict);
            _conversations.TurnAway(connection, $"-not now: {verdict.Refusal.Name()}\r\n");
            return;
        }

        Welcome(connection, s_go);
    }

    /// <summary>An admitted connection is refused after all; the caller keeps its socket.</summary>
    private void FinishRefused(Connection connection, Refusal refusal)
    {
        Verdict verdict = Verdict.Of(refusal, connection.Service); // before the end, so that its own place counts
        Finish(connection, _ => _records.Refused(connection, verdict));
    }
}
