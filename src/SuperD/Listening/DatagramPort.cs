using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>One UDP address of a builtin: binds with retries, and hands on each datagram, to be answered at once. Loop only.</summary>
/// <remarks>Nothing is kept of a datagram or its sender: what cannot be answered now is lost, as any datagram may be.</remarks>
internal sealed class DatagramPort(EventLoop loop, Service service, ListenAddress address, IDatagramSink sink, ILogger log) : IReadySource
{
    /// <summary>Datagrams taken per turn, so that no flood starves the other services.</summary>
    private const int ReceiveBudget = 16;

    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(30);

    // One for all: the loop is one thread, and nothing is kept in it between two datagrams.
    private static readonly byte[] s_scratch = new byte[UdpSocket.MaxDatagramBytes];

    private DatagramSocket? _socket;
    private WatchToken _watch;
    private bool _isWatched;
    private bool _isPaused;
    private TimeSpan _retryDelay = s_firstRetry;
    private LoopTimer? _timer;

    public Service Service => service;

    public bool IsBound => _socket is not null;

    /// <summary>The address it is really bound to: for port 0 the one the kernel chose. Unknown until bound.</summary>
    public LocalAddress BoundTo { get; private set; }

    public ListenAddress Address => address;

    /// <summary>How it is, in a word for people.</summary>
    public string State => IsBound ? Listener.Listening : Listener.Binding;

    /// <summary>Binds and starts to receive; when the address cannot be had now, tries again later, less and less often.</summary>
    public void Open()
    {
        loop.AssertOnLoop();
        SysResult result = DatagramSocket.Bind(address.EndPoint, address.V6Only, out DatagramSocket? socket);
        if (socket is not null)
        {
            result = Watch(socket);
        }

        if (socket is null || result.IsError)
        {
            socket?.Dispose();
            OpenLater(result.Errno);
            return;
        }

        Begin(socket);
        log.Listen(service.Name, BoundTo);
        sink.OnListening(this);
    }

    /// <summary>Goes on with the socket of superd's last version.</summary>
    public void TakeOver(Fd fd)
    {
        var socket = new DatagramSocket(fd);
        SysResult result = Watch(socket);
        if (result.IsError)
        {
            socket.Dispose();
            OpenLater(result.Errno);
            return;
        }

        Begin(socket);
    }

    /// <summary>Tells superd's next version of the socket; null when there is none yet.</summary>
    public ListenerHandover? HandOver(KeptDescriptors kept) => _socket is null ? null : new ListenerHandover
    {
        Socket = kept.Keep(_socket.Fd),
        Kind = ListenerKind.Answered,
        Service = service.Name,
        Address = address.ToString(),
        V6Only = address.V6Only,
        BoundTo = AddressHandover.Of(BoundTo),
    };

    /// <summary>Receives nothing for the time of an upgrade.</summary>
    public void Hold() => Unwatch();

    /// <summary>There was no upgrade: receives again, unless the console has paused it.</summary>
    public void Release()
    {
        if (_socket is not null)
        {
            _ = Watch(_socket);
        }
    }

    /// <summary>Stops receiving, because the console says so.</summary>
    /// <remarks>
    /// What comes stays in the kernel, as clients of other services do, until <see cref="Resume"/>: as much as the socket's buffer holds, and the
    /// rest is lost. To take and drop it would make a paused service cost more than a busy one.
    /// </remarks>
    public void Pause()
    {
        loop.AssertOnLoop();
        _isPaused = true;
        Unwatch();
    }

    /// <summary>Receives again, first of all what has waited.</summary>
    public void Resume()
    {
        loop.AssertOnLoop();
        _isPaused = false;
        if (_socket is not null && Watch(_socket) is { IsError: true } result)
        {
            _socket.Dispose();
            _socket = null;
            OpenLater(result.Errno);
        }
    }

    /// <summary>Closes the socket for good.</summary>
    public void Close()
    {
        loop.AssertOnLoop();
        _timer?.Cancel();
        Unwatch();
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Answers the datagram that is being handed on.</summary>
    public void Reply(ReadOnlySpan<byte> answer) => _ = _socket!.Reply(answer); // called by OnReady only: bound

    public void OnReady(EpollEvents events)
    {
        for (int budget = ReceiveBudget; budget > 0; budget--)
        {
            SysResult result = _socket!.Receive(s_scratch, out InetEndPoint peer, out bool isForMany); // watched = bound
            if (result.Errno == Errno.EAGAIN)
            {
                return;
            }

            // Any other error is one datagram's, with a bad checksum for instance, and the next one may be good.
            if (!result.IsError)
            {
                sink.OnDatagram(this, peer, isForMany, s_scratch.AsSpan(0, result.Value));
            }
        }
    }

    private void Begin(DatagramSocket socket)
    {
        _socket = socket;
        BoundTo = new LocalAddress(Transport.Udp, TcpSocket.LocalEndPoint(socket.Fd));
    }

    private void OpenLater(int errno)
    {
        log.BindFailed(service.Name, address.ToString(), Errno.Describe(errno), _retryDelay.TotalSeconds);
        _timer = loop.Schedule(_retryDelay, Open);
        _retryDelay = TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, s_lastRetry.Ticks));
    }

    private SysResult Watch(DatagramSocket socket)
    {
        if (_isPaused || _isWatched)
        {
            return SysResult.Ok();
        }

        SysResult result = loop.Watch(socket.Fd, EpollEvents.Readable, this, out _watch);
        _isWatched = !result.IsError;
        return result;
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            loop.Unwatch(_socket!.Fd, _watch); // watched = bound
        }
    }
}
