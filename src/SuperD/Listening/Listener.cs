using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;
using Microsoft.Extensions.Logging;

namespace SuperD.Listening;

/// <summary>What is behind an address: two listeners of one kind can go on with each other's socket as it is.</summary>
internal enum ListenerKind
{
    /// <summary>A TCP port.</summary>
    Tcp,

    /// <summary>A Unix-domain socket.</summary>
    Unix,

    /// <summary>UDP whose socket is lent to one handler.</summary>
    UdpWait,

    /// <summary>UDP with a handler for each peer.</summary>
    UdpPeers,

    /// <summary>UDP that superd answers itself.</summary>
    UdpAnswers,
}

/// <summary>One bound address of a service: what all kinds have in common, which is to bind with retries, to pause and to lend the socket. Loop only.</summary>
internal abstract class Listener : IReadySource
{
    /// <summary>The states that are the service's as well.</summary>
    public const string Listening = "listening", Full = "full", Binding = "binding";

    private static readonly TimeSpan s_pressurePause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_pressureLogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(30);

    private Fd? _socket;
    private WatchToken _watch;
    private bool _isWatched;
    private PauseReasons _pauses;
    private TimeSpan _retryDelay = s_firstRetry;
    private LoopTimer? _timer;
    private LoopTimer? _holdTimer;
    private long? _pressureLoggedMs;

    protected Listener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    {
        Loop = loop;
        Sink = sink;
        Log = log;
        Service = service;
        Address = address;
    }

    public Service Service { get; private set; }

    public ListenAddress Address { get; }

    /// <summary>The address it is really bound to: for port 0 the one the kernel chose. Unknown until bound.</summary>
    public LocalAddress BoundTo { get; private set; }

    /// <summary>The number of its socket's descriptor; null as long as it is not bound.</summary>
    public int? Number => _socket?.Value;

    public bool IsBound => _socket is not null;

    public abstract ListenerKind Kind { get; }

    /// <summary>Whether a wait handler has the socket.</summary>
    public bool IsLent => _pauses.HasFlag(PauseReasons.Lent);

    /// <summary>How it is, in a word for people.</summary>
    public string State => !IsBound ? Binding
        : IsLent ? "running"
        : _pauses.HasFlag(PauseReasons.Busy) ? Full
        : _pauses.HasFlag(PauseReasons.BackOff) ? "held"
        : _pauses.HasFlag(PauseReasons.Pressure) ? "paused"
        : Listening;

    protected EventLoop Loop { get; }

    protected IConnectionSink Sink { get; }

    protected ILogger Log { get; }

    /// <summary>Only while bound; whoever the loop calls is.</summary>
    protected Fd Socket => _socket ?? throw new InvalidOperationException("the listener is not bound");

    /// <summary>Reasons of the service that do not concern this kind.</summary>
    protected virtual PauseReasons Ignored => PauseReasons.None;

    protected bool IsPaused => _pauses != PauseReasons.None;

