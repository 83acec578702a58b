using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Reaping;

/// <summary>The running handlers: watches each by its pidfd, reaps it once, and reports its exit and resource usage. Loop only.</summary>
internal sealed class Reaper
{
    private static readonly TimeSpan s_watchRetry = TimeSpan.FromMilliseconds(100);

    // The tracer is usually one of the handler's own processes, and is ended with the others.
    private static readonly TimeSpan s_toldHeldAfter = TimeSpan.FromSeconds(1);

    private readonly EventLoop _loop;
    private readonly ILogger _log;
    private readonly Action<Handler> _ending;
    private readonly Action<Handler> _held;
    private readonly Action<Handler> _ended;
    private readonly Allowance _stderrAllowance = StderrLog.NewSharedAllowance();
    private readonly Dictionary<int, Child> _children = [];

    /// <summary>Creates a reaper without handlers.</summary>
    /// <param name="ending">Called for every handler whose process has exited, before it is reaped; again while it is held.</param>
    /// <param name="held">Called once for a handler whose process has exited but cannot be reaped, because another process traces
    /// it.</param>
    /// <param name="ended">Called once for every handler, after it is reaped and has its <see cref="Handler.End"/>.</param>
    public Reaper(EventLoop loop, ILogger log, Action<Handler> ending, Action<Handler> held, Action<Handler> ended)
    {
        _loop = loop;
        _log = log;
        _ending = ending;
        _held = held;
        _ended = ended;
    }

    /// <summary>How many handlers run or are held.</summary>
    public int Count => _children.Count;

    /// <summary>The handlers that run or are held.</summary>
    public IEnumerable<Handler> Handlers => _children.Values.Select(child => child.Handler);

    /// <summary>The handler with this pid; null if there is none.</summary>
    public Handler? Find(int pid) => _children.GetValueOrDefault(pid)?.Handler;

    /// <summary>Adds a handler just launched.</summary>
    /// <param name="pidfdWatch">The watch of its pidfd; the default value if there is none.</param>
    /// <param name="stderrPipe">The read end of its stderr, owned by the reaper; null if stderr is not logged.</param>
    public void Add(Handler handler, WatchToken pidfdWatch, Fd? stderrPipe)
    {
        _loop.AssertOnLoop();
        Add(handler, pidfdWatch, stderrPipe is null ? null : new StderrLog(_loop, handler.Connection, stderrPipe, _stderrAllowance, _log));
    }

    /// <summary>Starts to read a handler's stderr while it runs. What it writes before its exit is read in any case.</summary>
    public void WatchStderr(Handler handler)
    {
        _loop.AssertOnLoop();
        _children[handler.Pid].Stderr?.Watch();
    }

    /// <summary>Inherits a handler that the previous version launched; it is superd's child as it was that version's.</summary>
    public void Inherit(Handler handler, Fd? stderrPipe, StderrHandover? handed)
    {
        _loop.AssertOnLoop();
        Add(
            handler,
            default,
            stderrPipe is null || handed is null
                ? null
                : new StderrLog(_loop, handler.Connection, stderrPipe, handed, _stderrAllowance, _log));
        WatchStderr(handler);
    }

    /// <summary>Hands over the running handlers, each with its stderr.</summary>
    public IEnumerable<(Handler Handler, StderrHandover? Stderr)> HandOver(KeptDescriptors kept) =>
        _children.Values.Select(child => (child.Handler, child.Stderr?.HandOver(kept)));

    /// <summary>Reaps an exited handler by its pid, if it is not held; returns false if no handler has that pid.</summary>
    public bool TryReap(int pid)
    {
        _loop.AssertOnLoop();
        if (!_children.TryGetValue(pid, out Child? child))
        {
            return false;
        }

        child.OnReady(EpollEvents.Readable);
        return true;
    }

    private void Add(Handler handler, WatchToken pidfdWatch, StderrLog? stderr)
    {
        var child = new Child(this, handler, pidfdWatch, stderr);
        _children.Add(handler.Pid, child);
    }

    /// <summary>Reaps a child; returns false while it is held.</summary>
    private bool Reap(Child child)
    {
        Handler handler = child.Handler;
        _ending(handler);
        SysResult result = ChildProcess.Reap(handler.Pidfd, out ExitStatus status, out ResourceUsage usage);
        if (result.Errno == Errno.EAGAIN)
        {
            child.Hold();
            return false;
        }

        if (result.IsError)
        {
            _log.ReapFailed(handler.Service.Name, handler.Connection.Id, handler.Pid, Errno.Describe(result.Errno));
        }

        _children.Remove(handler.Pid);
        child.Dispose();
        handler.End = new HandlerEnd(status, usage, _loop.NowMs - handler.StartedMs);
        _ended(handler);
        return true;
    }

    /// <summary>One handler and what the loop watches for it.</summary>
    private sealed class Child : IReadySource, IDisposable
    {
        private readonly Reaper _reaper;
        private WatchToken _watch;
        private HeldChild? _heldChild;
        private long _heldSinceMs;
        private bool _isToldHeld;

        public Child(Reaper reaper, Handler handler, WatchToken watch, StderrLog? stderr)
        {
            _reaper = reaper;
            _watch = watch;
            Handler = handler;
            Stderr = stderr;
            if (watch == default)
            {
                Watch();
            }
            else
            {
                reaper._loop.Transfer(watch, this);
            }
        }

        public Handler Handler { get; }

        public StderrLog? Stderr { get; }

        public void OnReady(EpollEvents events) => _reaper.Reap(this);

        /// <summary>Runs when it has exited but cannot be reaped: tries again later, until it can.</summary>
        public void Hold()
        {
            long now = _reaper._loop.NowMs;
            if (_heldChild is null)
            {
                Unwatch();
                _heldSinceMs = now;
                _heldChild = new HeldChild(_reaper._loop, () => _reaper.Reap(this));
                _reaper._held(Handler);
            }
            else if (!_isToldHeld && now - _heldSinceMs >= (long)s_toldHeldAfter.TotalMilliseconds)
            {
                _isToldHeld = true;
                _reaper._log.HandlerHeld(Handler.Service.Name, Handler.Connection.Id, Handler.Pid, ChildProcess.TracerOf(Handler.Pid));
            }
        }

        public void Dispose()
        {
            _heldChild?.Cancel();
            Unwatch();
            Handler.Pidfd.Dispose();
            if (Stderr is not null)
            {
                Stderr.Finish();
                Handler.StderrDropped = Stderr.Dropped;
            }
        }

        private void Watch()
        {
            if (_reaper._loop.Watch(Handler.Pidfd, EpollEvents.Readable, this, out WatchToken watch).IsError)
            {
                // Without kernel memory for a watch, the handler still runs; its exit is only noticed later.
                _reaper._loop.Schedule(s_watchRetry, Watch);
            }
            else
            {
                _watch = watch;
            }
        }

        private void Unwatch()
        {
            if (_watch != default)
            {
                _reaper._loop.Unwatch(Handler.Pidfd, _watch);
                _watch = default;
            }
        }
    }
}
