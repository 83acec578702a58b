using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Watches the connections of living handlers: their time limits, and clients that are gone. Reads no byte of theirs. Loop only.</summary>
/// <remarks>
/// Whether something moves is asked of the kernel's own counters, when a limit would be reached, so a busy connection costs one question
/// per limit. A client that only ends its own side (a half-close) is not gone: the reply is still awaited. But nothing tells it apart from
/// one that has closed, and a handler that is stopped (SIGSTOP, or frozen) will never write to find out. So from the half-close on it is
/// looked whether the handler is stopped; one that is found so twice in a row is ended, since it has nothing to finish for anybody who
/// waits.
/// </remarks>
/// <param name="isStopped">See <see cref="ProcessTrees.IsStopped"/>.</param>
internal sealed class ConnectionWatch(EventLoop loop, Predicate<Handler> isStopped, Action<Handler, EndReason> expired)
{
    // A handler notices a broken connection by itself, and should end in its own way; this is for the one that does not look.
    private static readonly TimeSpan s_goneGrace = TimeSpan.FromSeconds(1);

    // A debugger's look at a handler, or an operator's, takes less; and a half-closed connection costs next to nothing meanwhile.
    private static readonly TimeSpan s_stoppedLook = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Handler, Watch> _watches = [];

    /// <summary>Begins to watch, until <see cref="Remove"/>.</summary>
    public void Add(Handler handler)
    {
        loop.AssertOnLoop();
        var watch = new Watch(loop, handler, isStopped, expired);
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

    private sealed class Watch(EventLoop loop, Handler handler, Predicate<Handler> isStopped, Action<Handler, EndReason> expired)
        : IReadySource, IDisposable
    {
        private LoopTimer? _run;
        private LoopTimer? _firstByte;
        private LoopTimer? _idle;
        private LoopTimer? _gone;
        private LoopTimer? _stopped;
        private WatchToken _token;
        private bool _isWatched;

        private Fd? Socket => handler.KeepsSocket ? handler.Connection.Socket : null;

        public void Start()
        {
            if (handler.Definition.RunTimeout is { } run)
            {
                _run = loop.Schedule(Left(run), () => expired(handler, EndReason.RunTimeout));
            }

            if (Socket is null)
            {
                return;
            }

            if (handler.Definition.FirstByteTimeout is { } first)
            {
                _firstByte = loop.Schedule(Left(first), CheckFirstByte);
            }

            if (handler.Definition.IdleTimeout is { } idle)
            {
                CheckIdleIn(Left(idle));
            }

            // EPOLLHUP and EPOLLERR are always told: the client has reset, or both sides have ended.
            _isWatched = handler.Definition.EndsOrphans && !loop.Watch(Socket, EpollEvents.ReadHangUp, this, out _token).IsError;
        }

        public void OnReady(EpollEvents events)
        {
            if ((events & (EpollEvents.HangUp | EpollEvents.Error)) == 0)
            {
                loop.Rewatch(Socket!, _token, EpollEvents.None); // watched with a socket only
                CheckStopped(wasStopped: false);
                return;
            }

            Unwatch();
            _gone = loop.Schedule(s_goneGrace, () => expired(handler, EndReason.ClientGone));
        }

        public void Dispose()
        {
            Unwatch();
            _run?.Cancel();
            _firstByte?.Cancel();
            _idle?.Cancel();
            _gone?.Cancel();
            _stopped?.Cancel();
        }

        /// <summary>What is left of a limit: all of it, unless superd's last version has launched the handler.</summary>
        private TimeSpan Left(TimeSpan limit)
        {
            TimeSpan left = limit - TimeSpan.FromMilliseconds(loop.NowMs - handler.StartedMs);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        private void CheckFirstByte()
        {
            if (!TcpConnection.ReadTraffic(Socket!, out TcpTraffic traffic).IsError && traffic.BytesIn == 0) // scheduled with a socket only
            {
                expired(handler, EndReason.FirstByteTimeout);
            }
        }

        private void CheckStopped(bool wasStopped) => _stopped = loop.Schedule(s_stoppedLook, () =>
        {
            bool isNow = isStopped(handler);
            if (isNow && wasStopped)
            {
                expired(handler, EndReason.ClientGone);
            }
            else
            {
                CheckStopped(isNow);
            }
        });

        private void CheckIdleIn(TimeSpan delay) => _idle = loop.Schedule(delay, CheckIdle);

        private void CheckIdle()
        {
            if (TcpConnection.ReadTraffic(Socket!, out TcpTraffic traffic).IsError || handler.Definition.IdleTimeout is not { } limit)
            {
                return;
            }

            if (traffic.IdleFor >= limit)
            {
                expired(handler, EndReason.IdleTimeout);
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
                loop.Unwatch(Socket!, _token); // watched with a socket only
            }
        }
    }
}
