using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Watches the connections of running handlers for time limits and vanished clients. Reads none of their bytes. Loop only.
/// </summary>
/// <remarks>
/// It asks the kernel's counters for traffic only when a limit would be reached, so a busy connection costs one query per limit. A
/// half-close by the client does not end the handler, because the client still awaits the reply. A full close looks the same, however, and
/// a stopped handler (SIGSTOP, or frozen) never writes and so never finds out. So from the half-close on, superd checks whether the handler
/// is stopped, and ends a handler that is stopped at two checks in a row: nobody waits for what it has to finish. A service whose program
/// overlooks the end of its input has <c>gone_timeout</c>, which begins at the half-close; an upgrade begins it anew.
/// </remarks>
/// <param name="isStopped">See <see cref="ProcessTrees.IsStopped"/>.</param>
internal sealed class ConnectionWatch(EventLoop loop, Predicate<Handler> isStopped, Action<Handler, EndReason> expired)
{
    // A handler notices a broken connection by itself and should end in its own way; this catches a handler that never looks.
    private static readonly TimeSpan s_goneGrace = TimeSpan.FromSeconds(1);

    // Longer than a debugger or an operator usually stops a handler; a half-closed connection costs next to nothing meanwhile.
    private static readonly TimeSpan s_stoppedLook = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Handler, Watch> _watches = [];

    /// <summary>Starts to watch a handler; <see cref="Remove"/> stops it.</summary>
    public void Add(Handler handler)
    {
        loop.AssertOnLoop();
        var watch = new Watch(loop, handler, isStopped, expired);
        _watches.Add(handler, watch);
        watch.Start();
    }

    /// <summary>Runs when the handler has ended.</summary>
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

            // epoll always reports EPOLLHUP and EPOLLERR: the client has reset, or both sides are closed.
            bool isWanted = handler.Definition.EndsOrphans || handler.Definition.GoneTimeout is not null;
            _isWatched = isWanted && !loop.Watch(Socket, EpollEvents.ReadHangUp, this, out _token).IsError;
        }

        public void OnReady(EpollEvents events)
        {
            if ((events & (EpollEvents.HangUp | EpollEvents.Error)) == 0)
            {
                loop.Rewatch(Socket!, _token, EpollEvents.None); // only a handler with a socket is watched
                CheckStopped(wasStopped: false);
                EndGoneIn(handler.Definition.GoneTimeout);
                return;
            }

            Unwatch();
            if (handler.Definition.EndsOrphans)
            {
                _gone?.Cancel();
                EndGoneIn(s_goneGrace);
            }
            else if (_gone is null)
            {
                EndGoneIn(handler.Definition.GoneTimeout);
            }
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

        /// <summary>What is left of a limit: less than all of it only if the previous version launched the handler.</summary>
        private TimeSpan Left(TimeSpan limit)
        {
            TimeSpan left = limit - TimeSpan.FromMilliseconds(loop.NowMs - handler.StartedMs);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        private void CheckFirstByte()
        {
            // Scheduled only for a handler with a socket.
            if (!TcpConnection.ReadTraffic(Socket!, out TcpTraffic traffic).IsError && traffic.BytesIn == 0)
            {
                expired(handler, EndReason.FirstByteTimeout);
            }
        }

        private void EndGoneIn(TimeSpan? delay)
        {
            if (delay is { } time)
            {
                _gone = loop.Schedule(time, () => expired(handler, EndReason.ClientGone));
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
                loop.Unwatch(Socket!, _token); // only a handler with a socket is watched
            }
        }
    }
}