    /// <summary>Binds and starts to accept; when the address cannot be had now, tries again later, less and less often.</summary>
    public void Open()
    {
        Loop.AssertOnLoop();
        if (TryBind(Service.Definition) is { } problem)
        {
            Log.BindFailed(Service.Name, Address.ToString(), problem, _retryDelay.TotalSeconds);
            _timer = Loop.Schedule(_retryDelay, Open);
            _retryDelay = TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, s_lastRetry.Ticks));
            return;
        }

        Start();
    }

    /// <summary>Binds, and does not accept yet: that is for <see cref="Start"/>, or nothing has been for <see cref="Close"/>.</summary>
    /// <param name="definition">What the service is, or is about to be.</param>
    /// <returns>Null, or what stands in the way and what to do.</returns>
    public string? TryBind(ServiceDefinition definition)
    {
        string? problem = Bind(definition, out _socket);
        return _socket is null ? problem ?? "no reason known" : null;
    }

    /// <summary>Starts to accept at the socket that is bound.</summary>
    public void Start()
    {
        Loop.AssertOnLoop();
        BoundTo = new LocalAddress(Address.Transport, TcpSocket.LocalEndPoint(Socket), Address.UnixName);
        Log.Listen(Service.Name, BoundTo);
        Watch();
        Sink.OnListening(this);
    }

    /// <summary>A reload keeps the socket for a service, this one or another: what the socket itself is affected by is applied to it.</summary>
    /// <remarks>Before the service has the definition, so that the old one is known.</remarks>
    public void Renew(Service service, ServiceDefinition definition)
    {
        Loop.AssertOnLoop();
        ServiceDefinition before = Service.Definition;
        Service = service;
        if (IsBound)
        {
            Retune(Socket, before, definition);
        }
    }

    /// <summary>Makes ready what a socket of another kind does not need; null, or what stands in the way.</summary>
    public virtual string? TryPrepareToSucceed() => null;

    /// <summary>A reload makes another kind of service of an address: goes on with the socket of the one that listened there.</summary>
    public void Succeed(Listener predecessor)
    {
        Loop.AssertOnLoop();
        _pauses = predecessor.IsLent ? PauseReasons.Lent : PauseReasons.None;
        _socket = predecessor.GiveAway();
        if (_socket is null)
        {
            Open(); // it could not be had so far
            return;
        }

        Convert(_socket);
        Start();
    }

    /// <summary>Accepts, or not, as the service as a whole does.</summary>
    /// <param name="reasons">All those of <see cref="PauseReasons.OfService"/> that hold; others stay as they are.</param>
    public void SetPauses(PauseReasons reasons)
    {
        Loop.AssertOnLoop();
        _pauses = (_pauses & ~PauseReasons.OfService) | (reasons & ~Ignored);
        if (IsPaused)
        {
            Unwatch();
        }
        else
        {
            Watch();
        }
    }

    /// <summary>Goes on with the socket of superd's last version, as it was there.</summary>
    public void Inherit(ListenerHandover handed, Fd socket)
    {
        Loop.AssertOnLoop();
        _socket = socket;
        BoundTo = new LocalAddress(Address.Transport, TcpSocket.LocalEndPoint(socket), Address.UnixName);
        Restore(handed);
        if (handed.IsLent)
        {
            Pause(PauseReasons.Lent);
        }

        if (handed.HeldUntilMs is { } until)
        {
            PauseFor(TimeSpan.FromMilliseconds(Math.Max(0, until - Loop.NowMs)), PauseReasons.BackOff);
        }

        Watch();
    }

    /// <summary>Tells superd's next version of the socket; null when there is none yet.</summary>
    public ListenerHandover? HandOver(KeptDescriptors kept) => _socket is null ? null : Complete(
        new ListenerHandover
        {
            Socket = kept.Keep(_socket),
            Kind = Kind,
            Service = Service.Name,
            Address = Address.ToString(),
            V6Only = Address.V6Only,
            BoundTo = AddressHandover.Of(BoundTo),
            IsLent = IsLent,
            HeldUntilMs = _pauses.HasFlag(PauseReasons.BackOff) ? _holdTimer?.DueMs : null,
        },
        kept);

    /// <summary>Stops accepting for a reason; clients wait in the kernel.</summary>
    public void Pause(PauseReasons reason)
    {
        Loop.AssertOnLoop();
        _pauses |= reason & ~Ignored;
        Unwatch();
    }

    /// <summary>Takes a reason back; accepts again when it was the last.</summary>
    public void Resume(PauseReasons reason)
    {
        Loop.AssertOnLoop();
        _pauses &= ~reason;
        Watch();
    }

    /// <summary>Leaves clients in the kernel for a moment: to poll on would spin, to close the port would lose them.</summary>
    public void PauseUnderPressure(int errno) => PauseUnderPressure(Errno.Describe(errno));

    /// <param name="shortage">What is short, for the log.</param>
    protected void PauseUnderPressure(string shortage)
    {
        if (_pressureLoggedMs is not { } logged || Loop.NowMs - logged >= (long)s_pressureLogInterval.TotalMilliseconds)
        {
            _pressureLoggedMs = Loop.NowMs;
            Log.AcceptPaused(Service.Name, BoundTo, shortage);
        }

        PauseFor(s_pressurePause, PauseReasons.Pressure);
    }

    /// <summary>Closes the socket for good; what waits in it is lost, and the kernel tells its clients.</summary>
    public virtual void Close()
    {
        Loop.AssertOnLoop();
        _timer?.Cancel();
        _holdTimer?.Cancel();
        Unwatch();
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Stops accepting and gives out a duplicate of the socket, blocking, as a wait handler expects it.</summary>
    /// <param name="socket">Owned by the receiver; null when there is no descriptor for it (EMFILE).</param>
    public SysResult TryLend(out Fd? socket)
    {
        SysResult result = Socket.Duplicate(out socket);
        if (socket is not null)
        {
            // O_NONBLOCK belongs to the socket itself, so it changes here as well: nothing may be accepted until it is taken back.
            TcpSocket.SetBlocking(socket, true);
            Pause(PauseReasons.Lent);
        }

        return result;
    }

    /// <summary>The handler that was lent a socket is gone: accepts again, after a while where handlers serve nobody.</summary>
    /// <remarks>Nothing happens when the listener was closed meanwhile.</remarks>
    /// <param name="ran">How long the handler ran.</param>
    public abstract void TakeBack(Connection connection, TimeSpan ran);

    /// <summary>No handler comes for the client that woke the service: it alone is turned away, and the socket taken back where it was lent.</summary>
    /// <param name="connection">What was to serve it; null when it was refused before.</param>
    /// <param name="done">Told who that was, maybe a little later; not known when it has gone by itself.</param>
    public abstract void TurnAway(Connection? connection, Action<Peer> done);

    public abstract void OnReady(EpollEvents events);

    /// <summary>Adds what is this kind's own.</summary>
    protected virtual ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) => handover;

    /// <summary>Inherits what is this kind's own; the socket is there.</summary>
    protected virtual void Restore(ListenerHandover handed)
    {
    }

    /// <summary>Makes the socket; what stands in the way, and what to do, when it cannot be had now.</summary>
    protected abstract string? Bind(ServiceDefinition definition, out Fd? socket);

    /// <summary>Applies to the socket what a reload has changed of it.</summary>
    protected virtual void Retune(Fd socket, ServiceDefinition before, ServiceDefinition now)
    {
    }

    /// <summary>Makes a socket of another kind, bound to the same address, one of this kind.</summary>
    protected virtual void Convert(Fd socket)
    {
    }

    /// <summary>Gives the socket away; what has begun with it is looked after to its end. Null when it was not bound.</summary>
    protected virtual Fd? GiveAway()
    {
        _timer?.Cancel();
        Unwatch();
        Fd? socket = _socket;
        _socket = null;
        return socket;
    }

    /// <summary>Starts to accept at a socket that is bound, and owns it from here on.</summary>
    protected void Begin(Fd socket)
    {
        _socket = socket;
        Start();
    }

    /// <summary>Makes the socket superd's own again and accepts, after a time if there is one.</summary>
    protected void TakeBack(TimeSpan delay)
    {
        TcpSocket.SetBlocking(Socket, false);
        if (delay > TimeSpan.Zero)
        {
            PauseFor(delay, PauseReasons.BackOff);
        }

        Resume(PauseReasons.Lent);
    }

    private void PauseFor(TimeSpan time, PauseReasons reason)
    {
        Pause(reason);
        LoopTimer timer = Loop.Schedule(time, () => Resume(reason));
        if (reason == PauseReasons.BackOff)
        {
            _holdTimer = timer;
        }
        else
        {
            _timer = timer;
        }
    }

    private void Watch()
    {
        if (_socket is null || _isWatched || IsPaused)
        {
            return;
        }

        SysResult result = Loop.Watch(_socket, EpollEvents.Readable, this, out _watch);
        _isWatched = !result.IsError;
        if (result.IsError)
        {
            PauseUnderPressure(result.Errno);
        }
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            Loop.Unwatch(Socket, _watch);
        }
    }
}
