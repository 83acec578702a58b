using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.ProxyProtocol;

/// <summary>Waits for the PROXY header of accepted connections, and takes exactly its bytes off the stream. Loop only.</summary>
/// <remarks>
/// The bytes are looked at where they are (MSG_PEEK) until the header is whole, so that what follows it is untouched for the handler. Watched
/// edge-triggered: bytes that stay where they are would be reported for ever otherwise. A client that trickles costs one look per arrival,
/// at most as many as a header has bytes, and nobody else anything.
/// </remarks>
/// <param name="read">Told of a header; the connection's socket is the receiver's.</param>
/// <param name="failed">Told why there is no header; the connection's socket is the receiver's, to be closed.</param>
internal sealed class HeaderReader(Stages stages, EventLoop loop, Action<Connection, ProxyHeader> read, Action<Connection, string> failed) : Stage(stages)
{
    /// <summary>The protocol asks for 3 s at least, the time of one lost packet; a header comes with the first.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    private readonly HashSet<Arrival> _arrivals = [];
    private readonly byte[] _buffer = new byte[HeaderParser.MaxLength];

    /// <summary>Connections that are waited for.</summary>
    public override int Count => _arrivals.Count;

    /// <summary>Takes a connection just accepted; one of the two callbacks comes, perhaps before this returns.</summary>
    public void Read(Connection connection) => Read(connection, s_deadline);

    /// <summary>The connections whose header has not arrived: nothing of theirs has been read.</summary>
    public override StageHandover HandOver(KeptDescriptors kept) => new HeadersHandover(
        [.. _arrivals.Select(arrival => new HeaderHandover(ConnectionHandover.Of(arrival.Connection, kept.Keep(arrival.Connection.Socket)), arrival.DueMs))]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not HeadersHandover handed)
        {
            return false;
        }

        foreach (HeaderHandover header in handed.Headers)
        {
            if (inheritance.Take(header.Connection.Socket) is { } socket)
            {
                Read(inheritance.Restore(header.Connection, socket), inheritance.Until(header.DueMs));
            }
        }

        return true;
    }

    /// <summary>Gives up on all of them.</summary>
    public override void EndAll()
    {
        foreach (Arrival arrival in _arrivals.ToArray())
        {
            Fail(arrival, "superd ends");
        }
    }

    /// <param name="deadline">What is left of its time.</param>
    private void Read(Connection connection, TimeSpan deadline)
    {
        loop.AssertOnLoop();
        var arrival = new Arrival(this, loop, connection);
        _arrivals.Add(arrival);
        if (!TryTake(arrival, isAll: false) && arrival.Watch(deadline).IsError)
        {
            Fail(arrival, "the kernel has no room to wait for it");
        }
    }

    /// <summary>Looks at what is there; true when the connection is done with, one way or the other.</summary>
    /// <param name="isAll">The client will send no more.</param>
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
                Consume(connection.Socket, header.Length);
                read(connection, header);
                return true;
        }
    }

    /// <summary>The bytes were seen, so they are there to be taken.</summary>
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

    /// <summary>One connection whose header is not there yet.</summary>
    private sealed class Arrival(HeaderReader reader, EventLoop loop, Connection connection) : IReadySource
    {
        private WatchToken _watch;
        private LoopTimer? _timer;

        public Connection Connection => connection;

        public long DueMs => _timer?.DueMs ?? loop.NowMs;

        public SysResult Watch(TimeSpan deadline)
        {
            const EpollEvents Arrivals = EpollEvents.Readable | EpollEvents.ReadHangUp | EpollEvents.EdgeTriggered;
            SysResult result = loop.Watch(connection.Socket, Arrivals, this, out _watch);
            if (!result.IsError)
            {
                _timer = loop.Schedule(deadline, () => reader.Fail(this, $"it did not come within {s_deadline.TotalSeconds} s"));
            }

            return result;
        }

        public void Unwatch()
        {
            if (_timer is not null)
            {
                _timer.Cancel();
                loop.Unwatch(connection.Socket, _watch);
            }
        }

        public void OnReady(EpollEvents events) => reader.TryTake(this, (events & (EpollEvents.ReadHangUp | EpollEvents.HangUp)) != 0);
    }
}
