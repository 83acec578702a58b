using System.Globalization;
using SuperD.Configuration.Values;

namespace SuperD.Configuration;

/// <summary>A rate with a burst, the refill and size of a token bucket: <c>"50/s"</c>, <c>"10/min burst 30"</c>.</summary>
/// <param name="Count">1 to <see cref="Most"/>.</param>
/// <param name="Per">A second, minute, hour or day.</param>
/// <param name="Burst">The size of the bucket, 1 to <see cref="Most"/>; <paramref name="Count"/> unless written.</param>
internal sealed record Rate(int Count, TimeSpan Per, int Burst)
{
    /// <summary>The largest count and burst.</summary>
    public const int Most = 1_000_000;

    /// <summary>The accepted form, for messages.</summary>
    public const string Form = "a rate such as \"50/s\", \"10/min\" or \"50/s burst 200\" (units s, min, h, d)";

    /// <summary>The pattern of rates.</summary>
    public static string Pattern
    {
        get
        {
            string count = NumberPattern.Between(1, Most);
            return $"{count}/(?:s|min|h|d)(?: burst {count})?";
        }
    }

    /// <summary>The time in which one token is refilled.</summary>
    public TimeSpan Interval => Per / Count;

    /// <summary>Parses a rate.</summary>
    public static bool TryParse(string text, out Rate rate)
    {
        const string BurstWord = " burst ";
        int word = text.IndexOf(BurstWord, StringComparison.Ordinal);
        ReadOnlySpan<char> refill = word < 0 ? text : text.AsSpan(0, word);
        int slash = Math.Max(refill.IndexOf('/'), 0);
        TimeSpan? per = refill[slash..] switch
        {
            "/s" => TimeSpan.FromSeconds(1),
            "/min" => TimeSpan.FromMinutes(1),
            "/h" => TimeSpan.FromHours(1),
            "/d" => TimeSpan.FromDays(1),
            _ => null,
        };
        bool good = TryCount(refill[..slash], out int count);
        int burst = count;
        good = good && (word < 0 || TryCount(text.AsSpan(word + BurstWord.Length), out burst));
        rate = new Rate(count, per ?? default, burst);
        return good && per is not null;
    }

    private static bool TryCount(ReadOnlySpan<char> text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= Most;
}
