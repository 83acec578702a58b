using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Asks the kernel for the traffic of connections whose socket superd has closed: <c>close = "immediate"</c>. Loop only.</summary>
/// <remarks>
/// Such a socket ends when its handler closes it or exits; the kernel's event of that end carries its counters. The event comes a moment
/// later, so the record of a finished handler may have to wait for it. Without such connections no descriptor is open.
/// </remarks>
/// <param name="shared">Learns which handler's socket a query is about.</param>
internal sealed class ReleasedSockets(Stages stages, EventLoop loop, SharedFiles shared) : Stage(stages), IReadySource, IDisposable
{
    // The kernel reports a socket's end from a work queue; that takes a millisecond at most on a machine that is not overloaded. The wait
    // times out only when the kernel dropped the event under overload.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);

    // The next such connection usually comes soon. Without any, closing spares superd a wake-up for every connection of the machine.
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(1);

    private const int EventsPerRound = 256;

    private readonly Dictionary<ulong, Released> _released = [];
    private TcpDiagnosis? _diagnosis;
    private WatchToken _watch;
    private LoopTimer? _idle;
    private int _waiting;

    /// <summary>How many finished handlers wait for their traffic.</summary>
    public override int Count => _waiting;

    /// <summary>0: their sockets are closed, and the one descriptor of the kernel's events is not counted.</summary>
    public override int Descriptors => 0;

    public override bool IsSettled => Count == 0;

    /// <summary>
    /// Runs when superd is about to close a handler's socket, or the previous version has done so. Learns nothing if the kernel has no
    /// sock_diag(7).
    /// </summary>
    public void Add(Handler handler)
    {
        loop.AssertOnLoop();
        handler.Released ??= TcpIdentity.Of(handler.Connection.Socket);
        if (handler.Released is { } identity && (_diagnosis is not null || Open(null)))
        {
            _released[identity.Cookie] = new Released(handler, identity);
        }
    }

    /// <summary>Returns the traffic of a handler's connection so far; null if it is unknown.</summary>
    public TcpTraffic? TrafficOf(Handler handler) =>
        handler.Traffic ?? (handler.Released is { } identity && _diagnosis is { } diagnosis ? Ask(diagnosis, handler, identity) : null);

    /// <summary>
    /// Runs when a handler is gone: stores its traffic, if it can be learned, and then calls <paramref name="record"/>, now or a little
    /// later.
    /// </summary>
    public void Conclude(Handler handler, Action record)
    {
        loop.AssertOnLoop();
        TakeEvents(EventsPerRound);
        if (handler.Released is not { } identity || !_released.TryGetValue(identity.Cookie, out Released? released))
        {
            record();
            return;
        }

        released.Record = record;
        _waiting++;
        if (_diagnosis is { } diagnosis && Ask(diagnosis, handler, identity) is { } traffic)
        {
            Conclude(released, traffic);
        }
        else
        {
            released.Timer = loop.Schedule(s_longestWait, () => GiveUp(released));
        }
    }

    /// <summary>Stops waiting, because superd exits.</summary>
    public void Flush()
    {
        foreach (Released released in _released.Values.Where(released => released.Record is not null).ToArray())
        {
            Conclude(released, null);
        }
    }

    /// <summary>Hands over the descriptor that queues the kernel's events.</summary>
    public override StageHandover? HandOver(KeptDescriptors kept) =>
        _diagnosis is { } diagnosis ? new SocketEventsHandover(kept.Keep(diagnosis.Events)) : null;

    /// <summary>Runs before the handlers whose events are queued in it are inherited.</summary>
    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not SocketEventsHandover handed)
        {
            return false;
        }

        if (inheritance.Take(handed.Events) is { } events)
        {
            _ = Open(events);
            CloseWhenIdle();
        }

        return true;
    }

    /// <summary>Takes all queued events. An upgrade calls it once its handlers are added, before the queue overflows.</summary>
    public void CatchUp() => TakeEvents(int.MaxValue);

    /// <summary>Connections of the machine have ended; some may belong to handlers.</summary>
    public void OnReady(EpollEvents events) => TakeEvents(EventsPerRound);

    public void Dispose() => Close();

    private TcpTraffic? Ask(TcpDiagnosis diagnosis, Handler handler, TcpIdentity identity)
    {
        shared.Set(diagnosis.Question.Value, handler);
        TcpTraffic? traffic = diagnosis.Ask(identity);
        shared.Set(diagnosis.Question.Value, null);
        return traffic;
    }

    private void TakeEvents(int most)
    {
        for (int i = 0; i < most && _diagnosis?.TakeEvent() is { } end; i++)
        {
            if (_released.TryGetValue(end.Cookie, out Released? released))
            {
                Conclude(released, _diagnosis.TrafficOf(released.Identity, end));
            }
        }
    }

    /// <summary>Checks for the event once more: the loop itself may have been delayed.</summary>
    private void GiveUp(Released released)
    {
        CatchUp();
        Conclude(released, null);
    }

    /// <summary>Idempotent: the second call does nothing.</summary>
    private void Conclude(Released released, TcpTraffic? traffic)
    {
        if (!_released.Remove(released.Identity.Cookie))
        {
            return;
        }

        released.Timer?.Cancel();
        released.Handler.Traffic = traffic;
        CloseWhenIdle();
        if (released.Record is { } record)
        {
            _waiting--;
            record();
        }
    }

    /// <param name="events">The previous version's descriptor; null to open a new one.</param>
    private bool Open(Fd? events)
    {
        if (TcpDiagnosis.Open(events, out TcpDiagnosis? diagnosis).IsError || diagnosis is null)
        {
            return false;
        }

        if (loop.Watch(diagnosis.Events, EpollEvents.Readable, this, out _watch).IsError)
        {
            diagnosis.Dispose();
            return false;
        }

        _diagnosis = diagnosis;
        return true;
    }

    private void CloseWhenIdle()
    {
        if (_released.Count == 0)
        {
            _idle ??= loop.Schedule(s_idleTime, () =>
            {
                _idle = null;
                if (_released.Count == 0)
                {
                    Close();
                }
            });
        }
    }

    private void Close()
    {
        if (_diagnosis is { } diagnosis)
        {
            loop.Unwatch(diagnosis.Events, _watch);
            diagnosis.Dispose();
            _diagnosis = null;
        }
    }

    private sealed class Released(Handler handler, TcpIdentity identity)
    {
        public Handler Handler { get; } = handler;

        public TcpIdentity Identity { get; } = identity;

        /// <summary>The action that waits for the traffic; null while the handler lives.</summary>
        public Action? Record { get; set; }

        /// <summary>Set while <see cref="Record"/> waits.</summary>
        public LoopTimer? Timer { get; set; }
    }
}
