using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;
using Microsoft.Extensions.Logging;

namespace SuperD.Reaping;

/// <summary>How a handler ended.</summary>
/// <param name="DurationMs">From launch to reaping.</param>
internal readonly record struct HandlerEnd(ExitStatus Status, ResourceUsage Usage, long DurationMs);

/// <summary>The running handlers: each is watched by its pidfd, reaped once, and told of with what it used. Loop only.</summary>
internal sealed class Reaper
{
    private static readonly TimeSpan s_watchRetry = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly ILogger _log;
    private readonly Action<Handler, HandlerEnd> _ended;
    private readonly Dictionary<int, Child> _children = [];

    /// <param name="ended">Told of every handler that was added, once, after it is reaped.</param>
    public Reaper(EventLoop loop, ILogger log, Action<Handler, HandlerEnd> ended)
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
        var child = new Child(this, handler, stderrPipe is null ? null : new StderrLog(_loop, handler.Connection, stderrPipe, _log));
        _children.Add(handler.Pid, child);
        child.Watch();
    }

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

    /// <summary>Has the handler of a connection end: SIGTERM to its group now, SIGKILL after <c>stop_grace</c>.</summary>
    /// <returns>False when it runs no more, does not run yet, or has been told already.</returns>
    public bool Stop(Connection connection)
    {
        _loop.AssertOnLoop();

        // Looked for one by one: it happens once in a handler's life, if at all.
        return _children.Values.FirstOrDefault(child => child.Handler.Connection == connection)?.Stop() ?? false;
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
        _ended(handler, new HandlerEnd(status, usage, _loop.NowMs - handler.StartedMs));
    }

    /// <summary>One handler and what the loop watches of it.</summary>
    private sealed class Child(Reaper reaper, Handler handler, StderrLog? stderr) : IReadySource, IDisposable
    {
        private WatchToken _watch;
        private bool _isWatched;
        private LoopTimer? _kill;

        public Handler Handler { get; } = handler;

        public void Watch()
        {
            _isWatched = !reaper._loop.Watch(Handler.Pidfd, EpollEvents.Readable, this, out _watch).IsError;
            if (!_isWatched)
            {
                // Out of kernel memory for watches: the handler runs all the same, its end is only noticed later.
                reaper._loop.Schedule(s_watchRetry, Watch);
            }
        }

        public bool Stop()
        {
            if (_kill is not null)
            {
                return false;
            }

            Handler.Signal(Signal.SIGTERM);
            _kill = reaper._loop.Schedule(Handler.Definition.StopGrace, () => Handler.Signal(Signal.SIGKILL));
            return true;
        }

        public void OnReady(EpollEvents events) => reaper.Reap(this);

        public void Dispose()
        {
            _kill?.Cancel();
            if (_isWatched)
            {
                reaper._loop.Unwatch(Handler.Pidfd, _watch);
            }

            Handler.Pidfd.Dispose();
            stderr?.Finish();
        }
    }
}
