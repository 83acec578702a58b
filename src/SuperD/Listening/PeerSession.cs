using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>The conversation of one peer with its handler over datagrams: the socket the two share with superd, and how long the peer has been silent. Loop only.</summary>
/// <remarks>
/// superd sees none of the datagrams. But the kernel notes for the socket when the datagram arrived that a reader was last given, and
/// superd asks for that once per <c>idle_timeout</c> or so.
/// </remarks>
/// <param name="socket">superd's own descriptor of it; owned by the session.</param>
internal sealed class PeerSession(EventLoop loop, IConnectionSink sink, Connection connection, Fd socket, UdpFlow flow) : IDisposable
{
    private long _lastArrivalNs;
    private long _checkedMs;
    private long _activeMs;
    private LoopTimer? _timer;

    public Connection Connection { get; } = connection;

    public Fd Socket { get; } = socket;

    public UdpFlow Flow { get; } = flow;

    /// <summary>The datagram the handler is started for.</summary>
    public DatagramMark First { get; private set; }

    /// <summary>The first datagram is in the socket, the handler not started yet: the silence is counted from here.</summary>
    public void Begin()
    {
        _ = UdpSocket.PeekFirst(Socket, out DatagramMark first);
        First = first;
        _lastArrivalNs = first.ArrivedNs;
        _checkedMs = _activeMs = loop.NowMs;
        if (Connection.Service.Definition.IdleTimeout is { } limit)
        {
            _timer = loop.Schedule(limit, () => Check(limit));
        }
    }

    public void Dispose()
    {
        _timer?.Cancel();
        Socket.Dispose();
    }

    private void Check(TimeSpan limit)
    {
        long now = loop.NowMs;
        long arrivalNs = UdpSocket.LastArrivalNs(Socket);
        if (arrivalNs != _lastArrivalNs)
        {
            // Something has arrived since the last check. How long ago, the wall clock says, as far as that is possible: it may have been set.
            long wallMs = loop.Time.GetUtcNow().ToUnixTimeMilliseconds();
            _activeMs = now - Math.Clamp(wallMs - (arrivalNs / 1_000_000), 0, now - _checkedMs);
            _lastArrivalNs = arrivalNs;
        }

        _checkedMs = now;
        TimeSpan quiet = TimeSpan.FromMilliseconds(now - _activeMs);
        bool isIdle = quiet >= limit;
        _timer = loop.Schedule(isIdle ? limit : limit - quiet, () => Check(limit));
        if (isIdle)
        {
            sink.OnPeerIdle(Connection, quiet);
        }
    }
}
