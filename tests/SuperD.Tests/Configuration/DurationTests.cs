using NUnit.Framework;
using SuperD.Configuration.Values;

namespace SuperD.Tests.Configuration;

public sealed class DurationTests
{
    [TestCase("500ms", 500)]
    [TestCase("30s", 30_000)]
    [TestCase("2m", 120_000)]
    [TestCase("1h", 3_600_000)]
    [TestCase("1d", 86_400_000)]
    [TestCase("1m30s", 90_000)]
    [TestCase("1h0m1s5ms", 3_601_005)]
    [TestCase("90s", 90_000)]
    [TestCase("0s", 0)]
    [TestCase("365d", 31_536_000_000)]
    public void A_duration_is_numbers_with_units_from_large_to_small(string text, long milliseconds)
    {
        Assert.That(Duration.TryParse(text, out TimeSpan duration), Is.True);
        Assert.That(duration.TotalMilliseconds, Is.EqualTo(milliseconds));
    }

    [TestCase("")]
    [TestCase("30")]
    [TestCase("s")]
    [TestCase("30 s")]
    [TestCase(" 30s")]
    [TestCase("30s ")]
    [TestCase("-1s")]
    [TestCase("1.5s")]
    [TestCase("1e3s")]
    [TestCase("30S")]
    [TestCase("30sec")]
    [TestCase("30s1m")]
    [TestCase("30s30s")]
    [TestCase("1m30")]
    [TestCase("366d")]
    [TestCase("99999999999999999999s")]
    [TestCase("٣s")]
    public void Anything_else_is_none(string text) => Assert.That(Duration.TryParse(text, out _), Is.False);

    [TestCase("1m30s")]
    [TestCase("0s")]
    [TestCase("1d2h3m4s5ms")]
    public void A_duration_is_shown_as_it_would_be_written(string text)
    {
        Duration.TryParse(text, out TimeSpan duration);
        Assert.That(Duration.ToText(duration), Is.EqualTo(text));
    }
}
