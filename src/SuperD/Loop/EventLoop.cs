using System.Collections.Concurrent;
using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>The one thread that owns all mutable state: it waits for descriptors, timers and posted work, and runs each to its end.</summary>
/// <remarks>
/// Nothing on it may block. Every other thread changes state by <see cref="Post"/> only. A watch is known by a token that is never
/// used twice, so an event of a descriptor that was unwatched earlier in the same round is dropped, whoever owns its number now.
/// An exception is a bug: it leaves <see cref="Run"/>, and the process ends, because the state is in doubt.
/// </remarks>
internal sealed class EventLoop : IReadySource, IDisposable
{
    private const int EventsPerRound = 128;

    private readonly Epoll _epoll = new(EventsPerRound);
    private readonly EventFd _wake = EventFd.Create();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly TimerQueue _timers;
    private readonly TimeProvider _time;
    private readonly long _ticksPerMs;
    private readonly Stack<int> _freeEntries = new();
    private Entry[] _entries = new Entry[64];
    private int _entryCount;
    private int _wakePending;
    private int _threadId;
    private bool _isStopped;

    public EventLoop(TimeProvider time)
    {
        _time = time;
        _timers = new TimerQueue(Turns);
        _ticksPerMs = time.TimestampFrequency / 1000;
        _threadId = Environment.CurrentManagedThreadId;
        _ = Watch(_wake.Fd, EpollEvents.Readable, this, out _);
    }

    /// <summary>Where the loop's time comes from.</summary>
    public TimeProvider Time => _time;

    /// <summary>Runs after all that was ready or due has run; null = nothing. Loop only.</summary>
    public Action? AfterRound { get; set; }

    /// <summary>What the loop does, for <see cref="TurnWatcher"/>, and how long it has taken at most.</summary>
    public TurnClock Turns { get; } = new();

    /// <summary>How often it has waited for events. Loop only.</summary>
    public long Round { get; private set; }

    /// <summary>Milliseconds of a monotonic clock; only differences mean anything. Any thread.</summary>
    public long NowMs => _time.GetTimestamp() / _ticksPerMs;

    /// <summary>Throws when the caller is not on the loop's thread. First line of whatever changes state.</summary>
    public void AssertOnLoop()
    {
        if (Environment.CurrentManagedThreadId != _threadId)
        {
            throw new InvalidOperationException("state of the loop was touched from another thread");
        }
    }

    /// <summary>The calling thread becomes the loop's, in place of the one that made the loop.</summary>
    public void Enter() => _threadId = Environment.CurrentManagedThreadId;

    /// <summary>Runs until <see cref="Stop"/>, on the calling thread, which becomes the loop's.</summary>
    public void Run()
    {
        Enter();
        long now = NowMs;
        while (!_isStopped)
        {
            int count = _epoll.Wait(_timers.MillisecondsUntilNext(now));
            Round++;
            Turns.Begin(NowMs);
            for (int i = 0; i < count; i++)
            {
                (ulong token, EpollEvents events) = _epoll.Event(i);
                if (Find(token) is { } source)
                {
                    if (source != this) // what was posted is a step each
                    {
                        Turns.Step(source);
                    }

                    source.OnReady(events);
                }
            }

            now = NowMs;
            if (_timers.RunDue(now))
            {
                now = NowMs;
            }

            AfterRound?.Invoke();
            Turns.End(now);
        }
    }

    /// <summary>Ends <see cref="Run"/> after the present round. Loop only.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>Has the loop run something. Any thread; in the order posted by each. Dropped when the loop has stopped, or is disposed.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
        {
            _wake.Signal();
        }
    }

    /// <summary>Whether something was posted that has not run yet. Loop only; another thread may post at any time.</summary>
    public bool HasPosted => !_posted.IsEmpty;

    /// <summary>Watches a descriptor; <paramref name="source"/> is told when it is ready, until <see cref="Unwatch"/>. Loop only.</summary>
    /// <returns>0, or ENOMEM, ENOSPC of epoll_ctl(2): then nothing is watched.</returns>
    public SysResult Watch(Fd fd, EpollEvents events, IReadySource source, out WatchToken token)
    {
        AssertOnLoop();
        int index = _freeEntries.Count > 0 ? _freeEntries.Pop() : _entryCount++;
        if (index == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        ref Entry entry = ref _entries[index];
        entry.Generation++;
        entry.Source = source;
        token = new WatchToken(((ulong)entry.Generation << 32) | (uint)index);
        SysResult result = _epoll.Add(fd, events, token.Value);
        if (result.IsError)
        {
            Release(token);
        }

        return result;
    }

    /// <summary>Changes what a watched descriptor is watched for. Loop only.</summary>
    public void Rewatch(Fd fd, WatchToken token, EpollEvents events)
    {
        AssertOnLoop();

        // epoll_ctl(2): of a descriptor that is watched, nothing about a modification can fail.
        _ = _epoll.Modify(fd, events, token.Value);
    }

    /// <summary>Has another be told when a watched descriptor is ready. Loop only.</summary>
    public void Transfer(WatchToken token, IReadySource source)
    {
        AssertOnLoop();
        _entries[(uint)token.Value].Source = source;
    }

    /// <summary>Stops watching a descriptor. Before it is closed; events of it that were already collected are dropped. Loop only.</summary>
    public void Unwatch(Fd fd, WatchToken token)
    {
        AssertOnLoop();
        _ = _epoll.Remove(fd);
        Release(token);
    }

    /// <summary>Runs something once, after a delay; see <see cref="LoopTimer.Cancel"/>. Loop only.</summary>
    public LoopTimer Schedule(TimeSpan delay, Action action)
    {
        AssertOnLoop();
        return _timers.Add(NowMs + (long)Math.Ceiling(delay.TotalMilliseconds), action);
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _wake.Dispose();
    }

    /// <summary>The wake-up descriptor: somebody posted.</summary>
    void IReadySource.OnReady(EpollEvents events)
    {
        _wake.Clear();

        // Cleared before the queue is emptied: work posted from here on wakes the loop again.
        Interlocked.Exchange(ref _wakePending, 0);
        while (_posted.TryDequeue(out Action? action))
        {
            Turns.Step(action);
            action();
        }
    }

    private IReadySource? Find(ulong token)
    {
        ref Entry entry = ref _entries[(uint)token];
        return entry.Generation == (uint)(token >> 32) ? entry.Source : null;
    }

    private void Release(WatchToken token)
    {
        int index = (int)(uint)token.Value;
        _entries[index].Source = null;
        _entries[index].Generation++;
        _freeEntries.Push(index);
    }

    private struct Entry
    {
        public uint Generation;
        public IReadySource? Source;
    }
}

/// <summary>One watch of the loop; the default value stands for none.</summary>
internal readonly record struct WatchToken(ulong Value);
