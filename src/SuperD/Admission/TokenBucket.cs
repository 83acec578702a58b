using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>A bucket of tokens that fills at a <see cref="Rate"/>; each connection takes one. The default value is a full bucket.</summary>
/// <remarks>
/// Kept as the one moment at which it is full again (the generic cell rate algorithm): nothing is counted and no timer runs, and a bucket
/// that nobody uses is the same as none. Times are ticks of 100 ns of a monotonic clock.
/// </remarks>
internal readonly record struct TokenBucket(long FullAt)
{
    /// <summary>How long until it holds a token; zero when it holds one now.</summary>
    public TimeSpan Wait(Rate rate, long now)
    {
        long hasTokenAt = FullAtMost(rate, now) - (rate.Interval.Ticks * (rate.Burst - 1));
        return TimeSpan.FromTicks(Math.Max(hasTokenAt - now, 0));
    }

    /// <summary>The bucket with one token less.</summary>
    public TokenBucket Take(Rate rate, long now) => new(Math.Max(FullAtMost(rate, now), now) + rate.Interval.Ticks);

    /// <summary>An empty bucket of this rate is full by then: a reload that makes a slow rate a fast one must not leave the slow one's wait.</summary>
    private long FullAtMost(Rate rate, long now) => Math.Min(FullAt, now + (rate.Interval.Ticks * rate.Burst));
}
