using System.Collections.Concurrent;
using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>
/// The one thread that owns all mutable state: it waits for descriptors, timers and posted work, and runs each to completion.
/// </summary>
/// <remarks>
/// Nothing on it may block. Other threads change state only through <see cref="Post"/>. Each watch has a token that is never reused, so an
/// event of a descriptor that was unwatched earlier in the same round is dropped, even if its number has a new owner.
/// An exception is a bug: it leaves <see cref="Run"/> and ends the process, because the state is in doubt.
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

    /// <summary>Creates a loop that belongs to the calling thread until <see cref="Enter"/> or <see cref="Run"/>.</summary>
    public EventLoop(TimeProvider time)
    {
        _time = time;
        _timers = new TimerQueue(Turns);
        _ticksPerMs = time.TimestampFrequency / 1000;
        _threadId = Environment.CurrentManagedThreadId;
        _ = Watch(_wake.Fd, EpollEvents.Readable, this, out _);
    }

    /// <summary>The source of the loop's time.</summary>
    public TimeProvider Time => _time;

    /// <summary>Runs after everything that was ready or due; null runs nothing. Loop only.</summary>
    public Action? AfterRound { get; set; }

    /// <summary>Times the loop's turns, for <see cref="TurnWatcher"/>.</summary>
    public TurnClock Turns { get; } = new();

    /// <summary>How many times the loop has waited for events. Loop only.</summary>
    public long Round { get; private set; }

    /// <summary>Milliseconds of a monotonic clock; only differences mean anything. Any thread.</summary>
    public long NowMs => _time.GetTimestamp() / _ticksPerMs;

    /// <summary>Throws if the caller is not on the loop's thread. The first line of every method that changes state.</summary>
    public void AssertOnLoop()
    {
        if (Environment.CurrentManagedThreadId != _threadId)
        {
            throw new InvalidOperationException("state of the loop was touched from another thread");
        }
    }

    /// <summary>Makes the calling thread the loop's, in place of the thread that created the loop.</summary>
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
                    if (source != this) // each posted action counts as a step of its own
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

    /// <summary>Ends <see cref="Run"/> after the current round. Loop only.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>
    /// Runs an action on the loop, in the order in which each thread posts. Drops it if the loop has stopped or is disposed. Any thread.
    /// </summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
        {
            _wake.Signal();
        }
    }

    /// <summary>Whether posted work has not run yet. Loop only; another thread may post at any time.</summary>
    public bool HasPosted => !_posted.IsEmpty;

    /// <summary>
    /// Watches a descriptor and notifies <paramref name="source"/> when it is ready, until <see cref="Unwatch"/>. Loop only.
    /// </summary>
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

    /// <summary>Changes the events that a descriptor is watched for. Loop only.</summary>
    public void Rewatch(Fd fd, WatchToken token, EpollEvents events)
    {
        AssertOnLoop();

        // epoll_ctl(2): modifying a registered descriptor cannot fail.
        _ = _epoll.Modify(fd, events, token.Value);
    }

    /// <summary>Sends the events of a watched descriptor to another source. Loop only.</summary>
    public void Transfer(WatchToken token, IReadySource source)
    {
        AssertOnLoop();
        _entries[(uint)token.Value].Source = source;
    }

    /// <summary>
    /// Stops watching a descriptor; call it before closing. Events of it that were already collected are dropped. Loop only.
    /// </summary>
    public void Unwatch(Fd fd, WatchToken token)
    {
        AssertOnLoop();
        _ = _epoll.Remove(fd);
        Release(token);
    }

    /// <summary>Runs an action once, after a delay; see <see cref="LoopTimer.Cancel"/>. Loop only.</summary>
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

    /// <summary>Drains the posted work.</summary>
    void IReadySource.OnReady(EpollEvents events)
    {
        _wake.Clear();

        // Cleared before the queue is drained, so that work posted from here on wakes the loop again.
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

/// <summary>Identifies one watch of the loop; the default value means none.</summary>
internal readonly record struct WatchToken(ulong Value);
