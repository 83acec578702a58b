using System.Text;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>The conductor's part in what superd itself says and serves: each way a conversation ends, and where its connection goes then.</summary>
internal sealed partial class SuperServer : IConversationSink
{
    /// <summary>RFC 1078: the service is there, and all that follows is its own.</summary>
    private static readonly TextTemplate s_go = TextTemplate.Literal("+Go\r\n"u8.ToArray());

    public void OnGreeted(Connection connection, DialogueEnd end)
    {
        if (end == DialogueEnd.Done)
        {
            Serve(connection);
            return;
        }

        connection.Socket.Dispose();
        _log.TalkFailed(connection.Service.Name, connection.Id, end.Name());
        RefuseAndLeave(connection, Refusal.Banner);
    }

    public void OnConversed(Dialogue dialogue, DialogueEnd end)
    {
        Connection connection = dialogue.Connection;
        Service service = connection.Service;
        connection.Socket.Dispose();
        Leave(connection);
        string? reason = end == DialogueEnd.Done ? null : end.Name();
        long durationMs = _loop.NowMs - dialogue.StartedMs;
        service.Counters.End(reason, TimeSpan.FromMilliseconds(durationMs), dialogue.BytesIn, dialogue.BytesOut, orphans: 0);
        _log.EndBuiltin(
            service.Name, connection.Id, durationMs, dialogue.BytesIn, dialogue.BytesOut, service.Occupancy, new EndDetails(null, reason, Orphans: 0));
    }

    /// <summary>tcpmux: the connection becomes that of the service it asks for, which admits it like any of its own.</summary>
    public void OnAsked(Connection connection, byte[]? name, DialogueEnd end)
    {
        if (name is null)
        {
            _log.TalkFailed(connection.Service.Name, connection.Id, end.Name());
            RefuseAndLeave(connection, Refusal.Request);
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
            Leave(connection);
            Switch(connection.For(target));
        }
        else
        {
            RefuseAndLeave(connection, Refusal.UnknownService);
            _conversations.TurnAway(connection, "-there is no such service\r\n");
        }
    }

    public void OnQuiet() => _shutdown.CheckDone();

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
        verdict = verdict.IsRefused || HasRoomFor(connection) ? verdict : OutOfDescriptors(target);
        if (verdict.IsRefused)
        {
            _refusals.Write(target, connection.Id, connection.Peer, verdict);
            _conversations.TurnAway(connection, $"-not now: {verdict.Refusal.Name()}\r\n");
            return;
        }

        Welcome(connection, s_go);
    }

    private void RefuseAndLeave(Connection connection, Refusal refusal)
    {
        Service service = connection.Service;
        _refusals.Write(service, connection.Id, connection.Peer, new Verdict(refusal, service.Occupancy, TimeSpan.Zero));
        Leave(connection);
    }

    /// <summary>A connection that no handler had gives its place back.</summary>
    private void Leave(Connection connection)
    {
        Release(connection);
        ResumeService(connection.Service);
    }
}
