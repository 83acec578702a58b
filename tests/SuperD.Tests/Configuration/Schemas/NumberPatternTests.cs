using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Configuration.Values;

namespace SuperD.Tests.Configuration.Schemas;

/// <summary>A pattern for numbers within bounds matches exactly those.</summary>
public sealed class NumberPatternTests
{
    [TestCase(0UL, 0UL)]
    [TestCase(0UL, 9UL)]
    [TestCase(0UL, 10UL)]
    [TestCase(1UL, 32UL)]
    [TestCase(0UL, 255UL)]
    [TestCase(99UL, 100UL)]
    [TestCase(100UL, 999UL)]
    [TestCase(1023UL, 8191UL)]
    [TestCase(4096UL, 19999UL)]
    public void It_matches_every_number_between_the_bounds_and_no_other(ulong least, ulong most)
    {
        var pattern = new Regex($"^(?:{NumberPattern.Between(least, most)})$");
        for (ulong number = 0; number <= 20_000; number++)
        {
            bool isWanted = number >= least && number <= most;
            Assert.That((pattern.IsMatch($"{number}"), pattern.IsMatch($"00{number}")), Is.EqualTo((isWanted, isWanted)), $"{number}");
        }
    }

    [Test]
    public void It_matches_no_other_text() =>
        Assert.That(Regex.IsMatch("", $"^(?:{NumberPattern.Between(0, 5)})$"), Is.False);

    [Test]
    public void Without_an_exact_bound_the_number_of_digits_is_one()
    {
        var pattern = new Regex($"^(?:{NumberPattern.AtLeast(1048576, 19)})$");
        Assert.That(pattern.IsMatch("1048575"), Is.False);
        Assert.That(pattern.IsMatch("1048576"), Is.True);
        Assert.That(pattern.IsMatch("9223372036854775807"), Is.True);
        Assert.That(pattern.IsMatch("10000000000000000000"), Is.False);
    }
}
