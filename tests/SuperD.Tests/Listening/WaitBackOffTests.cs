using NUnit.Framework;
using SuperD.Listening;

namespace SuperD.Tests.Listening;

/// <summary>
/// A wait handler that exits without accepting is delayed, longer each time, and its client dropped; a handler that accepts never is.
/// </summary>
public sealed class WaitBackOffTests
{
    private WaitBackOff _backOff = null!; // made before each test

    [SetUp]
    public void Prepare() => _backOff = new WaitBackOff();

    [Test]
    public void While_the_same_clients_wait_on_the_next_start_comes_later_each_time_up_to_ten_seconds()
    {
        double[] delays = [.. Enumerable.Range(0, 10).Select(_ => Next("a", "b"))];

        double[] expected = [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10];
        Assert.That(delays, Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void The_first_client_is_dropped_after_five_handlers_and_the_next_one_has_five_more_at_longer_delays()
    {
        bool[] drops = [.. Enumerable.Range(0, 5).Select(_ => Drops("a", "b"))];
        _backOff.Restart(Queue("b"));
        double delay = Next("b");
        bool[] more = [.. Enumerable.Range(0, 4).Select(_ => Drops("b"))];

        Assert.That(drops, Is.EqualTo((bool[])[false, false, false, false, true]));
        Assert.That(delay, Is.EqualTo(1.6).Within(1e-9), "0.8 s was the fifth");
        Assert.That(more, Is.EqualTo((bool[])[false, false, false, true]));
    }

    [Test]
    public void One_that_has_served_a_client_is_not_held_back()
    {
        Next("a", "b");

        Assert.That(Next("b"), Is.Zero, "a was accepted");
        Assert.That(Next("b", "c"), Is.Not.Zero, "nobody was");
        Assert.That(Next("c", "d"), Is.Zero, "b was accepted, though as many wait as before");
        Assert.That(_backOff.IsFailing, Is.False);
    }

    [Test]
    public void One_that_found_nobody_or_of_which_nothing_is_known_is_not_held_back()
    {
        Next("a");
        Assert.That(_backOff.Next(null, out _), Is.EqualTo(TimeSpan.Zero));
        Assert.That(Next("a"), Is.Zero, "who waited before it is not known");
        Next();
        Assert.That(Next("a"), Is.Zero, "nobody waited before it");
    }

    [Test]
    public void One_in_front_of_clients_that_have_reset_is_held_back_by_their_number_alone()
    {
        double[] delays = [.. Enumerable.Range(0, 3).Select(_ => _backOff.Next(new WaitingQueue([], 2), out bool _).TotalSeconds)];
        double served = _backOff.Next(new WaitingQueue([], 1), out _).TotalSeconds;

        Assert.That(delays, Is.EqualTo((double[])[0, 0.1, 0.2]).Within(1e-9));
        Assert.That(served, Is.Zero);
    }

    [Test]
    public void One_that_fails_is_failing_until_a_client_is_known_to_be_accepted()
    {
        Array.ForEach([1, 2, 3, 4, 5], _ => Next("a"));
        _backOff.Restart(Queue());
        Assert.That(Next("b"), Is.EqualTo(1.6).Within(1e-9), "b has come to an empty queue: of its handler nothing is known");
        Assert.That(_backOff.IsFailing, Is.True);

        Assert.That(Next(), Is.Zero);
        Assert.That(_backOff.IsFailing, Is.False);
    }

    [Test]
    public void The_next_version_holds_back_as_long_as_this_one_would_and_drops_when_this_one_would()
    {
        Array.ForEach([1, 2, 3], _ => Next("a"));
        var next = new WaitBackOff();

        next.Inherit(_backOff.HandOver());

        Assert.That(next.IsFailing, Is.True);
        Assert.That(next.Next(Queue("a"), out bool drops), Is.EqualTo(TimeSpan.FromMilliseconds(400)));
        Assert.That(drops, Is.False);
        next.Next(Queue("a"), out drops);
        Assert.That(drops, Is.True);
    }

    private static WaitingQueue Queue(params string[] waiting) => new([.. waiting], waiting.Length);

    private double Next(params string[] waiting) => _backOff.Next(Queue(waiting), out _).TotalSeconds;

    private bool Drops(params string[] waiting)
    {
        _backOff.Next(Queue(waiting), out bool isClientDropped);
        return isClientDropped;
    }
}
