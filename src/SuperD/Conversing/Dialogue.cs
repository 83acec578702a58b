using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>superd itself talks with a client: a connection's socket, used without ever waiting, a deadline, and what to record. Loop only.</summary>
/// <remarks>
/// The socket stays as it was accepted, blocking; each call says for itself that it will not wait. Whatever happens, a dialogue ends once,
/// by <see cref="Finish"/>, and then it neither watches nor owns the socket any more. In one turn it moves a bounded number of
/// bytes, so that a fast client does not keep the others waiting.
/// </remarks>
internal abstract class Dialogue(Connection connection) : IReadySource, IConnectionServer
{
    /// <summary>Most bytes taken or given by one system call.</summary>
    protected const int ChunkSize = 16 * 1024;

    /// <summary>Most system calls on the socket in one turn.</summary>
    protected const int TurnBudget = 16;

    // One for all: the loop is one thread, and nothing is kept in it between two calls.
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

    public Connection Connection { get; } = connection;

    /// <summary>Bytes the client has sent, as far as they were read.</summary>
    public long BytesIn { get; private set; }

    /// <summary>Bytes the kernel has taken for the client.</summary>
    public long BytesOut { get; private set; }

    /// <summary>When it began, in the loop's <c>NowMs</c>.</summary>
    public long StartedMs { get; private set; }

    public ServingState State => new("talking", StartedMs) { BytesIn = BytesIn, BytesOut = BytesOut };

    protected bool IsOver { get; private set; }

    protected bool HasDeadline => _deadline is not null;

    /// <summary>Room for one read; what is in it is the caller's until it returns to the loop.</summary>
    protected static Span<byte> Scratch => s_scratch;

    protected EventLoop Loop => _loop!; // set by Start, before anything else can happen

    /// <summary>Begins; it may be over when this returns.</summary>
    /// <param name="ended">Told once, whatever the end is; the socket is the receiver's again.</param>
    /// <param name="idleLimit">How long no byte may move, either way; null = unlimited.</param>
    /// <param name="handed">Where superd's last version was; null when it begins now.</param>
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

    /// <summary>Tells superd's next version of it.</summary>
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

    public abstract void OnReady(EpollEvents events);

    /// <summary>Ends it as an operator asked.</summary>
    public void End() => Finish(DialogueEnd.Operator);

    /// <summary>Ends it; nothing happens when it is over already.</summary>
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

    protected abstract void Begin();

    /// <summary>Begins where superd's last version was.</summary>
    protected virtual void Resume(DialogueHandover handed) => Begin();

    /// <summary>Adds what is this kind's own.</summary>
    protected virtual DialogueHandover Complete(DialogueHandover handover) => handover;

    /// <summary>Has <see cref="OnReady"/> called when the socket is ready for this; replaces what was awaited before.</summary>
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

    /// <summary>Has nothing told but that the connection broke.</summary>
    protected void AwaitNothing()
    {
        if (_isWatched)
        {
            Await(EpollEvents.None);
        }
    }

    /// <summary>Gives the client so much time from now on; replaces the deadline before.</summary>
    /// <param name="end">What it ends with when the time is over.</param>
    protected void SetDeadline(TimeSpan time, DialogueEnd end = DialogueEnd.Deadline)
    {
        _deadline?.Cancel();
        _deadlineEnd = end;
        _deadline = Loop.Schedule(time, () => Finish(end));
    }

    /// <summary>Sends what the kernel takes of it now.</summary>
    protected SysResult Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        SysResult result = StreamSocket.Send(Connection.Socket, bytes[..Math.Min(bytes.Length, ChunkSize)], more);
        BytesOut += Moved(result.Value);
        return result;
    }

    /// <summary>Takes what has arrived, up to the buffer's length.</summary>
    protected SysResult Receive(Span<byte> buffer)
    {
        SysResult result = StreamSocket.Receive(Connection.Socket, buffer);
        CountIn(result.Value);
        return result;
    }

    /// <summary>So many bytes were taken; an error, as <see cref="SysResult.Value"/> has it, counts as none.</summary>
    protected void CountIn(int bytes) => BytesIn += Moved(bytes);

    private int Moved(int bytes)
    {
        if (bytes > 0)
        {
            _lastMovedMs = Loop.NowMs;
        }

        return Math.Max(0, bytes);
    }

    /// <summary>One timer, set anew when it finds that bytes have moved since: cheaper than to move it with every byte.</summary>
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
