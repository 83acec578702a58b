using System.Text;
using NUnit.Framework;
using SuperD.Conversing;
using SuperD.Services;

namespace SuperD.Tests.Conversing;

/// <summary>The answers of the small services, byte for byte.</summary>
public sealed class SmallAnswersTests
{
    [Test]
    public void Daytime_is_a_line_in_utc() => Assert.That(
        Encoding.ASCII.GetString(SmallAnswers.Daytime(new DateTimeOffset(2026, 11, 2, 12, 5, 9, TimeSpan.FromHours(1)))),
        Is.EqualTo("02 NOV 2026 11:05:09 UTC\r\n"));

    // The first four are the examples in RFC 868.
    [TestCase("1970-01-01T00:00:00Z", 2_208_988_800u)]
    [TestCase("1976-01-01T00:00:00Z", 2_398_291_200u)]
    [TestCase("1980-01-01T00:00:00Z", 2_524_521_600u)]
    [TestCase("1983-05-01T00:00:00Z", 2_629_584_000u)]
    [TestCase("2036-02-07T06:28:15Z", uint.MaxValue)]
    [TestCase("2036-02-07T06:28:16Z", 0u)]
    public void Time_is_the_seconds_since_1900_and_begins_anew_in_2036(string now, uint seconds) => Assert.That(
        SmallAnswers.Time(DateTimeOffset.Parse(now)),
        Is.EqualTo(new byte[] { (byte)(seconds >> 24), (byte)(seconds >> 16), (byte)(seconds >> 8), (byte)seconds }));

    [Test]
    public void The_quote_is_short_and_printable_and_changes_at_midnight()
    {
        DateTimeOffset first = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (int day = 0; day < 400; day++)
        {
            byte[] quote = SmallAnswers.QuoteOfTheDay(first.AddDays(day));
            Assert.That(quote, Has.Length.LessThan(512));
            Assert.That(quote, Is.All.InRange((byte)' ', (byte)'~').Or.EqualTo((byte)'\r').Or.EqualTo((byte)'\n'));
            Assert.That(SmallAnswers.QuoteOfTheDay(first.AddDays(day + 1).AddTicks(-1)), Is.EqualTo(quote));
            Assert.That(SmallAnswers.QuoteOfTheDay(first.AddDays(day + 1)), Is.Not.EqualTo(quote));
        }
    }

    [Test]
    public void The_pattern_is_a_ring_of_95_characters_in_lines_of_72()
    {
        string[] lines = Encoding.ASCII.GetString(CharacterPattern.Bytes).Split("\r\n");
        Assert.That(lines, Has.Length.EqualTo(96).And.ItemAt(95).Empty);
        Assert.That(lines[0], Is.EqualTo(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg"));
        Assert.That(lines[1], Is.EqualTo("!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh"));
        Assert.That(lines[24], Does.StartWith("89:;").And.EndWith("}~ "));
        Assert.That(lines[94], Does.StartWith("~ !"));
    }

    [Test]
    public void Status_is_one_line_per_service() => Assert.That(
        Encoding.UTF8.GetString(SmallAnswers.Status([
            new ServiceStatus("han", ["0.0.0.0:9003", "[::]:9003"], new Occupancy(2, 40), "listening"),
            new ServiceStatus("hidden", [], new Occupancy(0, null), "tcpmux"),
        ])),
        Is.EqualTo("han 0.0.0.0:9003,[::]:9003 2/40 listening\r\nhidden - 0 tcpmux\r\n"));
}
