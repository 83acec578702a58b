using System.Net;
using System.Text;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD;

/// <summary>What those report who serve connections: processes, relays, and superd itself; and what the console sees of superd.</summary>
internal sealed partial class SuperServer : IHandlerSink, IRelaySink, IConversationSink
{
    /// <summary>RFC 1078: the service is there, and all that follows is its own.</summary>
    private static readonly TextTemplate s_go = TextTemplate.Literal("+Go\r\n"u8.ToArray());

    // ── by a process ──

    public void OnLaunched(Handler handler) => _shutdown.OnLaunched(handler);

    public void OnLaunchFailed(Connection connection, LaunchFailure failure)
    {
        void Write(Peer peer) => _log.LaunchFailed(connection.Service.Name, connection.Id, peer, Refusal.Launch.Name(), failure.Step, failure.Reason);

        Finish(connection, _ =>
        {
            connection.Service.Counters.Refuse(Refusal.Launch.Name());
            connection.Service.Counters.FailLaunch(failure.Step);

            // The client that woke a wait service waits for nobody: it is turned away, like any other.
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

        if (handler.EndReason == EndReason.None || handler.EndReason.IsTimeout())
        {
            _access.Charge(connection, ended.Status, handler.EndReason.IsTimeout());
        }

        Finish(
            connection,
            occupancy => _handlers.WhenTrafficIsKnown(handler, () => Record(handler, ended, occupancy)),
            TimeSpan.FromMilliseconds(ended.DurationMs));
    }

    private void Record(Handler handler, HandlerEnd ended, Occupancy occupancy)
    {
        Service service = handler.Service;
        TcpTraffic? traffic = handler.Traffic;
        service.Counters.End(
            handler.EndReason.Name(), TimeSpan.FromMilliseconds(ended.DurationMs), traffic?.BytesIn ?? 0, traffic?.BytesOut ?? 0, handler.Orphans);
        _log.End(
            service.Name,
            handler.Connection.Id,
            handler.Pid,
            new Outcome(ended.Status),
            ended.DurationMs,
            (long)ended.Usage.CpuTime.TotalMilliseconds,
            PeakMemory.Of(ended.Usage),
            occupancy,
            new EndDetails(traffic, handler.EndReason.Name(), handler.Orphans));
    }

    // ── by a relay ──

    public void OnRelayed(Connection connection, EndPoint backend)
    {
        connection.Service.Counters.Accept();
        _log.AcceptRelay(connection.Service.Name, connection.Id, connection.Peer, Backend.Name(backend), connection.Service.Occupancy);
    }

    public void OnBackendFailed(Connection connection, string tried)
    {
        _conversations.TurnAway(connection, Refusal.Backend.Name(), TimeSpan.Zero, isGreeted: true);
        Finish(connection, _ =>
        {
            if (_refusals.MayHaveLine(connection.Service, Refusal.Backend, connection.Peer))
            {
                _log.BackendFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.Backend.Name(), tried);
            }
        });
    }

    public void OnRelayEnded(Connection connection, RelayEnd end) => Finish(connection, occupancy =>
    {
        Service service = connection.Service;
        service.Counters.End(end.ReasonName, TimeSpan.FromMilliseconds(end.DurationMs), end.BytesIn, end.BytesOut, orphans: 0);
        _log.EndRelay(service.Name, connection.Id, end.DurationMs, end.BytesIn, end.BytesOut, occupancy, new EndDetails(null, end.ReasonName, Orphans: 0));
    });

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
        Connection connection = dialogue.Connection;
        connection.Socket.Dispose();
        Finish(connection, occupancy =>
        {
            Service service = connection.Service;
            string? reason = end == DialogueEnd.Done ? null : end.Name();
            long durationMs = _loop.NowMs - dialogue.StartedMs;
            service.Counters.End(reason, TimeSpan.FromMilliseconds(durationMs), dialogue.BytesIn, dialogue.BytesOut, orphans: 0);
            _log.EndBuiltin(
                service.Name, connection.Id, durationMs, dialogue.BytesIn, dialogue.BytesOut, occupancy, new EndDetails(null, reason, Orphans: 0));
        });
    }

    /// <summary>tcpmux: the connection becomes that of the service it asks for, which admits it like any of its own.</summary>
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
            LogAccept(connection, Builtin.TcpMux);
            _conversations.Serve(connection, string.Concat(services.Select(service => $"{service.Name}\r\n")));
        }
        else if (services.FirstOrDefault(service => Ascii.EqualsIgnoreCase(name, service.Name)) is { } target)
        {
            // It goes on as a connection of another service, whose record it has.
            GiveBackPlace(connection);
            _places.Resume(connection.Service);
            Switch(connection.For(target));
        }
        else
        {
            FinishRefused(connection, Refusal.UnknownService);
            _conversations.TurnAway(connection, "-there is no such service\r\n");
        }
    }

    public IEnumerable<ServiceStatus> Status() => _listeners.Services.Select(_listeners.StatusOf);

    private void LogAccept(Connection connection, Builtin builtin)
    {
        Service service = connection.Service;
        service.Counters.Accept();
        _log.AcceptBuiltin(service.Name, connection.Id, connection.Peer, builtin.ToString().ToLowerInvariant(), service.Occupancy);
    }

    private void Switch(Connection connection)
    {
        Service target = connection.Service;
        Verdict verdict = connection.IsLoop ? new Verdict(Refusal.Loop, target.Occupancy, TimeSpan.Zero) : _access.Check(target, connection.Peer);
        verdict = verdict.IsRefused || _room.HasRoomFor(connection) ? verdict : OutOfDescriptors(target);
        if (verdict.IsRefused)
        {
            _refusals.Write(target, connection.Id, connection.Peer, verdict);
            _conversations.TurnAway(connection, $"-not now: {verdict.Refusal.Name()}\r\n");
            return;
        }

        Welcome(connection, s_go);
    }

    /// <summary>An admitted connection is refused after all; its socket stays the caller's.</summary>
    private void FinishRefused(Connection connection, Refusal refusal)
    {
        var verdict = new Verdict(refusal, connection.Service.Occupancy, TimeSpan.Zero); // its own place counts, as it had one
        Finish(connection, _ => _refusals.Write(connection.Service, connection.Id, connection.Peer, verdict));
    }

    // ── for the console, and superd try ──

    /// <summary>Runs something on the loop, before <see cref="Run"/> too. Any thread.</summary>
    public void Post(Action action) => _loop.Post(action);

    /// <summary>Ends as SIGTERM does. Loop only.</summary>
    public void Stop() => BeginOrHastenShutdown();

    private ServerState StateOfServer() => new(
        SuperdVersion.Text,
        Environment.ProcessId,
        _services.Definition.SourceFile,
        _shutdown.Phase == ShutdownPhase.None ? "serving" : _shutdown.Phase.ToString().ToLowerInvariant(),
        _loop.NowMs - _readiness.StartedMs,
        _services.All.Count,
        _services.LiveConnections,
        _places.Most,
        _handlers.Launcher.Count,
        _headers.Count,
        _places.Count,
        _closes.Count,
        _handlers.TreesMeans,
        _loop.Turns.Longest is { } turn ? new TurnState(turn.DurationMs, turn.Source) : null);
}
