using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux;

/// <summary>Ids as text.</summary>
public sealed class UserRangeTests
{
    [TestCase("", "")]
    [TestCase("7", "7-7")]
    [TestCase("9 7 8 4294967295", "7-9 4294967295-4294967295")]
    public void Ids_are_written_in_ranges_and_read_again(string ids, string text)
    {
        uint[] all = [.. ids.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)];
        Assert.That(UserRange.Format(all), Is.EqualTo(text));
        Assert.That(UserRange.TryParseAll(text, 4, out HashSet<uint> read));
        Assert.That(read, Is.EquivalentTo(all));
    }

    [TestCase("7")]
    [TestCase("9-7")]
    [TestCase("1-2,3-4")]
    [TestCase("1-5")]
    [TestCase("1-3 7-8")]
    [TestCase("0-4294967295")]
    public void Anything_else_is_refused(string text) => Assert.That(UserRange.TryParseAll(text, 4, out _), Is.False);
}
