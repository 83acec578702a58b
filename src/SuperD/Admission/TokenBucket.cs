using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>A bucket of tokens that fills at a <see cref="Rate"/>; each connection takes one. The default value is a full bucket.</summary>
/// <remarks>
/// It stores only the moment at which it is full again (the generic cell rate algorithm): no count, no timer, and an unused bucket equals
/// the default value. Times are ticks of 100 ns of a monotonic clock.
/// </remarks>
internal readonly record struct TokenBucket(long FullAt)
{
    /// <summary>How long until it holds a token; zero if it holds one now.</summary>
    public TimeSpan Wait(Rate rate, long now)
    {
        long hasTokenAt = FullAtMost(rate, now) - (rate.Interval.Ticks * (rate.Burst - 1));
        return TimeSpan.FromTicks(Math.Max(hasTokenAt - now, 0));
    }

    /// <summary>Returns the bucket with one token less.</summary>
    public TokenBucket Take(Rate rate, long now) => new(Math.Max(FullAtMost(rate, now), now) + rate.Interval.Ticks);

    /// <summary>
    /// Caps the moment at that of an empty bucket of this rate: after a reload to a faster rate the slower one's wait must not remain.
    /// </summary>
    private long FullAtMost(Rate rate, long now) => Math.Min(FullAt, now + (rate.Interval.Ticks * rate.Burst));
}
