using NUnit.Framework;
using SuperD.Services;

namespace SuperD.Tests.Services;

/// <summary>The counts of the last hour, minute by minute.</summary>
public sealed class RecentMinutesTests
{
    private const long Minute = 60_000;

    [Test]
    public void The_present_minute_is_last_and_an_hour_later_nothing_is_left()
    {
        var minutes = new RecentMinutes();
        Assert.That(minutes.Read(1_000_000 * Minute), Is.Null);

        minutes.Add(100 * Minute);
        minutes.Add((100 * Minute) + 59_999);
        minutes.Add(130 * Minute);

        Assert.That(minutes.Read(130 * Minute), Is.EqualTo(With((29, 2), (59, 1))));
        Assert.That(minutes.Read(159 * Minute), Is.EqualTo(With((0, 2), (30, 1))));
        Assert.That(minutes.Read(160 * Minute), Is.EqualTo(With((29, 1))));
        Assert.That(minutes.Read(190 * Minute), Is.Null);
    }

    [TestCase(1)]
    [TestCase(59)]
    [TestCase(60)]
    [TestCase(61)]
    [TestCase(100_000)]
    public void A_gap_leaves_no_count_of_the_hours_before(int gap)
    {
        var minutes = new RecentMinutes();
        for (int i = 0; i < RecentMinutes.Length; i++)
        {
            minutes.Add((200 + i) * Minute);
        }

        long now = (259 + gap) * Minute;
        minutes.Add(now);
        int left = Math.Max(RecentMinutes.Length - gap, 0);
        Assert.That(minutes.Read(now), Is.EqualTo(
            Enumerable.Range(0, RecentMinutes.Length).Select(i => i < left || i == RecentMinutes.Length - 1 ? 1 : 0)));
    }

    [Test]
    public void It_counts_right_after_the_start_of_the_machine() =>
        Assert.That(Counted(0, 5 * Minute).Read(5 * Minute), Is.EqualTo(With((54, 1), (59, 1))));

    private static RecentMinutes Counted(params long[] times)
    {
        var minutes = new RecentMinutes();
        Array.ForEach(times, minutes.Add);
        return minutes;
    }

    private static int[] With(params (int Index, int Count)[] counts)
    {
        int[] all = new int[RecentMinutes.Length];
        Array.ForEach(counts, count => all[count.Index] = count.Count);
        return all;
    }
}
