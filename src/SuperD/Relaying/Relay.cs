using System.Collections.Immutable;
using System.Net;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.ProxyProtocol;
using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>One relayed connection: finds the backend, connects, and moves bytes both ways until both sides are done. Loop only.</summary>
/// <remarks>
/// The two directions end independently, so a client that has finished sending (shutdown(2)) still gets its answer. These events end both:
/// <list type="bullet">
/// <item>The client resets: there is nobody left to serve. The backend still gets what came before; it may stall for a minute at
/// most.</item>
/// <item>The backend resets: the client gets what the backend has sent. superd reads and drops what the client still sends for a moment,
/// because closing a socket with unread data resets it, and the answer would be lost.</item>
/// <item>The backend ends its side, and the client then stays silent for a minute: a client that has gone looks the same as one that
/// listens.</item>
/// <item>No byte moves for <c>idle_timeout</c>, or superd exits.</item>
/// </list>
/// </remarks>
internal sealed class Relay : IConnectionServer, IDisposable
{
    /// <summary>Linux itself waits this long for the other side of a closed connection (tcp_fin_timeout).</summary>
    private static readonly TimeSpan s_silenceAfterEnd = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(5);

    private readonly Relays _owner;
    private readonly EventLoop _loop;
    private readonly RedirectDefinition? _redirect;
    private readonly long _startedMs;
    private BackendConnector? _connector;
    private RelaySide? _client;
    private RelaySide? _backend;
    private RelayDirection? _inbound;
    private RelayDirection? _outbound;
    private LoopTimer? _timer;
    private TimeSpan? _idleLimit;
    private long _lastMovedMs;
    private RelayEndReason _reason = RelayEndReason.Closed;
    private RelayEndReason _reasonOfSilence = RelayEndReason.IdleTimeout;
    private bool _isDraining;
    private bool _isOver;

    /// <summary>Creates a relay; <see cref="Start"/> or <see cref="Inherit"/> comes next.</summary>
    /// <param name="startedMs">When it began, as the loop's <c>NowMs</c>.</param>
    public Relay(Relays owner, EventLoop loop, Connection connection, long startedMs)
    {
        _owner = owner;
        _loop = loop;
        _redirect = connection.Definition.Redirect; // null if a reload removed it; then there is a backend already
        _idleLimit = connection.Definition.IdleTimeout;
        _startedMs = startedMs;
        Connection = connection;
    }

    /// <summary>The client's connection.</summary>
    public Connection Connection { get; }

    public ServingState State => new(_backend is null ? "connecting" : "relaying", _startedMs)
    {
        IdleMs = _backend is null ? null : _loop.NowMs - _lastMovedMs,
        BytesIn = BytesIn,
        BytesOut = BytesOut,
    };

    /// <summary>How many bytes from the client the backend has received so far.</summary>
    private long BytesIn => _inbound?.Bytes ?? 0;

    /// <summary>How many bytes from the backend the client has received so far.</summary>
    private long BytesOut => _outbound?.Bytes ?? 0;

    /// <summary>Where to connect, and how; used only until there is a backend.</summary>
    private RedirectDefinition Redirect => _redirect ?? throw new InvalidOperationException("only redirect services look for a backend");

    /// <summary>Starts to look for the backend; the owner is notified of the outcome.</summary>
    public void Start()
    {
        TcpSocket.SendAtOnce(Connection.Socket); // the listener has set the other options
        _timer = _loop.Schedule(Redirect.ConnectTimeout, OnConnectTimeout);
        if (Redirect.Backend is { Address: { } address })
        {
            ConnectTo([address]);
        }
        else
        {
            _owner.Resolver.Resolve(Redirect.Backend.Host!, OnResolved); // a backend without an address has a host name
        }
    }

    /// <summary>Hands it over to the next version; null if it has failed and the report is already posted.</summary>
    public RelayHandover? HandOver(KeptDescriptors kept) => _isOver ? null : new RelayHandover
    {
        Connection = ConnectionHandover.Of(Connection, kept.Keep(Connection.Socket)),
        StartedMs = _startedMs,
        Relayed = _backend is null ? null : new RelayedHandover(
            kept.Keep(_backend.Socket),
            _inbound!.HandOver(), // set along with _backend
            _outbound!.HandOver(),
            _idleLimit,
            _lastMovedMs,
            _reason,
            _reasonOfSilence,
            _isDraining ? _timer?.DueMs : null),
    };

