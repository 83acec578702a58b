using NUnit.Framework;
using SuperD.Listening;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Tests.Listening;

/// <summary>The reasons why a listener does not accept: it accepts again when the last one is removed, in any order.</summary>
public sealed class PauseSetTests
{
    private EventLoop _loop = null!; // set up before each test
    private PauseSet _pauses = null!; // set up before each test

    [SetUp]
    public void MakeLoop()
    {
        _loop = new EventLoop(TimeProvider.System);
        _pauses = new PauseSet(_loop, ignored: PauseReasons.Crowded);
    }

    [TearDown]
    public void DisposeLoop() => _loop.Dispose();

    [Test]
    public void Every_reason_must_go_before_the_set_is_empty()
    {
        _pauses.Add(PauseReasons.Busy);
        _pauses.Add(PauseReasons.Lent);
        _pauses.Remove(PauseReasons.Busy);

        Assert.That(_pauses.HasOnly(PauseReasons.None), Is.False);

        _pauses.Remove(PauseReasons.Lent);

        Assert.That(_pauses.HasOnly(PauseReasons.None), Is.True);
    }

    [Test]
    public void A_reason_that_is_ignored_does_not_pause()
    {
        _pauses.Add(PauseReasons.Crowded);
        _pauses.SetReasonsOfService(PauseReasons.Crowded);

        Assert.That(_pauses.HasOnly(PauseReasons.None), Is.True);
    }

    [Test]
    public void The_reasons_of_the_service_are_replaced_and_those_of_the_listener_stay()
    {
        _pauses.Add(PauseReasons.Busy);
        _pauses.Add(PauseReasons.Lent);

        _pauses.SetReasonsOfService(PauseReasons.Operator);

        Assert.That(_pauses.Contains(PauseReasons.Busy), Is.False);
        Assert.That(_pauses.Contains(PauseReasons.Operator), Is.True);
        Assert.That(_pauses.Contains(PauseReasons.Lent), Is.True);
    }

    [Test]
    public void A_timed_reason_ends_by_itself_and_says_so_once()
    {
        int ended = 0;
        _pauses.AddFor(TimeSpan.FromMilliseconds(1), PauseReasons.Pressure, () => ended++);
        _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);

        Assert.That(_pauses.Contains(PauseReasons.Pressure), Is.True);
        _loop.Run();

        Assert.That(_pauses.HasOnly(PauseReasons.None), Is.True);
        Assert.That(ended, Is.EqualTo(1));
    }

    [Test]
    public void A_timed_reason_that_is_added_again_lasts_for_the_new_time()
    {
        int endedFirst = 0;
        _pauses.AddFor(TimeSpan.FromMilliseconds(1), PauseReasons.BackOff, () => endedFirst++);
        _pauses.AddFor(TimeSpan.FromHours(1), PauseReasons.BackOff, () => { });
        _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);
        _loop.Run();

        Assert.That(_pauses.Contains(PauseReasons.BackOff), Is.True);
        Assert.That(_pauses.EndMs(PauseReasons.BackOff), Is.GreaterThan(_loop.NowMs));
        Assert.That(endedFirst, Is.Zero);
    }

    [Test]
    public void A_closed_socket_ends_the_timed_reasons_and_no_other()
    {
        int ended = 0;
        _pauses.Add(PauseReasons.Operator);
        _pauses.AddFor(TimeSpan.FromMilliseconds(1), PauseReasons.Pressure, () => ended++);
        _pauses.AddFor(TimeSpan.FromMilliseconds(1), PauseReasons.BackOff, () => ended++);

        _pauses.RemoveTimed();
        _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);
        _loop.Run();

        Assert.That(_pauses.Contains(PauseReasons.Pressure), Is.False);
        Assert.That(_pauses.Contains(PauseReasons.BackOff), Is.False);
        Assert.That(_pauses.Contains(PauseReasons.Operator), Is.True);
        Assert.That(_pauses.EndMs(PauseReasons.BackOff), Is.Null);
        Assert.That(ended, Is.Zero);
    }
}
