using NUnit.Framework;
using SuperD.Loop;

namespace SuperD.Tests.Loop;

/// <summary>The timer heap, with plain numbers as its clock.</summary>
public sealed class TimerQueueTests
{
    [Test]
    public void Timers_run_in_the_order_they_are_due()
    {
        var queue = new TimerQueue(new TurnClock());
        var ran = new List<int>();
        foreach (int due in (int[])[50, 10, 40, 20, 30])
        {
            queue.Add(due, () => ran.Add(due));
        }

        queue.RunDue(30);
        Assert.That(ran, Is.EqualTo(new[] { 10, 20, 30 }));
        queue.RunDue(100);
        Assert.That(ran, Is.EqualTo(new[] { 10, 20, 30, 40, 50 }));
        Assert.That(queue.Count, Is.Zero);
    }

    [Test]
    public void A_cancelled_timer_does_not_run_and_may_be_cancelled_again()
    {
        var queue = new TimerQueue(new TurnClock());
        bool ran = false;
        LoopTimer timer = queue.Add(10, () => ran = true);

        timer.Cancel();
        timer.Cancel();
        queue.RunDue(10);

        Assert.That(ran, Is.False);
        Assert.That(queue.Count, Is.Zero);
    }

    [Test]
    public void Cancelling_a_timer_that_has_run_takes_no_other_one_away()
    {
        var queue = new TimerQueue(new TurnClock());
        LoopTimer early = queue.Add(10, () => { });
        bool ran = false;
        queue.Add(20, () => ran = true);

        queue.RunDue(10);
        early.Cancel();
        queue.RunDue(20);

        Assert.That(ran, Is.True);
    }

    [Test]
    public void A_timer_may_cancel_another_that_is_due_as_well()
    {
        var queue = new TimerQueue(new TurnClock());
        bool ran = false;
        LoopTimer second = queue.Add(11, () => ran = true);
        queue.Add(10, () => second.Cancel());

        queue.RunDue(20);

        Assert.That(ran, Is.False);
    }

    [Test]
    public void A_timer_that_renews_itself_at_once_does_not_hold_the_loop()
    {
        var queue = new TimerQueue(new TurnClock());
        int runs = 0;
        void Renew()
        {
            runs++;
            queue.Add(10, Renew);
        }

        queue.Add(10, Renew);
        queue.RunDue(10);

        Assert.That(runs, Is.EqualTo(1));
        Assert.That(queue.Count, Is.EqualTo(1));
    }

    [TestCase(100, 0, 100)]
    [TestCase(100, 100, 0)]
    [TestCase(100, 5000, 0, Description = "overdue")]
    [TestCase(long.MaxValue, 0, int.MaxValue)]
    public void The_wait_lasts_until_the_next_timer(long due, long now, int expected)
    {
        var queue = new TimerQueue(new TurnClock());
        Assert.That(queue.MillisecondsUntilNext(now), Is.EqualTo(-1), "without timers there is no limit");
        queue.Add(due, () => { });

        Assert.That(queue.MillisecondsUntilNext(now), Is.EqualTo(expected));
    }

    [Test]
    public void Whatever_is_added_and_cancelled_the_rest_runs_in_order()
    {
        var random = new Random(7);
        var queue = new TimerQueue(new TurnClock());
        var waiting = new List<LoopTimer>();
        var ran = new List<LoopTimer>();
        long now = 0;
        for (int i = 0; i < 5000; i++)
        {
            switch (random.Next(4))
            {
                case 0 when waiting.Count > 0:
                    LoopTimer cancelled = waiting[random.Next(waiting.Count)];
                    cancelled.Cancel();
                    waiting.Remove(cancelled);
                    break;
                case 1:
                    now += random.Next(20);
                    ran.Clear();
                    queue.RunDue(now);
                    Assert.That(ran.Select(timer => timer.DueMs), Is.Ordered);
                    Assert.That(ran, Is.EquivalentTo(waiting.Where(timer => timer.DueMs <= now)));
                    waiting.RemoveAll(timer => timer.DueMs <= now);
                    break;
                default:
                    LoopTimer? timer = null;
                    timer = queue.Add(now + random.Next(100), () => ran.Add(timer!)); // assigned before it can run
                    waiting.Add(timer);
                    break;
            }

            Assert.That(queue.Count, Is.EqualTo(waiting.Count));
        }
    }
}