    /// <summary>Ends it on an operator's request.</summary>
    public void End() => Stop(RelayEndReason.Operator);

    /// <summary>Continues where the previous version stopped.</summary>
    public void Inherit(RelayedHandover handed, Fd backend)
    {
        _client = new RelaySide(this, _loop, Connection.Socket);
        _backend = new RelaySide(this, _loop, backend);
        _inbound = new RelayDirection(Connection.Socket, backend);
        _outbound = new RelayDirection(backend, Connection.Socket);
        _owner.Own.Add(backend, TcpSocket.RemoteEndPoint(backend), Connection);
        _inbound.Inherit(handed.Inbound);
        _outbound.Inherit(handed.Outbound);
        _idleLimit = handed.IdleLimit;
        _lastMovedMs = handed.LastMovedMs;
        _reason = handed.Reason;
        _reasonOfSilence = handed.ReasonOfSilence;
        _isDraining = handed.DrainUntilMs is not null;
        if (handed.DrainUntilMs is { } due)
        {
            _timer = _loop.Schedule(TimeSpan.FromMilliseconds(Math.Max(0, due - _loop.NowMs)), () => End(_reason));
        }
        else
        {
            WatchIdleness();
        }

        if (!_isOver)
        {
            WatchWhatIsWanted();
        }
    }

    /// <summary>Ends it for a reason of superd's own.</summary>
    public void Stop(RelayEndReason reason)
    {
        if (_backend is null)
        {
            Fail(reason == RelayEndReason.Operator ? "ended by 'superd end'" : "superd ends");
        }
        else
        {
            End(reason);
        }
    }

    /// <summary>Runs when a side is ready: gives each direction that can move one turn.</summary>
    public void OnReady(RelaySide side, EpollEvents events)
    {
        // A broken side counts as readable and writable; the call that fails tells which side broke.
        bool isBroken = (events & (EpollEvents.HangUp | EpollEvents.Error)) != 0;
        // Both directions are set: only a connected relay watches its sides.
        (RelayDirection from, RelayDirection to) = side == _client ? (_inbound!, _outbound!) : (_outbound!, _inbound!);
        if ((isBroken || events.HasFlag(EpollEvents.Readable)) && from.WantsToRead)
        {
            Move(from);
        }

        if (!_isOver && (isBroken || events.HasFlag(EpollEvents.Writable)) && to.WantsToWrite)
        {
            Move(to);
        }

        if (!_isOver && side == _client && events.HasFlag(EpollEvents.Error) && !from.WantsToRead)
        {
            // Only a read would report the client's reset, and there is no read before the backend accepts what waits for it.
            LimitSilence(RelayEndReason.ClientReset);
        }

        if (!_isOver)
        {
            WatchWhatIsWanted();
        }
    }

    /// <summary>Releases everything except the client's socket, which returns to the owner.</summary>
    public void Dispose()
    {
        // Idempotent: after a failure it runs before the owner is notified.
        _isOver = true;
        _timer?.Cancel();
        _connector?.Stop();
        _client?.Unwatch();
        _backend?.Unwatch();
        _backend?.Socket.Dispose();
        _inbound?.Dispose();
        _outbound?.Dispose();
    }

    private void OnResolved(BackendAddresses answer)
    {
        if (_isOver)
        {
            return;
        }

        if (answer.Problem is { } problem)
        {
            Fail($"{Redirect.Backend.Host}: {problem}");
            return;
        }

        ConnectTo([.. answer.Addresses.Select(address => new IPEndPoint(address, Redirect.Backend.Port))]);
    }

    private void ConnectTo(ImmutableArray<EndPoint> addresses)
    {
        // The connector calls back only once it is assigned.
        _connector = new BackendConnector(_loop, addresses, OnConnecting, OnConnected, () => Fail(_connector!.Tried));
        _connector.TryNext();
    }

    private void OnConnectTimeout()
    {
        string tried = _connector?.Tried ?? $"{Redirect.Backend.Host}: no answer of the name service";
        Fail($"{tried} (connect_timeout {Redirect.ConnectTimeout.TotalSeconds} s)");
    }

