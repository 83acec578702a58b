using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;

namespace SuperD.Tests.Admission;

/// <summary>The token buckets of rate and per_source_rate.</summary>
public sealed class TokenBucketTests
{
    [Test]
    public void A_burst_after_a_rest_is_cut_at_the_size_of_the_bucket()
    {
        // A pattern that xinetd's cps averages away: one connection, a pause, then 22 at once.
        Assert.That(Taken("5/s", [0, .. Enumerable.Repeat(41_000_000L, 22)]), Is.EqualTo(1 + 5));
    }

    [Test]
    public void It_sheds_only_the_excess_of_a_steady_flood()
    {
        // 10,000 connections within 10 s.
        Assert.That(Taken("50/s", Enumerable.Range(0, 10_000).Select(i => i * 10_000L)), Is.InRange(50 + 499, 50 + 500));
    }

    [Test]
    public void A_token_comes_back_steadily()
    {
        Rate rate = RateOf("10/min burst 1");
        TokenBucket bucket = default(TokenBucket).Take(rate, 0);
        Assert.That(bucket.Wait(rate, 0), Is.EqualTo(TimeSpan.FromSeconds(6)));
        Assert.That(bucket.Wait(rate, TimeSpan.FromSeconds(2).Ticks), Is.EqualTo(TimeSpan.FromSeconds(4)));
        Assert.That(bucket.Wait(rate, TimeSpan.FromSeconds(6).Ticks), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void A_rate_that_a_reload_makes_faster_does_not_leave_the_wait_of_the_slow_one()
    {
        TokenBucket bucket = default(TokenBucket).Take(RateOf("1/h"), 0);
        Rate now = RateOf("10/s burst 1");
        Assert.That(bucket.Wait(now, 0), Is.EqualTo(TimeSpan.FromSeconds(0.1)));
        Assert.That(bucket.Take(now, 0).Wait(now, 0), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(0.2)));
    }

    [Test]
    public void A_steady_client_below_the_rate_is_never_refused() =>
        Assert.That(Taken("10/s burst 1", Enumerable.Range(0, 1000).Select(i => i * 1_000_000L)), Is.EqualTo(1000));

    [Test]
    public void Any_arrivals_meet_what_a_bucket_of_counted_tokens_would_say()
    {
        var random = new Random(99);
        for (int round = 0; round < 500; round++)
        {
            // Counts whose interval is a whole number of ticks, so that the reference does not round.
            int[] counts = [1, 2, 5, 10, 100, 1000];
            Rate rate = RateOf($"{counts[random.Next(counts.Length)]}/s burst {random.Next(1, 20)}");
            long interval = rate.Interval.Ticks;
            long tokens = rate.Burst * interval;
            long last = 0;
            long now = 0;
            TokenBucket bucket = default;
            for (int i = 0; i < 200; i++)
            {
                now += random.NextInt64(2 * interval);
                tokens = Math.Min(tokens + now - last, rate.Burst * interval);
                last = now;
                bool has = tokens >= interval;
                Assert.That(bucket.Wait(rate, now) == TimeSpan.Zero, Is.EqualTo(has), $"{rate} at {now}");
                if (has)
                {
                    tokens -= interval;
                    bucket = bucket.Take(rate, now);
                }
            }
        }
    }

    private static int Taken(string rateText, IEnumerable<long> arrivals)
    {
        Rate rate = RateOf(rateText);
        TokenBucket bucket = default;
        int taken = 0;
        foreach (long now in arrivals)
        {
            if (bucket.Wait(rate, now) == TimeSpan.Zero)
            {
                bucket = bucket.Take(rate, now);
                taken++;
            }
        }

        return taken;
    }

    private static Rate RateOf(string text) => Rate.TryParse(text, out Rate rate) ? rate : throw new ArgumentException(text);
}
