using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Watches the connections of living handlers: their time limits, and clients that are gone. Reads no byte of theirs. Loop only.</summary>
/// <remarks>
/// Whether something moves is asked of the kernel's own counters, when a limit would be reached, so a busy connection costs one question
/// per limit. A client that only ends its own side (a half-close) is not gone: the reply is still awaited.
/// </remarks>
internal sealed class ConnectionWatch(EventLoop loop, Action<Handler, EndReason> expired)
{
    // A handler notices a broken connection by itself, and should end in its own way; this is for the one that does not look.
    private static readonly TimeSpan s_goneGrace = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Handler, Watch> _watches = [];

    private EventLoop Loop => loop;

    /// <summary>Begins to watch, until <see cref="Remove"/>.</summary>
    public void Add(Handler handler)
    {
        loop.AssertOnLoop();
        var watch = new Watch(this, handler);
        _watches.Add(handler, watch);
        watch.Start();
    }

    /// <summary>The handler has ended.</summary>
    public void Remove(Handler handler)
    {
        if (_watches.Remove(handler, out Watch? watch))
        {
            watch.Dispose();
        }
    }

    private void Expire(Handler handler, EndReason reason) => expired(handler, reason);

    private sealed class Watch(ConnectionWatch owner, Handler handler) : IReadySource, IDisposable
    {
        private readonly List<LoopTimer> _timers = new(0);
        private LoopTimer? _idle;
        private WatchToken _token;
        private bool _isWatched;

        private Fd? Socket => handler.KeepsSocket ? handler.Connection.Socket : null;

        public void Start()
        {
            if (handler.Definition.RunTimeout is { } run)
            {
                Limit(Left(run), () => owner.Expire(handler, EndReason.RunTimeout));
            }

            if (Socket is null)
            {
                return;
            }

            if (handler.Definition.FirstByteTimeout is { } first)
            {
                Limit(Left(first), CheckFirstByte);
            }

            if (handler.Definition.IdleTimeout is { } idle)
            {
                CheckIdleIn(Left(idle));
            }

            // Nothing but EPOLLHUP and EPOLLERR, which are always told: the client has reset, or both sides have ended.
            _isWatched = handler.Definition.EndsOrphans && !owner.Loop.Watch(Socket, EpollEvents.None, this, out _token).IsError;
        }

        public void OnReady(EpollEvents events)
        {
            Unwatch();
            Limit(s_goneGrace, () => owner.Expire(handler, EndReason.ClientGone));
        }

        public void Dispose()
        {
            Unwatch();
            _timers.ForEach(timer => timer.Cancel());
            _idle?.Cancel();
        }

        private void Limit(TimeSpan time, Action check) => _timers.Add(owner.Loop.Schedule(time, check));

        /// <summary>What is left of a limit: all of it, unless superd's last version has launched the handler.</summary>
        private TimeSpan Left(TimeSpan limit)
        {
            TimeSpan left = limit - TimeSpan.FromMilliseconds(owner.Loop.NowMs - handler.StartedMs);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        private void CheckFirstByte()
        {
            if (!TcpConnection.ReadTraffic(Socket!, out TcpTraffic traffic).IsError && traffic.BytesIn == 0) // scheduled with a socket only
            {
                owner.Expire(handler, EndReason.FirstByteTimeout);
            }
        }

        private void CheckIdleIn(TimeSpan delay) => _idle = owner.Loop.Schedule(delay, CheckIdle);

        private void CheckIdle()
        {
            if (TcpConnection.ReadTraffic(Socket!, out TcpTraffic traffic).IsError || handler.Definition.IdleTimeout is not { } limit)
            {
                return;
            }

            if (traffic.IdleFor >= limit)
            {
                owner.Expire(handler, EndReason.IdleTimeout);
            }
            else
            {
                CheckIdleIn(limit - traffic.IdleFor);
            }
        }

        private void Unwatch()
        {
            if (_isWatched)
            {
                _isWatched = false;
                owner.Loop.Unwatch(Socket!, _token); // watched with a socket only
            }
        }
    }
}
