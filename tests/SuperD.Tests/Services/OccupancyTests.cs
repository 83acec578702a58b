using System.Text;
using NUnit.Framework;
using SuperD.Services;

namespace SuperD.Tests.Services;

public sealed class OccupancyTests
{
    [TestCase(3, 40, "3/40")]
    [TestCase(3, null, "3")]
    public void It_reads_the_same_as_text_and_in_a_log_line(int count, int? limit, string expected)
    {
        var occupancy = new Occupancy(count, limit);
        Span<byte> utf8 = stackalloc byte[16];

        Assert.That(occupancy.ToString(), Is.EqualTo(expected));
        Assert.That(occupancy.TryFormat(utf8, out int written, default, null), Is.True);
        Assert.That(Encoding.UTF8.GetString(utf8[..written]), Is.EqualTo(expected));
    }

    [Test]
    public void Without_room_it_says_so() => Assert.That(new Occupancy(3, 40).TryFormat([], out _, default, null), Is.False);
}
