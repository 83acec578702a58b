using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>
/// A conversation of superd itself with a client: non-blocking use of its socket, a deadline, and what to record. Loop only.
/// </summary>
/// <remarks>
/// The socket stays in blocking mode, as it was accepted; each call says for itself that it must not wait. A dialogue ends exactly once,
/// through <see cref="Finish"/>; after that it neither watches nor owns the socket. One turn moves a bounded number of bytes, so that a
/// fast client does not starve the others.
/// </remarks>
internal abstract class Dialogue(Connection connection) : IReadySource, IConnectionServer
{
    /// <summary>The most bytes that one system call reads or writes.</summary>
    protected const int ChunkSize = 16 * 1024;

    /// <summary>The most system calls on the socket in one turn.</summary>
    protected const int TurnBudget = 16;

    // Shared: the loop is one thread, and the buffer holds nothing between two calls.
    private static readonly byte[] s_scratch = new byte[ChunkSize];

    private EventLoop? _loop;
    private Action<Dialogue, DialogueEnd>? _ended;
    private WatchToken _watch;
    private EpollEvents _awaited;
    private bool _isWatched;
    private LoopTimer? _deadline;
    private DialogueEnd _deadlineEnd;
    private TimeSpan? _idleLimit;
    private LoopTimer? _silence;
    private long _lastMovedMs;

    /// <summary>The connection it serves.</summary>
    public Connection Connection { get; } = connection;

    /// <summary>How many bytes from the client it has read.</summary>
    public long BytesIn { get; private set; }

    /// <summary>How many bytes the kernel has taken for the client.</summary>
    public long BytesOut { get; private set; }

    /// <summary>When it began, as the loop's <c>NowMs</c>.</summary>
    public long StartedMs { get; private set; }

    public ServingState State => new("talking", StartedMs) { BytesIn = BytesIn, BytesOut = BytesOut };

    /// <summary>Whether it has ended.</summary>
    protected bool IsOver { get; private set; }

    /// <summary>Whether a deadline is set.</summary>
    protected bool HasDeadline => _deadline is not null;

    /// <summary>A buffer for one read; its content is valid until the caller returns to the loop.</summary>
    protected static Span<byte> Scratch => s_scratch;

    /// <summary>The loop it runs on.</summary>
    protected EventLoop Loop => _loop!; // set by Start, which comes before everything else

    /// <summary>Starts it; it may have ended when this returns.</summary>
    /// <param name="ended">Called once, however it ends; takes the socket back.</param>
    /// <param name="idleLimit">How long no byte may move in either direction; null = unlimited.</param>
    /// <param name="handed">The state in which the previous version left it; null for a new one.</param>
    public void Start(EventLoop loop, Action<Dialogue, DialogueEnd> ended, TimeSpan? idleLimit, DialogueHandover? handed = null)
    {
        loop.AssertOnLoop();
        Connection.Server = this;
        _loop = loop;
        _ended = ended;
        _idleLimit = idleLimit;
        StartedMs = handed?.StartedMs ?? loop.NowMs;
        _lastMovedMs = handed?.LastMovedMs ?? loop.NowMs;
        if (handed is null)
        {
            Begin();
        }
        else
        {
            (BytesIn, BytesOut) = (handed.BytesIn, handed.BytesOut);
            Resume(handed);
        }

        if (!IsOver && handed?.DeadlineMs is { } due)
        {
            SetDeadline(TimeSpan.FromMilliseconds(Math.Max(0, due - loop.NowMs)), handed.DeadlineEnd);
        }

        if (!IsOver && idleLimit is { } limit)
        {
            WatchSilence(limit);
        }
    }

    /// <summary>Hands it over to the next version.</summary>
    public DialogueHandover HandOver(DialogueKind kind, KeptDescriptors kept) => Complete(new DialogueHandover
    {
        Kind = kind,
        Connection = ConnectionHandover.Of(Connection, kept.Keep(Connection.Socket)),
        BytesIn = BytesIn,
        BytesOut = BytesOut,
        StartedMs = StartedMs,
        LastMovedMs = _lastMovedMs,
        IdleLimit = _idleLimit,
        DeadlineMs = _deadline?.DueMs,
        DeadlineEnd = _deadlineEnd,
    });

