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

    /// <summary>All instances are in use, or a wait handler has the socket: clients queue in the kernel's backlog.</summary>
    Busy = 1,

    /// <summary>The machine is out of descriptors or memory for one more connection.</summary>
    Pressure = 2,

    /// <summary>A wait handler ended without accepting; the next start is held back.</summary>
    BackOff = 4,

    /// <summary>superd as a whole has all the handlers it may: clients queue in the kernel's backlog.</summary>
    Crowded = 8,
}

/// <summary>One bound address of a service: binds with retries, and accepts until EAGAIN, a full house or the end of its turn. Loop only.</summary>
internal sealed class Listener : IReadySource
{
    /// <summary>Connections taken per turn: enough to empty a burst quickly, few enough that no port starves the others.</summary>
    private const int AcceptBudget = 16;

    private static readonly TimeSpan s_pressurePause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_pressureLogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(30);

    private readonly EventLoop _loop;
    private readonly IConnectionSink _sink;
    private readonly ILogger _log;
    private Fd? _socket;
    private WatchToken _watch;
    private bool _isWatched;
    private bool _isDualStack;
    private PauseReasons _pauses;
    private TimeSpan _retryDelay = s_firstRetry;
    private LoopTimer? _timer;
    private long? _pressureLoggedMs;

    public Listener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    {
        _loop = loop;
        _sink = sink;
        _log = log;
        Service = service;
        Address = address;
    }

    public Service Service { get; }

    public ListenAddress Address { get; }

    /// <summary>The address it is really bound to: for port 0 the one the kernel chose. Unknown until bound.</summary>
    public InetEndPoint BoundTo { get; private set; }

    public bool IsBound => _socket is not null;

    /// <summary>For a wait service: how long to hold the next handler back.</summary>
    public WaitBackOff WaitBackOff => field ??= new WaitBackOff(() => WaitingClients.Read(BoundTo));

    private TcpListenOptions Options => new(
        Service.Definition.Backlog, Address.V6Only, Service.Definition.NoDelay, Service.Definition.KeepAlive);

    /// <summary>Binds and starts to accept; when the address cannot be had now, tries again later, less and less often.</summary>
    public void Open()
    {
        _loop.AssertOnLoop();
        SysResult result = TcpSocket.Listen(Address.EndPoint, Options, out _socket);
        if (_socket is null)
        {
            _log.BindFailed(Service.Name, Address.ToString(), Errno.Describe(result.Errno), _retryDelay.TotalSeconds);
            _timer = _loop.Schedule(_retryDelay, Open);
            _retryDelay = TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, s_lastRetry.Ticks));
            return;
        }

        Begin();
    }

    /// <summary>Accepts at a socket that somebody else bound, instead of binding one.</summary>
    public void Adopt(PassedSocket passed)
    {
        _loop.AssertOnLoop();
        _log.Adopt(Service.Name, passed.EndPoint, passed.Number, passed.Name);
        _socket = passed.Take();
        _isDualStack = passed.IsDualStack;
        TcpSocket.Adopt(_socket, Options);
        Begin();
    }

    /// <summary>Stops accepting for a reason; clients wait in the backlog.</summary>
    public void Pause(PauseReasons reason)
    {
        _loop.AssertOnLoop();
        _pauses |= reason;
        Unwatch();
    }

    /// <summary>Takes a reason back; accepts again when it was the last.</summary>
    public void Resume(PauseReasons reason)
    {
        _loop.AssertOnLoop();
        _pauses &= ~reason;
        Watch();
    }

    /// <summary>Pauses for a reason and takes it back after a time.</summary>
    public void PauseFor(TimeSpan time, PauseReasons reason)
    {
        Pause(reason);
        _timer = _loop.Schedule(time, () => Resume(reason));
    }

    /// <summary>Leaves connections in the backlog for a moment: to poll on would spin, to close the port would lose them.</summary>
    public void PauseUnderPressure(int errno)
    {
        if (_pressureLoggedMs is not { } logged || _loop.NowMs - logged >= (long)s_pressureLogInterval.TotalMilliseconds)
        {
            _pressureLoggedMs = _loop.NowMs;
            _log.AcceptPaused(Service.Name, BoundTo, Errno.Describe(errno));
        }

        PauseFor(s_pressurePause, PauseReasons.Pressure);
    }

    /// <summary>Closes the socket for good; what waits in the backlog is reset by the kernel.</summary>
    public void Close()
    {
        _loop.AssertOnLoop();
        _timer?.Cancel();
        Unwatch();
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Stops accepting and gives out a duplicate of the listening socket, blocking, as a wait handler expects it.</summary>
    /// <param name="socket">Owned by the receiver; null when there is no descriptor for it (EMFILE).</param>
    public SysResult TryLend(out Fd? socket)
    {
        SysResult result = _socket!.Duplicate(out socket); // called by OnReady only: bound
        if (socket is not null)
        {
            // O_NONBLOCK belongs to the socket itself, so it changes here as well: nothing may be accepted until TakeBack.
            TcpSocket.SetBlocking(socket, true);
            Pause(PauseReasons.Busy);
        }

        return result;
    }

    /// <summary>The wait handler is gone: accepts again. Nothing happens when the listener was closed meanwhile.</summary>
    public void TakeBack()
    {
        if (_socket is not null)
        {
            TcpSocket.SetBlocking(_socket, false);
            Resume(PauseReasons.Busy);
        }
    }

    /// <summary>Takes one connection off the backlog and gives it to the caller; null when there is none or it cannot be had now.</summary>
    public Fd? TryAccept(out InetEndPoint peer)
    {
        peer = default;
        if (_socket is null)
        {
            return null;
        }

        SysResult result = TcpSocket.Accept(_socket, out peer);
        return result.IsError ? null : new Fd(result.Value);
    }

    public void OnReady(EpollEvents events)
    {
        for (int budget = AcceptBudget; budget > 0 && _pauses == PauseReasons.None; budget--)
        {
            if (!_sink.HasRoom)
            {
                PauseUnderPressure(Errno.EMFILE);
                return;
            }

            if (Service.Definition.Wait)
            {
                _sink.OnWaiting(this);
                return;
            }

            SysResult result = TcpSocket.Accept(_socket!, out InetEndPoint peer);
            if (!result.IsError)
            {
                _sink.OnAccepted(this, Own(result.Value, peer), peer);
            }
            else if (result.Errno == Errno.EAGAIN)
            {
                return;
            }
            else if (result.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM)
            {
                PauseUnderPressure(result.Errno);
            }

            // Anything else is an error of the connection that was to be accepted (ECONNABORTED, and on Linux pending network
            // errors too, see accept(2)): that connection is gone, the next one is not.
        }
    }

    /// <summary>The accepted socket; that of an IPv4 client is an IPv4 socket, whatever the listener is.</summary>
    private Fd Own(int accepted, InetEndPoint peer)
    {
        var socket = new Fd(accepted);
        if (_isDualStack && !peer.IsV6)
        {
            TcpSocket.TurnIntoIPv4(socket);
        }

        return socket;
    }

    private void Begin()
    {
        BoundTo = TcpSocket.LocalEndPoint(_socket!); // called with a socket only
        _log.Listen(Service.Name, BoundTo);
        Watch();
        _sink.OnListening(this);
    }

    private void Watch()
    {
        if (_socket is null || _isWatched || _pauses != PauseReasons.None)
        {
            return;
        }

        SysResult result = _loop.Watch(_socket, EpollEvents.Readable, this, out _watch);
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
            _loop.Unwatch(_socket!, _watch); // watched = bound
        }
    }
}
