using NUnit.Framework;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Tests.Support;

namespace SuperD.Tests.Loop;

/// <summary>The thread that owns all state: work from other threads, timers, and descriptors that come and go.</summary>
public sealed class EventLoopTests
{
    private readonly List<IDisposable> _garbage = [];
    private EventLoop _loop = null!; // set up before each test

    [SetUp]
    public void MakeLoop() => _loop = new EventLoop(TimeProvider.System);

    [TearDown]
    public void DisposeAll()
    {
        _garbage.ForEach(item => item.Dispose());
        _garbage.Clear();
        _loop.Dispose();
    }

    [Test]
    public void What_is_posted_too_late_is_dropped()
    {
        bool ran = false;
        _loop.Post(_loop.Stop);
        _loop.Run();
        _loop.Dispose();

        Assert.That(() => _loop.Post(() => ran = true), Throws.Nothing);

        Assert.That(ran, Is.False);
    }

    [Test]
    public void What_many_threads_post_runs_once_each_on_the_loop_in_the_order_of_each_thread()
    {
        const int ThreadCount = 8;
        const int Posts = 2000;
        var ran = new List<(int Thread, int Number)>();
        var wrongThreads = new List<int>();
        int loopThread = 0;
        var posters = new HelperThreads(ThreadCount, thread =>
        {
            for (int i = 0; i < Posts; i++)
            {
                int number = i;
                _loop.Post(() =>
                {
                    ran.Add((thread, number));
                    if (Environment.CurrentManagedThreadId != loopThread)
                    {
                        wrongThreads.Add(Environment.CurrentManagedThreadId);
                    }

                    if (ran.Count == ThreadCount * Posts)
                    {
                        _loop.Stop();
                    }
                });
            }
        });

        RunLoop(() => loopThread = Environment.CurrentManagedThreadId);
        posters.Join();

        Assert.That(wrongThreads, Is.Empty);
        Assert.That(ran, Has.Count.EqualTo(ThreadCount * Posts));
        for (int thread = 0; thread < ThreadCount; thread++)
        {
            Assert.That(ran.Where(post => post.Thread == thread).Select(post => post.Number), Is.EqualTo(Enumerable.Range(0, Posts)));
        }
    }

    [Test]
    public void A_loop_at_rest_wakes_for_every_single_post()
    {
        using var done = new SemaphoreSlim(0);
        Task loop = Task.Run(_loop.Run);

        for (int i = 0; i < 200; i++)
        {
            _loop.Post(() => done.Release());
            Assert.That(done.Wait(Patience.Limit), Is.True, $"post {i} was lost");
        }

        _loop.Post(_loop.Stop);
        Assert.That(loop.Wait(Patience.Limit), Is.True);
    }

    [Test]
    public void What_is_posted_on_the_loop_itself_runs_too()
    {
        bool ran = false;
        _loop.Post(() => _loop.Post(() =>
        {
            ran = true;
            _loop.Stop();
        }));

        RunLoop();

        Assert.That(ran, Is.True);
    }

    [Test]
    public void Timers_run_in_their_order_not_before_their_time_and_not_when_cancelled()
    {
        var ran = new List<(string Name, long AtMs)>();
        long start = _loop.NowMs;
        void Schedule(string name, int delayMs) =>
            _loop.Schedule(TimeSpan.FromMilliseconds(delayMs), () => ran.Add((name, _loop.NowMs - start)));
        Schedule("second", 40);
        Schedule("first", 5);
        LoopTimer cancelled = _loop.Schedule(TimeSpan.FromMilliseconds(20), () => ran.Add(("cancelled", 0)));
        _loop.Schedule(TimeSpan.FromMilliseconds(10), cancelled.Cancel);
        _loop.Schedule(TimeSpan.FromMilliseconds(60), _loop.Stop);

        RunLoop();

        Assert.That(ran.Select(timer => timer.Name), Is.EqualTo(new[] { "first", "second" }));
        Assert.That(ran[0].AtMs, Is.GreaterThanOrEqualTo(5));
        Assert.That(ran[1].AtMs, Is.GreaterThanOrEqualTo(40));
    }

    [Test]
    public void A_watched_descriptor_is_reported_until_it_is_unwatched()
    {
        EventFd ready = Ready();
        int reports = 0;
        WatchToken token = default;
        _ = _loop.Watch(ready.Fd, EpollEvents.Readable, new Source(events =>
        {
            Assert.That(events, Is.EqualTo(EpollEvents.Readable));
            if (++reports == 3)
            {
                _loop.Unwatch(ready.Fd, token);
                _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);
            }
        }), out token);

        RunLoop();

