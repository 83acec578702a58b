using SuperD.Linux;
using SuperD.Reaping;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story in which no client comes: <c>superd try</c> brings connections of its own, and all else is as ever.</summary>
internal sealed partial class SuperServer
{
    /// <summary>Has the loop run something, before <see cref="Run"/> too. Any thread.</summary>
    public void Post(Action action) => _loop.Post(action);

    /// <summary>Serves a connection that no listener accepted and no check admitted. Loop only.</summary>
    /// <param name="socket">Blocking; superd's from here on.</param>
    /// <param name="peer">Who the handler is told has come.</param>
    /// <param name="local">Where the handler is told that was.</param>
    /// <returns>The connection's id; null when superd is ending and takes no more: the socket is closed.</returns>
    public long? Adopt(string service, Fd socket, Peer peer, InetEndPoint local)
    {
        _loop.AssertOnLoop();
        if (_shutdown.Phase != ShutdownPhase.None)
        {
            socket.Dispose();
            return null;
        }

        var connection = new Connection(++_lastConnectionId, _services[service], socket, peer, local) { AcceptedAt = _loop.Time.GetTimestamp() };
        Welcome(connection, opening: null);
        return connection.Id;
    }

    /// <summary>Ends as SIGTERM does. Loop only.</summary>
    public void Stop() => BeginOrHastenShutdown();
}
