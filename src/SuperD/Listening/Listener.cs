using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>One address of a service: binds with retries, pauses, and lends its socket. Loop only.</summary>
/// <remarks>The kinds differ in what they do when the socket is ready.</remarks>
internal abstract class Listener : IReadySource
{
    /// <summary>The states that are the service's as well.</summary>
    public const string Listening = "listening", Full = "full", Binding = "binding";

    private static readonly TimeSpan s_pressurePause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_pressureLogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(30);

    private readonly PauseSet _pauses;
    private Fd? _socket;
    private WatchToken _watch;
    private bool _isWatched;
    private TimeSpan _retryDelay = s_firstRetry;
    private LoopTimer? _retryTimer;
    private Trouble? _unbound;
    private long? _failingSinceMs;
    private long? _pressureLoggedMs;

    /// <param name="ignored">Reasons of the service for a pause that do not concern this kind.</param>
    protected Listener(
        EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log, PauseReasons ignored = PauseReasons.None)
    {
        _pauses = new PauseSet(loop, ignored);
        Loop = loop;
        Sink = sink;
        Log = log;
        Service = service;
        Address = address;
    }

    public Service Service { get; private set; }

    public ListenAddress Address { get; }

    /// <summary>The address the socket is bound to: for port 0 with the port that the kernel chose. Unknown until it is bound.</summary>
    public LocalAddress BoundTo { get; private set; }

    /// <summary>The number of the socket's descriptor; null while it is not bound.</summary>
    public int? Number => _socket?.Value;

    public bool IsBound => _socket is not null;

    public abstract ListenerKind Kind { get; }

    /// <summary>Whether a wait handler has the socket.</summary>
    public bool IsLent => _pauses.Contains(PauseReasons.Lent);

    /// <summary>Whether it does not accept, for this reason.</summary>
    public bool IsPausedFor(PauseReasons reason) => _pauses.Contains(reason);

    /// <summary>Human-readable state, one word.</summary>
    public string State => !IsBound ? Binding
        : IsLent ? "running"
        : _pauses.Contains(PauseReasons.Drained) ? "drained"
        : _pauses.Contains(PauseReasons.Busy) ? Full
        : IsFailing ? Trouble.Failing
        : _pauses.Contains(PauseReasons.Pressure) ? "paused"
        : Listening;

    /// <summary>How many connections wait in the kernel's queue; 0 where the kernel does not tell.</summary>
    public virtual int Queued => 0;

    /// <summary>Whether it is closed for good.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Why clients are not served here; null while nothing is known against it.</summary>
    public Trouble? Trouble => IsClosed ? null
        : !IsBound ? Unbound
        : _failingSinceMs is { } since && !IsServing ? new Trouble(Trouble.Failing, Failure + Dropping, since)
        : null;

    protected EventLoop Loop { get; }

    protected IConnectionSink Sink { get; }

    protected ILogger Log { get; }

    /// <summary>Only while bound, as it is whenever the loop calls.</summary>
    protected Fd Socket => _socket ?? throw new InvalidOperationException("the listener is not bound");

    /// <summary>Whether it does not accept. A drained service does, though it is full: nobody shall wait for a refusal.</summary>
    protected bool IsPaused => !_pauses.HasOnly(Service.Mode == ServiceMode.Draining ? PauseReasons.OfService : PauseReasons.None);

    /// <summary>Receives why the address cannot be bound, and when that is tried again.</summary>
    public Action<Listener, BindProblem, TimeSpan>? OnUnbound { private get; init; }

    /// <summary>How handlers of this kind fail to serve, human-readable; used only after <see cref="Hold"/>.</summary>
    protected virtual string Failure => "its handlers serve nobody";

    /// <summary>Whether handlers have ended without serving anybody, and none is known to have served somebody since.</summary>
    protected bool IsFailing => _failingSinceMs is not null;

    /// <summary>How many clients or datagrams were dropped since handlers fail.</summary>
    protected int Dropped { get; set; }

    private Trouble? Unbound => _unbound is null || _retryTimer is not { } timer ? null : _unbound with
    {
        Text = $"{_unbound.Text}; the next attempt is in {Math.Max(0, timer.DueMs - Loop.NowMs) / 1000.0:0.0} s",
    };

    /// <summary>Whether a wait handler has the socket, and a client waits in it.</summary>
    public bool HasUnaccepted => IsLent && StreamSocket.IsReadable(Socket);

    /// <summary>Whether a handler that failed before has accepted everybody, and still runs.</summary>
    private bool IsServing => IsLent && !HasUnaccepted;

    private string Dropping => Dropped > 0 ? $"; {Dropped} dropped" : string.Empty;

