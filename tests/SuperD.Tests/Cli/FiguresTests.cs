using NUnit.Framework;
using SuperD.Cli;

namespace SuperD.Tests.Cli;

/// <summary>Numbers and tables for people.</summary>
public sealed class FiguresTests
{
    [TestCase(null, "-")]
    [TestCase(0, "0.0s")]
    [TestCase(9_949, "9.9s")]
    [TestCase(119_999, "119s")]
    [TestCase(7_199_999, "119m")]
    [TestCase(172_799_999, "47h")]
    [TestCase(8_640_000_000, "100d")]
    public void A_time_is_shown_in_its_largest_unit(long? milliseconds, string text) =>
        Assert.That(Figures.Time(milliseconds), Is.EqualTo(text));

    [TestCase(null, "-")]
    [TestCase(1023, "1023")]
    [TestCase(1024, "1.0K")]
    [TestCase(123_456_789, "118M")]
    [TestCase(long.MaxValue, "8.0E")]
    public void Bytes_have_a_unit_of_1024(long? bytes, string text) => Assert.That(Figures.Bytes(bytes), Is.EqualTo(text));

    [Test]
    public void Where_the_terminal_is_narrow_one_column_is_cut()
    {
        var table = new TextTable(1, ">N", "NAME", "END");
        table.Add(null, "1", "a-long-name", "x");
        table.Add(null, "22", "b", "yy");

        Assert.That(
            table.Render(null, colours: false), Is.EqualTo(new[] { " N NAME        END", " 1 a-long-name x", "22 b           yy" }));
        Assert.That(table.Render(13, colours: false), Is.EqualTo(new[] { " N NAME   END", " 1 a-lon~ x", "22 b      yy" }));
    }

    [Test]
    public void Colours_are_round_a_row_and_only_where_they_are_wanted()
    {
        var table = new TextTable(0, "A");
        table.Add(Terminal.Red, "x");

        Assert.That(table.Render(null, colours: true), Is.EqualTo(new[] { "\e[1mA\e[0m", "\e[1;31mx\e[0m" }));
        Assert.That(table.Render(null, colours: false), Is.EqualTo(new[] { "A", "x" }));
    }
}