    private void OnConnecting(Fd socket, EndPoint address) =>
        _owner.Own.Add(socket, address is IPEndPoint target ? InetEndPoint.Reached(target) : default, Connection);

    private void OnConnected(Fd socket, EndPoint address)
    {
        _timer?.Cancel();
        _connector = null;
        TcpSocket.Tune(socket, Connection.Definition.KeepAlive, Connection.Definition.UserTimeoutMs);
        _client = new RelaySide(this, _loop, Connection.Socket);
        _backend = new RelaySide(this, _loop, socket);
        _inbound = new RelayDirection(Connection.Socket, socket);
        _outbound = new RelayDirection(socket, Connection.Socket);
        _lastMovedMs = _loop.NowMs;
        if (Redirect.ProxyOut is { } version)
        {
            Span<byte> header = stackalloc byte[HeaderWriter.MaxLength];
            _inbound.Begin(header[..HeaderWriter.Write(header, version, Connection.Peer.EndPoint, Connection.Local)]);
        }

        _owner.OnConnected(this, address);
        WatchIdleness();
        WatchWhatIsWanted();
    }

    private void Move(RelayDirection direction)
    {
        RelayStep step = direction.Move(_owner.Scratch);
        bool isClients = direction == _inbound;
        if (step == RelayStep.Moved)
        {
            _lastMovedMs = _loop.NowMs;
        }
        else if (step == RelayStep.SourceBroke && isClients || step == RelayStep.TargetBroke && !isClients)
        {
            End(RelayEndReason.ClientReset);
            return;
        }
        else if (step != RelayStep.Nothing)
        {
            _reason = RelayEndReason.BackendReset;
            _inbound!.Discard(); // set: only a connected relay moves bytes
            if (step == RelayStep.SourceBroke)
            {
                _outbound!.EndSource();
            }
        }

        CheckEnded();
    }

    private void CheckEnded()
    {
        if (!_outbound!.IsEnded) // set: only a connected relay comes here
        {
            return;
        }

        if (_inbound!.IsEnded)
        {
            End(_reason);
        }
        else if (_inbound.IsDiscarding && !_isDraining)
        {
            _isDraining = true;
            _timer?.Cancel();
            _timer = _loop.Schedule(s_drainTime, () => End(_reason));
        }
        else if (!_isDraining)
        {
            LimitSilence(_reason);
        }
    }

    /// <summary>Runs when one side has ended or reset: limits how long the other may be silent.</summary>
    private void LimitSilence(RelayEndReason reason)
    {
        if (_idleLimit is not { } limit || limit > s_silenceAfterEnd)
        {
            _idleLimit = s_silenceAfterEnd;
            _reasonOfSilence = reason;
            WatchIdleness();
        }
    }

    /// <summary>Uses one timer, which is set again if bytes have moved since: cheaper than moving it with every byte.</summary>
    private void WatchIdleness()
    {
        if (_idleLimit is not { } limit)
        {
            return;
        }

        TimeSpan left = limit - TimeSpan.FromMilliseconds(_loop.NowMs - _lastMovedMs);
        _timer?.Cancel();
        if (left > TimeSpan.Zero)
        {
            _timer = _loop.Schedule(left, WatchIdleness);
        }
        else
        {
            End(_reasonOfSilence);
        }
    }

    private void WatchWhatIsWanted()
    {
        bool isWatched = _client!.Watch(_inbound!.WantsToRead, _outbound!.WantsToWrite) // all set: only a connected relay comes here
            && _backend!.Watch(_outbound.WantsToRead, _inbound.WantsToWrite);
        if (!isWatched)
        {
            // Without kernel memory for a watch the relay cannot continue.
            End(RelayEndReason.BackendReset);
        }
    }

    /// <summary>Posted, so that many immediate failures do not recurse.</summary>
    private void Fail(string tried)
    {
        if (!_isOver)
        {
            Dispose();
            _loop.Post(() => _owner.OnFailed(this, tried));
        }
    }

    private void End(RelayEndReason reason)
    {
        _isOver = true;
        // Both directions are set: only a connected relay ends in this way.
        _owner.OnEnded(this, new RelayEnd(reason, _loop.NowMs - _startedMs, _inbound!.Bytes, _outbound!.Bytes));
    }
}