    /// <summary>Binds and begins to accept. When the address cannot be bound now, tries again later, at growing intervals.</summary>
    /// <returns>Null, or why it cannot be bound now.</returns>
    public BindProblem? Open()
    {
        Loop.AssertOnLoop();
        if (TryBind(Service.Definition) is { } problem)
        {
            SetUnbound(problem);
            OnUnbound?.Invoke(this, problem, _retryDelay);
            _retryTimer = Loop.Schedule(_retryDelay, () => Open());
            _retryDelay = TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, s_lastRetry.Ticks));
            return problem;
        }

        Start();
        return null;
    }

    /// <summary>Keeps why the address cannot be bound, for the status.</summary>
    public void SetUnbound(BindProblem problem) =>
        _unbound = new Trouble(Trouble.Waiting, $"{Address} cannot be bound: {problem.Text}", _unbound?.SinceMs ?? Loop.NowMs);

    /// <summary>If it waits for its next attempt to bind, attempts now, and begins anew with short intervals.</summary>
    public void Retry()
    {
        if (!IsBound && !IsClosed && _retryTimer is { } timer)
        {
            timer.Cancel();
            _retryDelay = s_firstRetry;
            _ = Open();
        }
    }

    /// <summary>Binds without accepting: <see cref="Start"/> or <see cref="Close"/> must follow.</summary>
    /// <param name="definition">What the service is, or is about to be.</param>
    /// <returns>Null, or what prevents it and what to do.</returns>
    public BindProblem? TryBind(ServiceDefinition definition)
    {
        BindProblem? problem = Bind(definition, out _socket);
        return _socket is null ? problem ?? new BindProblem("no reason known") : null;
    }

    /// <summary>Begins to accept at the bound socket.</summary>
    public void Start()
    {
        Loop.AssertOnLoop();
        _unbound = null;
        BoundTo = new LocalAddress(Address.Transport, TcpSocket.LocalEndPoint(Socket), Address.UnixName);
        Log.Listen(Service.Name, BoundTo);
        WatchOrUnwatch();
        Loop.Post(FollowMode); // a reload gives a new service its mode later
        Sink.OnListening(this);
    }

    /// <summary>A reload keeps the socket, for the same service or another: applies the changes that affect the socket itself.</summary>
    /// <remarks>Called before the service has its new definition, so that the old one is known.</remarks>
    public void Renew(Service service, ServiceDefinition definition)
    {
        Loop.AssertOnLoop();
        ServiceDefinition before = Service.Definition;
        Service = service;
        ForgetFailures(); // the program may be mended
        if (IsBound)
        {
            Retune(Socket, before, definition);
            Loop.Post(FollowMode); // the other service may have another
        }
    }

    /// <summary>Prepares what this kind needs beyond a socket of another kind. Null, or what prevents it.</summary>
    public virtual string? TryPrepareToSucceed() => null;

    /// <summary>A reload makes another kind of service of an address: takes over the socket of the listener that was there.</summary>
    public void Succeed(Listener predecessor)
    {
        Loop.AssertOnLoop();
        if (predecessor.IsLent)
        {
            Pause(PauseReasons.Lent);
        }

        _socket = predecessor.GiveAway();
        if (_socket is null)
        {
            Open(); // the predecessor has not been able to bind it so far
            return;
        }

        Convert(_socket);
        Start();
    }

    /// <summary>Makes the pauses of the listener those of its service.</summary>
    /// <param name="reasons">All reasons of <see cref="PauseReasons.OfService"/> that hold; the listener's own stay as they are.</param>
    public void SetPauses(PauseReasons reasons)
    {
        _pauses.SetReasonsOfService(reasons);
        WatchOrUnwatch();
    }

    /// <summary>Continues with a socket of superd's last version, in the state it had there.</summary>
    public void Inherit(ListenerHandover handed, Fd socket)
    {
        Loop.AssertOnLoop();
        _socket = socket;
        BoundTo = new LocalAddress(Address.Transport, TcpSocket.LocalEndPoint(socket), Address.UnixName);
        (_failingSinceMs, Dropped) = (handed.FailingSinceMs, handed.Dropped);
        Restore(handed);
        if (handed.IsLent)
        {
            Pause(PauseReasons.Lent);
        }

        if (handed.HeldUntilMs is { } until)
        {
            PauseFor(TimeSpan.FromMilliseconds(Math.Max(0, until - Loop.NowMs)), PauseReasons.BackOff);
        }

        WatchOrUnwatch();
    }

    /// <summary>The socket and its state, for superd's next version; null while it is not bound.</summary>
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
            HeldUntilMs = _pauses.EndMs(PauseReasons.BackOff),
            FailingSinceMs = _failingSinceMs,
            Dropped = Dropped,
        },
        kept);

    /// <summary>Stops accepting for a reason; clients wait in the kernel.</summary>
    public void Pause(PauseReasons reason)
    {
        _pauses.Add(reason);
        WatchOrUnwatch();
    }

    /// <summary>Removes a reason to pause; accepts again when it was the last one.</summary>
    public void Resume(PauseReasons reason)
    {
        _pauses.Remove(reason);
        WatchOrUnwatch();
    }

    /// <summary>Accepts those who wait in the kernel, unless it is paused; some of them if they are many.</summary>
    public virtual void AcceptWaiting()
    {
    }

    /// <summary>Makes the kernel refuse the clients of a drained service, or take them again, where this kind can.</summary>
    public virtual void FollowMode()
    {
    }

    /// <summary>Leaves clients in the kernel for a moment: polling on would spin, and closing the port would lose them.</summary>
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

    /// <summary>Closes the socket for good. The kernel resets the clients that wait in it.</summary>
    public virtual void Close()
    {
        Loop.AssertOnLoop();
        IsClosed = true;
        _retryTimer?.Cancel();
        _pauses.RemoveTimed();
        Unwatch();
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Stops accepting and duplicates the socket, which becomes blocking, as a wait handler expects it.</summary>
    /// <param name="socket">Owned by the caller; null when there is no descriptor for it (EMFILE).</param>
    public SysResult TryLend(out Fd? socket)
    {
        SysResult result = Socket.Duplicate(out socket);
        if (socket is not null)
        {
            // O_NONBLOCK belongs to the socket, not to the descriptor, so it changes here too: accept nothing until it is taken back.
            TcpSocket.SetBlocking(socket, true);
            Pause(PauseReasons.Lent);
        }

        return result;
    }

    /// <summary>The handler that had the socket is gone: accepts again, after a delay where handlers serve nobody.</summary>
    /// <remarks>Does nothing when the listener was closed meanwhile.</remarks>
    /// <param name="ran">How long the handler ran.</param>
    public abstract void TakeBack(Connection connection, TimeSpan ran);

    /// <summary>
    /// No handler serves the client that woke the service: turns that client away, and takes back the socket if it was lent.
    /// </summary>
    /// <param name="connection">The connection that was to serve it; null when the client was refused before there was one.</param>
    /// <param name="done">Receives the client, perhaps later; an unknown peer when it has left by itself.</param>
    public abstract void TurnAway(Connection? connection, Action<Peer> done);

    public abstract void OnReady(EpollEvents events);

    /// <summary>Adds this kind's own state.</summary>
    protected virtual ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) => handover;

    /// <summary>Inherits this kind's own state; the socket is there.</summary>
    protected virtual void Restore(ListenerHandover handed)
    {
    }

    /// <summary>Makes the socket. Null, or what prevents it and what to do.</summary>
    protected abstract BindProblem? Bind(ServiceDefinition definition, out Fd? socket);

    /// <summary>Applies to the socket what a reload has changed.</summary>
    protected virtual void Retune(Fd socket, ServiceDefinition before, ServiceDefinition now)
    {
    }

    /// <summary>Makes a socket of another kind, bound to the same address, a socket of this kind.</summary>
    protected virtual void Convert(Fd socket)
    {
    }

    /// <summary>Gives the socket away, and keeps what has begun with it until that ends. Null when it was not bound.</summary>
    protected virtual Fd? GiveAway()
    {
        _retryTimer?.Cancel();
        _pauses.RemoveTimed();
        Unwatch();
        Fd? socket = _socket;
        _socket = null;
        return socket;
    }

    /// <summary>Begins to accept at a bound socket, and owns it from now on.</summary>
    protected void Begin(Fd socket)
    {
        _socket = socket;
        Start();
    }

    /// <summary>The socket can no longer be used: binds another one, now or later.</summary>
    protected void Reopen()
    {
        GiveAway()?.Dispose();
        _ = Open();
    }

    /// <summary>Makes the socket superd's own again and accepts, if no other reason prevents it.</summary>
    protected void TakeBack()
    {
        TcpSocket.SetBlocking(Socket, false);
        Resume(PauseReasons.Lent);
    }

    /// <summary>Handlers end without serving the client that wakes them: starts none for a time.</summary>
    protected void Hold(TimeSpan time)
    {
        _failingSinceMs ??= Loop.NowMs;
        PauseFor(time, PauseReasons.BackOff);
    }

    /// <summary>A handler has served a client; logs it if that is news.</summary>
    protected void Recover()
    {
        if (_failingSinceMs is { } since)
        {
            Log.WaitRecovered(Service.Name, Loop.NowMs - since, Dropped);
            _failingSinceMs = null;
            Dropped = 0;
            Resume(PauseReasons.BackOff);
        }
    }

    /// <summary>A reload has changed the service: starts handlers without a delay again.</summary>
    protected virtual void ForgetFailures()
    {
        _failingSinceMs = null;
        Dropped = 0;
        Resume(PauseReasons.BackOff);
    }

    private void PauseFor(TimeSpan time, PauseReasons reason)
    {
        _pauses.AddFor(time, reason, ended: WatchOrUnwatch);
        WatchOrUnwatch();
    }

    private void WatchOrUnwatch()
    {
        if (IsPaused)
        {
            Unwatch();
        }
        else if (_socket is not null && !_isWatched)
        {
            SysResult result = Loop.Watch(_socket, EpollEvents.Readable, this, out _watch);
            _isWatched = !result.IsError;
            if (result.IsError)
            {
                PauseUnderPressure(result.Errno);
            }
            else if (Service.Mode == ServiceMode.Draining)
            {
                Loop.Post(FollowMode);
            }
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
