using System.Collections.Concurrent;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Tests.Support;

namespace SuperD.Tests.Loop;

/// <summary>Loop turns that take too long are reported both while they last and at their end, with the source that ran.</summary>
public sealed class TurnWatcherTests
{
    private readonly FakeTime _time = new();
    private readonly List<(LoopTurn Turn, bool HasEnded)> _told = [];
    private readonly List<long> _rescued = [];
    private TurnClock _turns = null!; // set before each test
    private TurnWatcher _watcher = null!; // set before each test

    [SetUp]
    public void Make()
    {
        _told.Clear();
        _rescued.Clear();
        _turns = new TurnClock();
        _watcher = new TurnWatcher(_turns, _time, (turn, hasEnded) => _told.Add((turn, hasEnded)), turn =>
        {
            _rescued.Add(turn.DurationMs);
            return true;
        });
        Look(0);
        _told.Clear();
    }

    [TearDown]
    public void End() => _watcher.Dispose();

    [Test]
    public void A_slow_turn_is_told_once_while_it_lasts_and_once_when_it_has_ended()
    {
        Begin();
        Look(500, 500, 500, 500);
        Assert.That(Lines(), Is.EqualTo(new[] { "TurnWatcherTests.Begin 1000 running" }));

        _time.Advance(TimeSpan.FromMilliseconds(200));
        _turns.End(NowMs);
        Look(300, 500, 500);

        Assert.That(Lines(), Is.EqualTo(new[] { "TurnWatcherTests.Begin 1000 running", "TurnWatcherTests.Begin 2200 ended" }));
        Assert.That((_turns.Longest?.DurationMs, _turns.Longest?.Source), Is.EqualTo((2200L, "TurnWatcherTests.Begin")));
    }

    [Test]
    public void A_slow_turn_is_there_to_be_rescued_at_each_look_until_it_ends()
    {
        Begin();
        Look(500, 500, 20, 20);
        _turns.End(NowMs);
        Look(20);

        Assert.That(_rescued, Is.EqualTo(new[] { 1000, 1020, 1040 }));
    }

    [Test]
    public void A_slow_turn_between_two_looks_is_told_once()
    {
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Begin();
        Look(300, 500);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        _turns.End(NowMs);
        Look(200, 500);

        Assert.That(Lines(), Is.EqualTo(new[] { "TurnWatcherTests.Begin 1100 ended" }));
    }

    [Test]
    public void Many_short_turns_are_none_that_is_slow()
    {
        for (int i = 0; i < 20; i++)
        {
            Begin();
            Look(450);
            _turns.End(NowMs);
        }

        Assert.That(_told, Is.Empty);
        Assert.That(_turns.Longest?.DurationMs, Is.EqualTo(450));
    }

    [Test]
    public void A_loop_that_waits_has_no_turn()
    {
        Begin();
        _turns.End(NowMs);
        Look(500, 500, 500, 500);

        Assert.That(_told, Is.Empty);
        Assert.That(_turns.Longest, Is.Null);
    }

    /// <summary>After SIGSTOP or a suspend of the machine the watcher itself overslept too.</summary>
    [Test]
    public void Time_in_which_superd_was_stopped_is_not_the_loops()
    {
        Begin();
        Look(500);
        Look(60_000);
        Look(100);
        _turns.End(NowMs);
        Look(400, 500);
        Assert.That(_told, Is.Empty);

        Begin();
        Look(500);
        _time.Advance(TimeSpan.FromSeconds(60));
        _turns.End(NowMs); // before the watcher checks
        Look(0, 500);
        Assert.That(_told, Is.Empty);
        Assert.That(_turns.Longest, Is.Null);
    }

    [Test]
    public void A_slow_turn_that_was_told_is_told_to_have_ended_also_where_the_watcher_comes_late()
    {
        Begin();
        Look(500, 500);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        _turns.End(NowMs);
        Look(60_000);

        Assert.That(Lines(), Is.EqualTo(new[] { "TurnWatcherTests.Begin 1000 running", "TurnWatcherTests.Begin 1000 ended" }));
    }

