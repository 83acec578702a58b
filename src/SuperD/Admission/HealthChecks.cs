using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>
/// Tells the health checks of a load balancer from clients: a check opens a connection and ends it without a byte. Loop only.
/// </summary>
/// <remarks>
/// It waits for the first byte, the end, or <see cref="s_longestWait"/>, whichever comes first. After that time the connection is a
/// client's: with many protocols the server speaks first. Nothing is consumed, and no check of admission is made before.
/// </remarks>
/// <param name="isClient">Receives a connection that is a client's; takes ownership of its socket.</param>
/// <param name="isCheck">Receives a connection that was a check; takes ownership of its socket, to close it.</param>
internal sealed class HealthChecks(
    Stages stages, EventLoop loop, AccessControl access, Action<Connection> isClient, Action<Connection> isCheck) : Stage(stages)
{
    // A check ends as soon as it is connected: this is several round trips, and a person hardly notices it.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<Candidate> _candidates = [];

    /// <summary>How many connections it waits for.</summary>
    public override int Count => _candidates.Count;

    /// <summary>Passes on a client; of one who makes checks, waits for what the connection turns out to be.</summary>
    /// <param name="isOfProxy">The proxy has connected on its own behalf, as for its checks.</param>
    public void Meet(Connection connection, bool isOfProxy)
    {
        // superd's own services have no handler that a check could cost.
        if (connection.Definition.Builtin is null && (isOfProxy || access.IsChecker(connection.Service, connection.Peer)))
        {
            Watch(connection, s_longestWait);
        }
        else
        {
            isClient(connection);
        }
    }

    public override StageHandover HandOver(KeptDescriptors kept) => new HealthChecksHandover(
    [
        .. _candidates.Select(candidate => AwaitedHandover.Of(candidate, kept)),
    ]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not HealthChecksHandover handed)
        {
            return false;
        }

        foreach (AwaitedHandover candidate in handed.Candidates)
        {
            candidate.Resume(inheritance, Watch);
        }

        return true;
    }

    /// <summary>Closes all of them: none has said anything.</summary>
    public override void EndAll()
    {
        foreach (Candidate candidate in _candidates.ToArray())
        {
            End(candidate, isCheck);
        }
    }

    private void Watch(Connection connection, TimeSpan time)
    {
        loop.AssertOnLoop();
        var candidate = new Candidate(this, loop, connection);
        _candidates.Add(candidate);
        if (!TryJudge(candidate) && candidate.Watch(EpollEvents.Readable, time, () => End(candidate, isClient)).IsError)
        {
            End(candidate, isClient); // admission says that the kernel has no room
        }
    }

    private bool TryJudge(Candidate candidate)
    {
        Span<byte> one = stackalloc byte[1];
        SysResult peeked = StreamSocket.Peek(candidate.Connection.Socket, one);
        if (peeked.Errno == Errno.EAGAIN)
        {
            return false;
        }

        End(candidate, peeked.Value > 0 ? isClient : isCheck);
        return true;
    }

    private void End(Candidate candidate, Action<Connection> then)
    {
        _candidates.Remove(candidate);
        candidate.Unwatch();
        then(candidate.Connection);
    }

    /// <summary>A connection that may be a check.</summary>
    private sealed class Candidate(HealthChecks checks, EventLoop loop, Connection connection) : AwaitedConnection(loop, connection)
    {
        public override void OnReady(EpollEvents events) => checks.TryJudge(this);
    }
}

/// <summary>The connections that may be health checks, handed over to the next version.</summary>
internal sealed record HealthChecksHandover(IReadOnlyList<AwaitedHandover> Candidates) : StageHandover;
