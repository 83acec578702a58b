using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.ProxyProtocol;

/// <summary>Waits for the PROXY header of accepted connections, and consumes exactly its bytes from the stream. Loop only.</summary>
/// <remarks>
/// It peeks (MSG_PEEK) until the header is complete, so that everything after it stays in the socket for the handler. The watch is
/// edge-triggered: a level-triggered one would report unconsumed bytes endlessly. A client that trickles costs one look per arrival, at
/// most one per byte of a header, and delays nobody else.
/// </remarks>
/// <param name="unserved">Gets to know each header before it is consumed.</param>
/// <param name="read">Receives a header; takes ownership of the connection's socket.</param>
/// <param name="failed">Receives the reason why there is no header; takes ownership of the connection's socket, to close it.</param>
internal sealed class HeaderReader(
    Stages stages,
    EventLoop loop,
    UnservedClients unserved,
    Action<Connection, ProxyHeader> read,
    Action<Connection, string> failed) : Stage(stages)
{
    /// <summary>The protocol asks for at least 3 s, which survives one lost packet; a header comes with the first data.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    private readonly HashSet<Arrival> _arrivals = [];
    private readonly byte[] _buffer = new byte[HeaderParser.MaxLength];

    /// <summary>How many connections it waits for.</summary>
    public override int Count => _arrivals.Count;

    /// <summary>
    /// Waits for the header of a connection just accepted, then calls one of the two callbacks, perhaps before it returns.
    /// </summary>
    public void Read(Connection connection) => Read(connection, s_deadline);

    /// <summary>Hands over the connections whose header has not arrived; nothing of them has been consumed.</summary>
    public override StageHandover HandOver(KeptDescriptors kept) => new HeadersHandover(
    [
        .. _arrivals.Select(arrival => AwaitedHandover.Of(arrival, kept)),
    ]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not HeadersHandover handed)
        {
            return false;
        }

        foreach (AwaitedHandover header in handed.Headers)
        {
            header.Resume(inheritance, (connection, deadline) =>
            {
                unserved.Keep(connection.Id, connection.Socket);
                Read(connection, deadline);
            });
        }

        return true;
    }

    /// <summary>Fails all of them.</summary>
    public override void EndAll()
    {
        foreach (Arrival arrival in _arrivals.ToArray())
        {
            Fail(arrival, "superd ends");
        }
    }

    /// <param name="deadline">How much time is left.</param>
    private void Read(Connection connection, TimeSpan deadline)
    {
        const EpollEvents Arrivals = EpollEvents.Readable | EpollEvents.ReadHangUp | EpollEvents.EdgeTriggered;
        loop.AssertOnLoop();
        var arrival = new Arrival(this, loop, connection);
        _arrivals.Add(arrival);
        if (!TryTake(arrival, isAll: false) && arrival.Watch(Arrivals, deadline, Late).IsError)
        {
            Fail(arrival, "the kernel has no room to wait for it");
        }

        void Late() => Fail(arrival, $"it did not come within {s_deadline.TotalSeconds} s");
    }

    /// <summary>Looks at what has arrived; returns true if the connection was read or failed.</summary>
    /// <param name="isAll">The client sends no more.</param>
    private bool TryTake(Arrival arrival, bool isAll)
    {
        Connection connection = arrival.Connection;
        SysResult peeked = StreamSocket.Peek(connection.Socket, _buffer);
        if (peeked.Errno == Errno.EAGAIN)
        {
            return false;
        }

        if (peeked.IsError)
        {
            return Fail(arrival, Errno.Describe(peeked.Errno));
        }

        HeaderState state = HeaderParser.Parse(_buffer.AsSpan(0, peeked.Value), out ProxyHeader header, out string problem);
        switch (state)
        {
            case HeaderState.Invalid:
                return Fail(arrival, problem);

            case HeaderState.Incomplete when isAll || peeked.Value == 0:
                return Fail(arrival, $"the client ended after {peeked.Value} bytes");

            case HeaderState.Incomplete:
                return false;

            default:
                Remove(arrival);
                unserved.Keep(connection.Id, connection.Socket, _buffer.AsSpan(0, header.Length));
                Consume(connection.Socket, header.Length);
                read(connection, header);
                return true;
        }
    }

    /// <summary>Removes bytes that a peek has shown to be there.</summary>
    private void Consume(Fd socket, int length)
    {
        while (length > 0 && StreamSocket.Receive(socket, _buffer.AsSpan(0, length)) is { Value: > 0 } taken)
        {
            length -= taken.Value;
        }
    }

    private bool Fail(Arrival arrival, string problem)
    {
        Remove(arrival);
        failed(arrival.Connection, problem);
        return true;
    }

    private void Remove(Arrival arrival)
    {
        _arrivals.Remove(arrival);
        arrival.Unwatch();
    }

    /// <summary>One connection whose header has not arrived.</summary>
    private sealed class Arrival(HeaderReader reader, EventLoop loop, Connection connection) : AwaitedConnection(loop, connection)
    {
        public override void OnReady(EpollEvents events) =>
            reader.TryTake(this, (events & (EpollEvents.ReadHangUp | EpollEvents.HangUp)) != 0);
    }
}
