using NUnit.Framework;
using SuperD.Services;

namespace SuperD.Tests.Services;

public sealed class HistogramTests
{
    [TestCase(0.05, 0)]
    [TestCase(0.1, 0, TestName = "A_bound_belongs_to_what_is_below_it")]
    [TestCase(0.11, 1)]
    [TestCase(1, 1)]
    [TestCase(99, 2, TestName = "What_is_above_all_bounds_is_counted_too")]
    public void A_time_is_counted_below_its_bound(double seconds, int index)
    {
        var histogram = new Histogram([0.1, 1]);

        histogram.Add(TimeSpan.FromSeconds(seconds));

        long[] expected = new long[3];
        expected[index] = 1;
        Assert.That(histogram.Counts.ToArray(), Is.EqualTo(expected));
        Assert.That(histogram.Sum, Is.EqualTo(seconds).Within(1e-6));
    }

    [Test]
    public void The_next_version_goes_on_counting_unless_its_bounds_are_others()
    {
        var last = new Histogram([0.1, 1]);
        last.Add(TimeSpan.FromSeconds(0.5));
        var same = new Histogram([0.1, 1]);
        var other = new Histogram([0.2, 1]);

        same.Inherit(last.HandOver());
        other.Inherit(last.HandOver());

        Assert.That(same.Counts.ToArray(), Is.EqualTo(new long[] { 0, 1, 0 }));
        Assert.That(other.Counts.ToArray(), Is.All.Zero);
    }
}
