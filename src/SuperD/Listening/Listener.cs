using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;
using Microsoft.Extensions.Logging;

namespace SuperD.Listening;

/// <summary>Why a listener is not accepting; it accepts when there is no reason not to.</summary>
[Flags]
internal enum PauseReasons
{
    None = 0,

    /// <summary>All instances are in use, or a wait handler has the socket: clients queue in the kernel.</summary>
    Busy = 1,

    /// <summary>The machine is out of descriptors or memory for one more connection.</summary>
    Pressure = 2,

    /// <summary>A wait handler ended without serving anybody; the next start is held back.</summary>
    BackOff = 4,

    /// <summary>superd as a whole has all the handlers it may: clients queue in the kernel's backlog.</summary>
    Crowded = 8,

    /// <summary>The console has paused the service: clients queue in the kernel's backlog.</summary>
    Operator = 16,

    /// <summary>superd becomes its next version: clients queue in the kernel's backlog.</summary>
    Upgrade = 32,
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

    public Service Service { get; }

    public ListenAddress Address { get; }

    /// <summary>The address it is really bound to: for port 0 the one the kernel chose. Unknown until bound.</summary>
    public LocalAddress BoundTo { get; private set; }

    /// <summary>The number of its socket's descriptor; null as long as it is not bound.</summary>
    public int? Number => _socket?.Value;

    public bool IsBound => _socket is not null;

    /// <summary>How it is, in a word for people.</summary>
    public string State => !IsBound ? Binding
        : _pauses.HasFlag(PauseReasons.Busy) ? Service.Definition.Wait ? "running" : Full
        : _pauses.HasFlag(PauseReasons.BackOff) ? "held"
        : _pauses.HasFlag(PauseReasons.Pressure) ? "paused"
        : Listening;

    protected EventLoop Loop { get; }

    protected IConnectionSink Sink { get; }

    protected ILogger Log { get; }

    /// <summary>Only while bound; whoever the loop calls is.</summary>
    protected Fd Socket => _socket ?? throw new InvalidOperationException("the listener is not bound");

    protected bool IsPaused => _pauses != PauseReasons.None;

    /// <summary>Binds and starts to accept; when the address cannot be had now, tries again later, less and less often.</summary>
    public void Open()
    {
        Loop.AssertOnLoop();
        string? problem = Bind(out Fd? socket);
        if (socket is null)
        {
            Log.BindFailed(Service.Name, Address.ToString(), problem ?? "no reason known", _retryDelay.TotalSeconds);
            _timer = Loop.Schedule(_retryDelay, Open);
            _retryDelay = TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, s_lastRetry.Ticks));
            return;
        }

        Begin(socket);
    }

    /// <summary>Goes on with the socket of superd's last version, as it was there.</summary>
    public void TakeOver(ListenerHandover handed, Fd socket)
    {
        Loop.AssertOnLoop();
        _socket = socket;
        BoundTo = new LocalAddress(Address.Transport, TcpSocket.LocalEndPoint(socket), Address.UnixName);
        Restore(handed);
        if (handed.IsLent)
        {
            Pause(PauseReasons.Busy);
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
            Kind = HandedListeners.KindOf(Service.Definition, Address),
            Service = Service.Name,
            Address = Address.ToString(),
            V6Only = Address.V6Only,
            BoundTo = AddressHandover.Of(BoundTo),
            IsLent = Service.Definition.Wait && _pauses.HasFlag(PauseReasons.Busy),
            HeldUntilMs = _pauses.HasFlag(PauseReasons.BackOff) ? _holdTimer?.DueMs : null,
        },
        kept);

    /// <summary>Stops accepting for a reason; clients wait in the kernel.</summary>
    public void Pause(PauseReasons reason)
    {
        Loop.AssertOnLoop();
        _pauses |= reason;
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
    public void PauseUnderPressure(int errno)
    {
        if (_pressureLoggedMs is not { } logged || Loop.NowMs - logged >= (long)s_pressureLogInterval.TotalMilliseconds)
        {
            _pressureLoggedMs = Loop.NowMs;
            Log.AcceptPaused(Service.Name, BoundTo, Errno.Describe(errno));
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
            Pause(PauseReasons.Busy);
        }

        return result;
    }

    /// <summary>The handler that was lent a socket is gone: accepts again, after a while where handlers serve nobody.</summary>
    /// <remarks>Nothing happens when the listener was closed meanwhile.</remarks>
    /// <param name="ran">How long the handler ran.</param>
    public abstract void TakeBack(Connection connection, TimeSpan ran);

    /// <summary>No handler comes for the client that woke the service: it alone is turned away, and the socket taken back where it was lent.</summary>
    /// <param name="connection">What was to serve it; null when it was refused before.</param>
    /// <returns>Who that was; not known when it has gone by itself.</returns>
    public abstract Peer TurnAway(Connection? connection);

    public abstract void OnReady(EpollEvents events);

    /// <summary>Adds what is this kind's own.</summary>
    protected virtual ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) => handover;

    /// <summary>Takes over what is this kind's own; the socket is there.</summary>
    protected virtual void Restore(ListenerHandover handed)
    {
    }

    /// <summary>Makes the socket; what stands in the way, and what to do, when it cannot be had now.</summary>
    protected abstract string? Bind(out Fd? socket);

    /// <summary>Starts to accept at a socket that is bound, and owns it from here on.</summary>
    protected void Begin(Fd socket)
    {
        _socket = socket;
        BoundTo = new LocalAddress(Address.Transport, TcpSocket.LocalEndPoint(socket), Address.UnixName);
        Log.Listen(Service.Name, BoundTo);
        Watch();
        Sink.OnListening(this);
    }

    /// <summary>Makes the socket superd's own again and accepts, after a time if there is one.</summary>
    protected void TakeBack(TimeSpan delay)
    {
        TcpSocket.SetBlocking(Socket, false);
        if (delay > TimeSpan.Zero)
        {
            PauseFor(delay, PauseReasons.BackOff);
        }

        Resume(PauseReasons.Busy);
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
