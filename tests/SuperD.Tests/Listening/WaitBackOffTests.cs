using NUnit.Framework;
using SuperD.Listening;

namespace SuperD.Tests.Listening;

/// <summary>A wait handler that exits without accepting is delayed, longer each time; a handler that accepts never is.</summary>
public sealed class WaitBackOffTests
{
    private WaitBackOff _backOff = null!; // made before each test

    [SetUp]
    public void Prepare() => _backOff = new WaitBackOff();

    [Test]
    public void While_the_same_clients_wait_on_the_next_start_comes_later_each_time_up_to_ten_seconds()
    {
        TimeSpan[] delays = [.. Enumerable.Range(0, 10).Select(_ => _backOff.Next(["a", "b"], out bool _))];

        double[] expected = [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10];
        Assert.That(delays.Select(delay => delay.TotalSeconds), Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void One_that_has_served_a_client_is_not_held_back()
    {
        Next("a", "b");

        Assert.That(Next("b"), Is.Zero, "a was accepted");
        Assert.That(Next("b", "c"), Is.Not.Zero, "nobody was");
    }

    [Test]
    public void One_that_ran_for_long_or_found_nobody_is_not_held_back()
    {
        Next("a");
        Assert.That(_backOff.Next(waiting: null, out _), Is.EqualTo(TimeSpan.Zero));
        Assert.That(Next("a"), Is.Zero, "who waited before it is not known");
        Next();
        Assert.That(Next("a"), Is.Zero, "nobody waited before it");
    }

    [Test]
    public void Only_the_first_time_in_a_row_is_the_first()
    {
        bool[] first = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            _backOff.Next(["a"], out bool isFirst);
            return isFirst;
        })];

        Assert.That(first, Is.EqualTo((bool[])[false, true, false, false]));
    }

    [Test]
    public void The_next_version_holds_back_as_long_as_this_one_would()
    {
        Array.ForEach([1, 2, 3], _ => Next("a"));
        var next = new WaitBackOff();

        next.Inherit(_backOff.HandOver());

        Assert.That(next.Next(["a"], out bool isFirst), Is.EqualTo(TimeSpan.FromMilliseconds(400)));
        Assert.That(isFirst, Is.False);
    }

    private double Next(params string[] waiting) => _backOff.Next([.. waiting], out _).TotalSeconds;
}
