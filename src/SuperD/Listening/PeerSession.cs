using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>
/// The conversation of one peer with its handler over datagrams: their socket, and how long the peer has been silent. Loop only.
/// </summary>
/// <remarks>
/// superd sees none of the datagrams. But the kernel records when the datagram arrived that was last read from the socket, and superd asks
/// for that about once per <c>idle_timeout</c>.
/// </remarks>
internal sealed class PeerSession : IDisposable
{
    private readonly EventLoop _loop;
    private readonly IConnectionSink _sink;
    private readonly TimeSpan? _limit;
    private long _lastArrivalNs;
    private long _checkedMs;
    private long _activeMs;
    private LoopTimer? _timer;

    /// <summary>A new session; the first datagram is in the socket.</summary>
    /// <param name="socket">superd's own descriptor; owned by the session.</param>
    /// <param name="first">The datagram that the handler is started for.</param>
    public PeerSession(EventLoop loop, IConnectionSink sink, Connection connection, Fd socket, UdpFlow flow, DatagramMark first)
    {
        _loop = loop;
        _sink = sink;
        Connection = connection;
        Socket = socket;
        Flow = flow;
        First = first;
        _lastArrivalNs = first.ArrivedNs;
        _checkedMs = _activeMs = loop.NowMs;
        _limit = connection.Definition.IdleTimeout;
        if (_limit is { } limit)
        {
            _timer = loop.Schedule(limit, () => Check(limit));
        }
    }

    /// <summary>A session of superd's last version; checks at once how long the peer has been silent.</summary>
    public PeerSession(EventLoop loop, IConnectionSink sink, Connection connection, Fd socket, PeerSessionHandover handed)
    {
        _loop = loop;
        _sink = sink;
        Connection = connection;
        Socket = socket;
        Flow = new UdpFlow(AddressHandover.EndPointOf(handed.Peer), AddressHandover.EndPointOf(handed.Local), handed.Scope);
        First = handed.First.ToMark();
        _lastArrivalNs = handed.LastArrivalNs;
        _checkedMs = handed.CheckedMs;
        _activeMs = handed.ActiveMs;
        _limit = handed.IdleLimit;
        if (_limit is { } limit)
        {
            _timer = loop.Schedule(TimeSpan.Zero, () => Check(limit));
        }
    }

    public Connection Connection { get; }

    public Fd Socket { get; }

    public UdpFlow Flow { get; }

    /// <summary>The datagram that the handler was started for.</summary>
    public DatagramMark First { get; }

    public PeerSessionHandover HandOver(KeptDescriptors kept) => new(
        Connection.Id,
        kept.Keep(Socket),
        Flow.Peer.ToString(),
        Flow.Local.ToString(),
        Flow.Scope,
        MarkHandover.Of(First),
        _limit,
        _lastArrivalNs,
        _checkedMs,
        _activeMs);

    public void Dispose()
    {
        _timer?.Cancel();
        Socket.Dispose();
    }

    private void Check(TimeSpan limit)
    {
        long now = _loop.NowMs;
        long arrivalNs = UdpSocket.LastArrivalNs(Socket);
        if (arrivalNs != _lastArrivalNs)
        {
            // A datagram has arrived since the last check. The wall clock tells how long ago, within bounds, because it may have been set.
            long wallMs = _loop.Time.GetUtcNow().ToUnixTimeMilliseconds();
            _activeMs = now - Math.Clamp(wallMs - (arrivalNs / 1_000_000), 0, now - _checkedMs);
            _lastArrivalNs = arrivalNs;
        }

        _checkedMs = now;
        TimeSpan quiet = TimeSpan.FromMilliseconds(now - _activeMs);
        bool isIdle = quiet >= limit;
        _timer = _loop.Schedule(isIdle ? limit : limit - quiet, () => Check(limit));
        if (isIdle)
        {
            _sink.OnPeerIdle(Connection);
        }
    }
}