        Assert.That(reports, Is.EqualTo(3));
    }

    /// <summary>
    /// Two descriptors are ready in the same round. The first to be notified unwatches the other and watches a third one in its slot, which
    /// is never ready: the event already collected must reach neither.
    /// </summary>
    [Test]
    public void An_event_of_a_descriptor_unwatched_in_the_same_round_is_dropped_and_does_not_reach_its_successor()
    {
        EventFd[] ready = [Ready(), Ready()];
        EventFd idle = Keep(EventFd.Create());
        var tokens = new WatchToken[2];
        var told = new List<string>();
        WatchToken successor = default;
        for (int i = 0; i < 2; i++)
        {
            int own = i;
            int other = 1 - i;
            _ = _loop.Watch(ready[own].Fd, EpollEvents.Readable, new Source(events =>
            {
                told.Add($"{own}");
                ready[own].Clear();
                _loop.Unwatch(ready[other].Fd, tokens[other]);
                _ = _loop.Watch(idle.Fd, EpollEvents.Readable, new Source(_ => told.Add("successor")), out successor);
                _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);
            }), out tokens[own]);
        }

        RunLoop();

        Assert.That(told, Has.Count.EqualTo(1).And.None.EqualTo("successor"));
        Assert.That(
            tokens.Select(token => (uint)token.Value),
            Does.Contain((uint)successor.Value),
            "the successor took the place of the one unwatched");
    }

    [Test]
    public void A_token_is_never_used_again()
    {
        EventFd idle = Keep(EventFd.Create());
        var tokens = new HashSet<WatchToken>();

        for (int i = 0; i < 1000; i++)
        {
            _ = _loop.Watch(idle.Fd, EpollEvents.Readable, new Source(_ => { }), out WatchToken token);
            Assert.That(tokens.Add(token), Is.True, $"the token of watch {i} had been used before");
            _loop.Unwatch(idle.Fd, token);
        }
    }

    [Test]
    public void A_watch_the_kernel_refuses_is_none()
    {
        using Fd file = OpenFile();
        Assert.That(
            _loop.Watch(file, EpollEvents.Readable, new Source(_ => { }), out _).Errno, Is.EqualTo(1 /* EPERM: not for regular files */));

        // The slot is free and works for the next watch.
        bool told = false;
        _ = _loop.Watch(Ready().Fd, EpollEvents.Readable, new Source(_ =>
        {
            told = true;
            _loop.Stop();
        }), out _);
        RunLoop();
        Assert.That(told, Is.True);
    }

    [Test]
    public void More_descriptors_than_one_round_takes_all_get_their_turn()
    {
        const int Count = 500;
        var told = new HashSet<int>();
        for (int i = 0; i < Count; i++)
        {
            int which = i;
            EventFd ready = Ready();
            _ = _loop.Watch(ready.Fd, EpollEvents.Readable, new Source(_ =>
            {
                told.Add(which);
                if (told.Count == Count)
                {
                    _loop.Stop();
                }
            }), out WatchToken _);
        }

        RunLoop();

        Assert.That(told, Has.Count.EqualTo(Count));
    }

    [Test]
    public void State_is_not_touched_from_another_thread()
    {
        EventFd idle = Keep(EventFd.Create());
        WatchToken token = default;
        Assert.That(_loop.AssertOnLoop, Throws.Nothing, "until Run, the loop is its maker's");
        using var running = new ManualResetEventSlim();
        _loop.Post(() =>
        {
            _ = _loop.Watch(idle.Fd, EpollEvents.Readable, new Source(_ => { }), out token);
            running.Set();
        });
        Task loop = Task.Factory.StartNew(_loop.Run, TaskCreationOptions.LongRunning);
        Assert.That(running.Wait(Patience.Limit), Is.True);

        Assert.That(_loop.AssertOnLoop, Throws.InvalidOperationException);
        Assert.That(() => _loop.Watch(idle.Fd, EpollEvents.Readable, new Source(_ => { }), out _), Throws.InvalidOperationException);
        Assert.That(() => _loop.Unwatch(idle.Fd, token), Throws.InvalidOperationException);
        Assert.That(() => _loop.Schedule(TimeSpan.Zero, () => { }), Throws.InvalidOperationException);

        _loop.Post(_loop.Stop);
        Assert.That(loop.Wait(Patience.Limit), Is.True);
    }

    [Test]
    public void An_exception_nobody_planned_for_leaves_the_loop()
    {
        _loop.Post(() => throw new NotSupportedException("as a bug would"));

        Assert.That(_loop.Run, Throws.TypeOf<NotSupportedException>());
    }

    /// <summary>Runs the loop on a thread of its own until it is stopped.</summary>
    private void RunLoop(Action? before = null)
    {
        // The test's thread sets up watches and timers; it owns the loop until it runs.
        Task loop = Task.Factory.StartNew(
            () =>
            {
                before?.Invoke();
                _loop.Run();
            },
            TaskCreationOptions.LongRunning);
        Assert.That(loop.Wait(Patience.Limit), Is.True, "the loop was never stopped");
    }

    private EventFd Ready()
    {
        EventFd ready = Keep(EventFd.Create());
        ready.Signal();
        return ready;
    }

    private EventFd Keep(EventFd item)
    {
        _garbage.Add(item);
        return item;
    }

    private static Fd OpenFile() => new(LibC.open("/etc/passwd", LibC.O_RDONLY | LibC.O_CLOEXEC, 0));

    private sealed class Source(Action<EpollEvents> ready) : IReadySource
    {
        public void OnReady(EpollEvents events) => ready(events);
    }
}
