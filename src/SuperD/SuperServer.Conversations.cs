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
        _log.RefuseTalk(connection.Service.Name, connection.Id, connection.Peer, Refusal.Banner.Name(), end.Name());
        Leave(connection.Service);
    }

    public void OnConversed(Dialogue dialogue, DialogueEnd end)
    {
        Connection connection = dialogue.Connection;
        Service service = connection.Service;
        connection.Socket.Dispose();
        Leave(service);
        _log.EndBuiltin(
            service.Name, connection.Id, end.Name(), _loop.NowMs - dialogue.StartedMs, dialogue.BytesIn, dialogue.BytesOut, service.Occupancy);
    }

    /// <summary>tcpmux: the connection becomes that of the service it asks for, which admits it like any of its own.</summary>
    public void OnAsked(Connection connection, byte[]? name, DialogueEnd end)
    {
        Service mux = connection.Service;
        if (name is not null && Ascii.EqualsIgnoreCase(name, "HELP"))
        {
            LogAccept(connection, Builtin.TcpMux);
            _conversations.Serve(connection, string.Concat(_listeners.Services.Where(service => service.Definition.TcpMux).Select(service => $"{service.Name}\r\n")));
            return;
        }

        Leave(mux);
        Service? target = name is null ? null : _listeners.Services.FirstOrDefault(service => service.Definition.TcpMux && Ascii.EqualsIgnoreCase(name, service.Name));
        if (target is null)
        {
            Refusal why = name is null ? Refusal.Request : Refusal.UnknownService;
            _log.RefuseTalk(mux.Name, connection.Id, connection.Peer, why.Name(), name is null ? end.Name() : Printable.Escape(name));
            _conversations.TurnAway(connection, name is null ? "-say which service, in one line, within 10 s\r\n" : "-there is no such service\r\n");
            return;
        }

        _log.Switch(mux.Name, connection.Id, target.Name);
        Connection switched = connection.For(target);
        Refusal refusal = AccessControl.Check(target);
        if (refusal == Refusal.None)
        {
            Admit(switched, s_go);
            return;
        }

        _log.Refuse(target.Name, switched.Id, switched.Peer, refusal.Name(), target.Occupancy);
        _conversations.TurnAway(switched, $"-not now: {refusal.Name()}\r\n");
    }

    public void OnQuiet() => _shutdown.CheckDone();

    public IEnumerable<ServiceStatus> Status() => _listeners.Services.Select(_listeners.StatusOf);

    private void LogAccept(Connection connection, Builtin builtin)
    {
        Service service = connection.Service;
        _log.AcceptBuiltin(service.Name, connection.Id, connection.Peer, builtin.ToString().ToLowerInvariant(), service.Occupancy);
    }

    /// <summary>Gives the place of a connection back that no handler had.</summary>
    private void Leave(Service service)
    {
        service.Release();
        _listeners.Resume(service, PauseReasons.Busy);
    }
}