    [Test]
    public void Time_before_and_after_a_stop_counts()
    {
        Begin();
        Look(500);
        Look(60_000);
        Look(500, 500);

        Assert.That(Lines(), Is.EqualTo(new[] { "TurnWatcherTests.Begin 1000 running" }));
    }

    [Test]
    public void Of_a_turn_with_several_events_the_last_is_named_and_the_others_are_counted()
    {
        _turns.Begin(NowMs);
        _turns.Step(new Source());
        _turns.Step((Action)Begin);
        _turns.Step(new Source());
        _time.Advance(TimeSpan.FromMilliseconds(30));
        _turns.End(NowMs);

        Assert.That((_turns.Longest?.DurationMs, _turns.Longest?.Source), Is.EqualTo((30L, "Source+2")));
    }

    [Test]
    public void A_source_that_blocks_is_told_while_it_blocks()
    {
        var told = new BlockingCollection<(LoopTurn Turn, bool HasEnded)>();
        using var release = new ManualResetEventSlim();
        using var loop = new EventLoop(TimeProvider.System);
        using EventFd ready = EventFd.Create();
        ready.Signal();
        _ = loop.Watch(ready.Fd, EpollEvents.Readable, new Source(() =>
        {
            Assert.That(release.Wait(Patience.Limit), Is.True);
            loop.Stop();
        }), out _);
        using var watcher = new TurnWatcher(loop.Turns, TimeProvider.System, (turn, hasEnded) => told.Add((turn, hasEnded)), _ => false);
        Assert.That(watcher.TryStart(), Is.True);
        Task running = Task.Factory.StartNew(loop.Run, TaskCreationOptions.LongRunning);

        Assert.That(told.TryTake(out var stuck, Patience.Limit), Is.True, "it is told while it is stuck");
        Assert.That((stuck.Turn.Source, stuck.HasEnded), Is.EqualTo(("Source", false)));
        Assert.That(stuck.Turn.DurationMs, Is.GreaterThanOrEqualTo(1000));

        release.Set();
        Assert.That(told.TryTake(out var ended, Patience.Limit), Is.True, "its end is told");
        Assert.That((ended.Turn.Source, ended.Turn.Number, ended.HasEnded), Is.EqualTo(("Source", stuck.Turn.Number, true)));
        Assert.That(ended.Turn.DurationMs, Is.GreaterThanOrEqualTo(stuck.Turn.DurationMs));
        Assert.That(running.Wait(Patience.Limit), Is.True);
        Assert.That(loop.Turns.Longest, Is.EqualTo(ended.Turn));
    }

    [Test]
    public void Posted_work_and_timers_are_named_after_the_method_they_stand_in()
    {
        using var loop = new EventLoop(TimeProvider.System);
        var named = new List<string?>();
        loop.Post(() => named.Add(loop.Turns.Present(loop.NowMs)?.Source));
        loop.Schedule(TimeSpan.FromMilliseconds(20), () =>
        {
            named.Add(loop.Turns.Present(loop.NowMs)?.Source);
            loop.Stop();
        });
        Task running = Task.Factory.StartNew(loop.Run, TaskCreationOptions.LongRunning);
        Assert.That(running.Wait(Patience.Limit), Is.True);

        string method = $"{nameof(TurnWatcherTests)}.{nameof(Posted_work_and_timers_are_named_after_the_method_they_stand_in)}";
        Assert.That(named.Select(name => name?.Split('+')[0]), Is.EqualTo((string[])[method, method])); // +1: both may be due in one turn
    }

    private long NowMs => _time.GetTimestamp() * 1000 / _time.TimestampFrequency;

    private void Begin()
    {
        _turns.Begin(NowMs);
        _turns.Step((Action)Begin);
    }

    /// <summary>Makes the watcher check after each of these intervals.</summary>
    private void Look(params int[] afterMs)
    {
        foreach (int ms in afterMs)
        {
            _time.Advance(TimeSpan.FromMilliseconds(ms));
            _watcher.Look();
        }
    }

    private IEnumerable<string> Lines() =>
        _told.Select(told => $"{told.Turn.Source} {told.Turn.DurationMs} {(told.HasEnded ? "ended" : "running")}");

    private sealed class Source(Action? ready = null) : IReadySource
    {
        public void OnReady(EpollEvents events) => ready?.Invoke();
    }
}