    /// <summary>Runs when the socket is ready for what was awaited.</summary>
    public abstract void OnReady(EpollEvents events);

    /// <summary>Ends it on an operator's request.</summary>
    public void End() => Finish(DialogueEnd.Operator);

    /// <summary>Ends it; does nothing if it has ended already.</summary>
    public void Finish(DialogueEnd end)
    {
        if (IsOver)
        {
            return;
        }

        IsOver = true;
        _deadline?.Cancel();
        _silence?.Cancel();
        if (_isWatched)
        {
            Loop.Unwatch(Connection.Socket, _watch);
        }

        _ended!(this, end); // set by Start
    }

    /// <summary>Starts the conversation.</summary>
    protected abstract void Begin();

    /// <summary>Continues where the previous version stopped.</summary>
    protected virtual void Resume(DialogueHandover handed) => Begin();

    /// <summary>Adds the state of the derived class.</summary>
    protected virtual DialogueHandover Complete(DialogueHandover handover) => handover;

    /// <summary>Calls <see cref="OnReady"/> when the socket is ready for these events; replaces those awaited before.</summary>
    protected void Await(EpollEvents events)
    {
        if (!_isWatched)
        {
            _isWatched = !Loop.Watch(Connection.Socket, events, this, out _watch).IsError;
            if (!_isWatched)
            {
                Finish(DialogueEnd.NoMemory);
            }
        }
        else if (_awaited != events)
        {
            Loop.Rewatch(Connection.Socket, _watch, events);
        }

        _awaited = events;
    }

    /// <summary>Awaits nothing; <see cref="OnReady"/> is then called only if the connection breaks.</summary>
    protected void AwaitNothing()
    {
        if (_isWatched)
        {
            Await(EpollEvents.None);
        }
    }

    /// <summary>Limits the time of the client from now on; replaces an earlier deadline.</summary>
    /// <param name="end">The end that is reported when the time is over.</param>
    protected void SetDeadline(TimeSpan time, DialogueEnd end = DialogueEnd.Deadline)
    {
        _deadline?.Cancel();
        _deadlineEnd = end;
        _deadline = Loop.Schedule(time, () => Finish(end));
    }

    /// <summary>Sends as much as the kernel takes now.</summary>
    protected SysResult Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        SysResult result = StreamSocket.Send(Connection.Socket, bytes[..Math.Min(bytes.Length, ChunkSize)], more);
        BytesOut += Moved(result.Value);
        return result;
    }

    /// <summary>Receives what has arrived, up to the buffer's length.</summary>
    protected SysResult Receive(Span<byte> buffer)
    {
        SysResult result = StreamSocket.Receive(Connection.Socket, buffer);
        CountIn(result.Value);
        return result;
    }

    /// <summary>Discards what the client still sends after all has been said, and waits for more while its side is open.</summary>
    protected ClientSide Discard(LingeringEnd end)
    {
        ClientSide client = end.Discard(out int bytes);
        CountIn(bytes);
        if (client == ClientSide.Open)
        {
            Await(EpollEvents.Readable);
        }

        return client;
    }

    /// <summary>Counts received bytes; an error, which <see cref="SysResult.Value"/> reports as negative, counts as none.</summary>
    protected void CountIn(int bytes) => BytesIn += Moved(bytes);

    private int Moved(int bytes)
    {
        if (bytes > 0)
        {
            _lastMovedMs = Loop.NowMs;
        }

        return Math.Max(0, bytes);
    }

    /// <summary>Uses one timer, which is set again if bytes have moved since: cheaper than moving it with every byte.</summary>
    private void WatchSilence(TimeSpan limit)
    {
        TimeSpan left = limit - TimeSpan.FromMilliseconds(Loop.NowMs - _lastMovedMs);
        if (left > TimeSpan.Zero)
        {
            _silence = Loop.Schedule(left, () => WatchSilence(limit));
        }
        else
        {
            Finish(DialogueEnd.IdleTimeout);
        }
    }
}
