namespace SuperD.Services;

/// <summary>How often something has happened in each minute of the last hour. Loop only.</summary>
/// <remarks>
/// A ring of a fixed size, which is only touched when something happens: nothing runs each minute. It is not handed over to the next
/// version, which counts anew.
/// </remarks>
internal sealed class RecentMinutes
{
    /// <summary>The minutes that are counted, the present one included.</summary>
    public const int Length = 60;

    private const long MsPerMinute = 60_000;

    private readonly int[] _counts = new int[Length];
    private long _last;

    /// <summary>Counts one more in the present minute.</summary>
    /// <param name="nowMs">The loop's clock.</param>
    public void Add(long nowMs)
    {
        long minute = nowMs / MsPerMinute;
        for (long passed = Math.Max(_last + 1, minute - Length + 1); passed <= minute; passed++)
        {
            _counts[passed % Length] = 0;
        }

        _last = minute;
        _counts[minute % Length]++;
    }

    /// <summary>The counts, the oldest minute first and the present one last; null if all are zero.</summary>
    /// <param name="nowMs">The loop's clock.</param>
    public IReadOnlyList<int>? Read(long nowMs)
    {
        long minute = nowMs / MsPerMinute;
        int[] counts = new int[Length];
        bool isEmpty = true;
        for (int i = 0; i < Length; i++)
        {
            long one = minute - Length + 1 + i;
            counts[i] = one >= 0 && one <= _last && one > _last - Length ? _counts[one % Length] : 0;
            isEmpty &= counts[i] == 0;
        }

        return isEmpty ? null : counts;
    }
}
