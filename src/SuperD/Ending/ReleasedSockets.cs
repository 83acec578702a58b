using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Learns from the kernel what goes over connections whose socket superd has not kept: <c>close = "immediate"</c>. Loop only.</summary>
/// <remarks>
/// Such a socket ends when its handler closes it, or with the handler: the kernel's event of that has its counters. It comes a moment later; so
/// the record of a handler that is gone may have to wait for it. Nothing of this is open while there is no such connection.
/// </remarks>
/// <param name="shared">Knows whom the kernel is being asked about.</param>
internal sealed class ReleasedSockets(Stages stages, EventLoop loop, SharedFiles shared) : Stage(stages), IReadySource, IDisposable
{
    // The kernel tells of a socket's end on a work queue of its own; that takes a millisecond at most where the machine is not overloaded.
    // Only an event that was lost, of too many at once, is waited for in vain.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);

    // The next connection of the kind mostly comes soon; and without any, superd is not woken for each connection of the machine.
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(1);

    private const int EventsPerRound = 256;

    private readonly Dictionary<ulong, Released> _released = [];
    private TcpDiagnosis? _diagnosis;
    private WatchToken _watch;
    private LoopTimer? _idle;
    private int _waiting;

    /// <summary>Handlers that are gone, whose traffic is waited for.</summary>
    public override int Count => _waiting;

    /// <summary>One, or none: their sockets are closed.</summary>
    public override int Descriptors => 0;

    public override bool IsSettled => Count == 0;

    /// <summary>superd is about to close a handler's socket; or its last version has done so. No more is learned where the kernel has no sock_diag(7).</summary>
    public void Add(Handler handler)
    {
        loop.AssertOnLoop();
        handler.Released ??= TcpIdentity.Of(handler.Connection.Socket);
        if (handler.Released is { } identity && (_diagnosis is not null || Open(null)))
        {
            _released[identity.Cookie] = new Released(handler, identity);
        }
    }

    /// <summary>What has gone over a handler's connection so far; null where it is not known.</summary>
    public TcpTraffic? TrafficOf(Handler handler) =>
        handler.Traffic ?? (handler.Released is { } identity && _diagnosis is { } diagnosis ? Ask(diagnosis, handler, identity) : null);

    /// <summary>A handler is gone: takes down its traffic, if that can be learned, and then runs something, at once or a little later.</summary>
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

    /// <summary>Waits no more: superd ends.</summary>
    public void Flush()
    {
        foreach (Released released in _released.Values.Where(released => released.Record is not null).ToArray())
        {
            Conclude(released, null);
        }
    }

    /// <summary>The descriptor in which the kernel's events wait.</summary>
    public override StageHandover? HandOver(KeptDescriptors kept) => _diagnosis is { } diagnosis ? new SocketEventsHandover(kept.Keep(diagnosis.Events)) : null;

    /// <summary>Before the handlers whose events wait in it are inherited.</summary>
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

    /// <summary>Takes all ends that have been told of by now. After a take-over, once its handlers are added: before more of them find no room.</summary>
    public void CatchUp() => TakeEvents(int.MaxValue);

    /// <summary>Connections of the machine have ended; some of them may be handlers'.</summary>
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

    /// <summary>Unless the event has come by now: the loop may have been held up itself.</summary>
    private void GiveUp(Released released)
    {
        CatchUp();
        Conclude(released, null);
    }

    /// <summary>Once for each; nothing the second time.</summary>
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

    /// <param name="events">The last version's descriptor; null for a new one.</param>
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

        /// <summary>What waits for its traffic; null while the handler lives.</summary>
        public Action? Record { get; set; }

        /// <summary>Set while that waits.</summary>
        public LoopTimer? Timer { get; set; }
    }
}
