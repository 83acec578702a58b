using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;
using Microsoft.Extensions.Logging;

namespace SuperD.Reaping;

/// <summary>The running handlers: each is watched by its pidfd, reaped once, and told of with what it used. Loop only.</summary>
internal sealed class Reaper
{
    private static readonly TimeSpan s_watchRetry = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly ILogger _log;
    private readonly Action<Handler> _ended;
    private readonly Dictionary<int, Child> _children = [];

    /// <param name="ended">Told of every handler that was added, once, after it is reaped and has its <see cref="Handler.End"/>.</param>
    public Reaper(EventLoop loop, ILogger log, Action<Handler> ended)
    {
        _loop = loop;
        _log = log;
        _ended = ended;
    }

    /// <summary>Handlers that run.</summary>
    public int Count => _children.Count;

    public IEnumerable<Handler> Handlers => _children.Values.Select(child => child.Handler);

    /// <summary>Takes a handler just launched.</summary>
    /// <param name="stderrPipe">The read end of its stderr, owned by the reaper; null when it is not logged.</param>
    public void Add(Handler handler, Fd? stderrPipe)
    {
        _loop.AssertOnLoop();
        Add(handler, stderrPipe is null ? null : new StderrLog(_loop, handler.Connection, stderrPipe, _log));
    }

    /// <summary>Takes a handler that superd's last version has launched, its child as it was that one's.</summary>
    public void TakeOver(Handler handler, Fd? stderrPipe, StderrHandover? handed)
    {
        _loop.AssertOnLoop();
        Add(handler, stderrPipe is null || handed is null ? null : new StderrLog(_loop, handler.Connection, stderrPipe, handed, _log));
    }

    /// <summary>The handlers that run, as superd's next version is told of them, each with its stderr.</summary>
    public IEnumerable<(Handler Handler, StderrHandover? Stderr)> HandOver(KeptDescriptors kept) =>
        _children.Values.Select(child => (child.Handler, child.Stderr?.HandOver(kept)));

    /// <summary>Reaps a handler that has ended, by its pid; false when no handler has that pid.</summary>
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

    /// <summary>The running handler of a connection; null when it runs no more, or not yet. Looked for one by one.</summary>
    public Handler? Find(Connection connection) => Handlers.FirstOrDefault(handler => handler.Connection == connection);

    private void Add(Handler handler, StderrLog? stderr)
    {
        var child = new Child(this, handler, stderr);
        _children.Add(handler.Pid, child);
        child.Watch();
    }

    private void Reap(Child child)
    {
        Handler handler = child.Handler;
        SysResult result = ChildProcess.Reap(handler.Pidfd, out ExitStatus status, out ResourceUsage usage);
        if (result.IsError)
        {
            _log.ReapFailed(handler.Service.Name, handler.Connection.Id, handler.Pid, Errno.Describe(result.Errno));
        }

        _children.Remove(handler.Pid);
        child.Dispose();
        handler.End = new HandlerEnd(status, usage, _loop.NowMs - handler.StartedMs);
        _ended(handler);
    }

    /// <summary>One handler and what the loop watches of it.</summary>
    private sealed class Child(Reaper reaper, Handler handler, StderrLog? stderr) : IReadySource, IDisposable
    {
        private WatchToken _watch;
        private bool _isWatched;

        public Handler Handler { get; } = handler;

        public StderrLog? Stderr => stderr;

        public void Watch()
        {
            _isWatched = !reaper._loop.Watch(Handler.Pidfd, EpollEvents.Readable, this, out _watch).IsError;
            if (!_isWatched)
            {
                // Out of kernel memory for watches: the handler runs all the same, its end is only noticed later.
                reaper._loop.Schedule(s_watchRetry, Watch);
            }
        }

        public void OnReady(EpollEvents events) => reaper.Reap(this);

        public void Dispose()
        {
            if (_isWatched)
            {
                reaper._loop.Unwatch(Handler.Pidfd, _watch);
            }

            Handler.Pidfd.Dispose();
            stderr?.Finish();
        }
    }
}
