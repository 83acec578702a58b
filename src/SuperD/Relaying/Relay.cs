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
/// The two directions end each by itself, so a client that has said all it has to say (shutdown(2)) still gets its answer. What ends both:
/// <list type="bullet">
/// <item>The client breaks off: nobody is left to serve, once the backend has what came before; it may take none of it for a minute at most.</item>
/// <item>The backend breaks off: what it has sent is delivered, and what the client still sends is read and thrown away for a moment, because
/// closing a socket with unread data resets it, and takes the answer along.</item>
/// <item>The backend has ended, and the client, told so, is silent for a minute: a backend that is gone altogether looks just like one that
/// still listens.</item>
/// <item>No byte moves for <c>idle_timeout</c>; superd ends.</item>
/// </list>
/// </remarks>
internal sealed class Relay : IConnectionServer, IDisposable
{
    /// <summary>As long as Linux itself waits for the other side of a closed connection (tcp_fin_timeout).</summary>
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

    /// <param name="startedMs">When it began, in the loop's <c>NowMs</c>.</param>
    public Relay(Relays owner, EventLoop loop, Connection connection, long startedMs)
    {
        _owner = owner;
        _loop = loop;
        _redirect = connection.Definition.Redirect; // null where it is one no more, and then there is a backend already
        _idleLimit = connection.Definition.IdleTimeout;
        _startedMs = startedMs;
        Connection = connection;
    }

    public Connection Connection { get; }

    public ServingState State => new(_backend is null ? "connecting" : "relaying", _startedMs)
    {
        IdleMs = _backend is null ? null : _loop.NowMs - _lastMovedMs,
        BytesIn = BytesIn,
        BytesOut = BytesOut,
    };

    /// <summary>Bytes of the client that the backend got so far.</summary>
    private long BytesIn => _inbound?.Bytes ?? 0;

    /// <summary>Bytes of the backend that the client got so far.</summary>
    private long BytesOut => _outbound?.Bytes ?? 0;

    /// <summary>Where to, and how; asked for only as long as there is no backend.</summary>
    private RedirectDefinition Redirect => _redirect ?? throw new InvalidOperationException("only redirect services look for a backend");

    /// <summary>Looks for the backend; from here on the owner is told what becomes of it.</summary>
    public void Start()
    {
        TcpSocket.Tune(Connection.Socket, keepAlive: false);
        _timer = _loop.Schedule(Redirect.ConnectTimeout, OnConnectTimeout);
        if (Redirect.Backend is { Address: { } address })
        {
            ConnectTo([address]);
        }
        else
        {
            _owner.Resolver.Resolve(Redirect.Backend.Host!, OnResolved); // without an address there is a name
        }
    }

    /// <summary>Tells superd's next version of it; null when it has failed, and that is about to be told.</summary>
    public RelayHandover? HandOver(KeptDescriptors kept) => _isOver ? null : new RelayHandover
    {
        Connection = ConnectionHandover.Of(Connection, kept.Keep(Connection.Socket)),
        StartedMs = _startedMs,
        Relayed = _backend is null ? null : new RelayedHandover(
            kept.Keep(_backend.Socket),
            _inbound!.HandOver(), // connected
            _outbound!.HandOver(),
            _idleLimit,
            _lastMovedMs,
            _reason,
            _reasonOfSilence,
            _isDraining ? _timer?.DueMs : null),
    };

    /// <summary>Ends it as an operator asked.</summary>
    public void End() => Stop(RelayEndReason.Operator);

    /// <summary>Goes on where superd's last version was.</summary>
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

    /// <summary>A side is ready: each direction that it lets move gets one turn.</summary>
    public void OnReady(RelaySide side, EpollEvents events)
    {
        // A side that is broken is readable and writable: the call that fails tells what it is.
        bool isBroken = (events & (EpollEvents.HangUp | EpollEvents.Error)) != 0;
        (RelayDirection from, RelayDirection to) = side == _client ? (_inbound!, _outbound!) : (_outbound!, _inbound!); // ready = connected
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
            // Only a read would tell that the client broke off, and none comes before the backend takes what waits for it.
            LimitSilence(RelayEndReason.ClientReset);
        }

        if (!_isOver)
        {
            WatchWhatIsWanted();
        }
    }

    /// <summary>Lets go of everything but the client's socket, which is the owner's again.</summary>
    public void Dispose()
    {
        // Twice is well: after a failure it is done before the owner is told.
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
        _connector = new BackendConnector(_loop, addresses, OnConnecting, OnConnected, () => Fail(_connector!.Tried)); // called by it, so it is there
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
        TcpSocket.Tune(socket, Connection.Definition.KeepAlive);
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
            _inbound!.Discard(); // connected, or nothing would move
            if (step == RelayStep.SourceBroke)
            {
                _outbound!.EndSource();
            }
        }

        CheckEnded();
    }

    private void CheckEnded()
    {
        if (!_outbound!.IsEnded) // connected
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

    /// <summary>One side has ended or broken off: the silence of the other is not waited out for ever.</summary>
    private void LimitSilence(RelayEndReason reason)
    {
        if (_idleLimit is not { } limit || limit > s_silenceAfterEnd)
        {
            _idleLimit = s_silenceAfterEnd;
            _reasonOfSilence = reason;
            WatchIdleness();
        }
    }

    /// <summary>One timer, set anew when it finds that bytes have moved since: cheaper than to move it with every byte.</summary>
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
        bool isWatched = _client!.Watch(_inbound!.WantsToRead, _outbound!.WantsToWrite) // connected
            && _backend!.Watch(_outbound.WantsToRead, _inbound.WantsToWrite);
        if (!isWatched)
        {
            // The kernel has no memory for a watch: this relay can go no further.
            End(RelayEndReason.BackendReset);
        }
    }

    /// <summary>Told in the loop's next round, so that a row of relays that fail at once is not a tower of calls.</summary>
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
        _owner.OnEnded(this, new RelayEnd(reason, _loop.NowMs - _startedMs, _inbound!.Bytes, _outbound!.Bytes)); // only what was connected ends
    }
}
