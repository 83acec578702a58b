using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Services;

/// <summary>A connection from which something is awaited, for a time; a stage says what. Loop only.</summary>
/// <param name="connection">The stage's, before and after.</param>
internal abstract class AwaitedConnection(EventLoop loop, Connection connection) : IReadySource
{
    private WatchToken _watch;
    private LoopTimer? _timer;

    public Connection Connection => connection;

    /// <summary>When the time is over, as the loop's <c>NowMs</c>; now if it is not watched.</summary>
    public long DueMs => _timer?.DueMs ?? loop.NowMs;

    /// <summary>Waits for events of the socket.</summary>
    /// <param name="late">Runs when the time is over, unless <see cref="Unwatch"/> came before.</param>
    /// <returns>0, or ENOSPC, ENOMEM of epoll_ctl(2): then it does not wait.</returns>
    public SysResult Watch(EpollEvents events, TimeSpan time, Action late)
    {
        SysResult result = loop.Watch(connection.Socket, events, this, out _watch);
        if (!result.IsError)
        {
            _timer = loop.Schedule(time, late);
        }

        return result;
    }

    /// <summary>Waits no more. Once at the most; nothing if it does not wait.</summary>
    public void Unwatch()
    {
        if (_timer is not null)
        {
            _timer.Cancel();
            loop.Unwatch(connection.Socket, _watch);
        }
    }

    public abstract void OnReady(EpollEvents events);
}

/// <summary>One of them, handed over to the next version.</summary>
/// <param name="DueMs">See <see cref="AwaitedConnection.DueMs"/>.</param>
internal sealed record AwaitedHandover(ConnectionHandover Connection, long DueMs)
{
    /// <summary>Keeps the socket of a connection.</summary>
    public static AwaitedHandover Of(AwaitedConnection awaited, KeptDescriptors kept) =>
        new(ConnectionHandover.Of(awaited.Connection, kept.Keep(awaited.Connection.Socket)), awaited.DueMs);

    /// <summary>Goes on waiting.</summary>
    /// <param name="wait">Receives the connection and the time that is left; not called if the socket is gone.</param>
    public void Resume(Inheritance inheritance, Action<Connection, TimeSpan> wait)
    {
        if (inheritance.Take(Connection.Socket) is { } socket)
        {
            wait(inheritance.Restore(Connection, socket), inheritance.Until(DueMs));
        }
    }
}
