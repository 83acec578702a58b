using NUnit.Framework;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Admission.Peers;

namespace SuperD.Tests.Admission;

/// <summary>Longest-prefix match in a list of many prefixes.</summary>
public sealed class AddressListTests
{
    [TestCase("10.0.0.0/8 10.1.0.0/16 10.1.2.0/24", "10.1.2.3", 24)]
    [TestCase("10.0.0.0/8 10.1.0.0/16 10.1.2.0/24", "10.1.3.0", 16)]
    [TestCase("10.0.0.0/8 10.1.0.0/16 10.1.2.0/24", "10.2.0.0", 8)]
    [TestCase("10.0.0.0/8 10.1.0.0/16 10.1.2.0/24", "11.0.0.0", -1)]
    [TestCase("0.0.0.0/0", "255.255.255.255", 0)]
    [TestCase("255.255.255.255 0.0.0.0", "255.255.255.255", 32)]
    [TestCase("255.255.255.255 0.0.0.0", "0.0.0.0", 32)]
    [TestCase("255.255.255.255 0.0.0.0", "0.0.0.1", -1)]
    [TestCase("::/0", "10.0.0.1", -1)]
    [TestCase("::/0", "::", 0)]
    [TestCase("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0)]
    [TestCase("0.0.0.0/0", "::1", -1)]
    [TestCase("2001:db8::5/128", "2001:db8::5", 128)]
    [TestCase("2001:db8::5/128", "2001:db8::6", -1)]
    [TestCase("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", -1)]
    [TestCase("10.0.0.0/8", "::ffff:10.1.2.3", 8)]
    [TestCase("::ffff:10.0.0.0/104", "10.1.2.3", 8)]
    [TestCase("", "10.1.2.3", -1)]
    public void The_longest_prefix_that_holds_the_address_is_found(string prefixes, string address, int length) =>
        Assert.That(new AddressList(Prefixes(prefixes)).LongestMatch(Peer(address)), Is.EqualTo(length));

    [Test]
    public void Any_list_answers_as_looking_at_every_prefix_would([Values] bool isV6)
    {
        var random = new Random(4711);
        for (int round = 0; round < 300; round++)
        {
            IpPrefix[] prefixes = [.. Enumerable.Range(0, random.Next(60)).Select(_ => RandomPrefix(random, isV6))];
            var list = new AddressList(prefixes);
            IEnumerable<UInt128> edges = prefixes.SelectMany(
                prefix => new[] { prefix.Address - 1, prefix.Address, prefix.Last, prefix.Last + 1 });
            foreach (UInt128 bits in edges.Concat(Enumerable.Range(0, 50).Select(_ => RandomPrefix(random, isV6).Address)))
            {
                InetEndPoint peer = PeerOf(bits, isV6);
                int naive = prefixes.Where(prefix => prefix.Contains(peer)).Select(prefix => prefix.Length).DefaultIfEmpty(-1).Max();
                Assert.That(list.LongestMatch(peer), Is.EqualTo(naive), $"{peer} in {string.Join(' ', prefixes)}");
            }
        }
    }

    [Test]
    public void Thousands_of_ranges_are_no_slower_to_ask_than_a_few()
    {
        TimeSpan few = TimeToAsk(100), many = TimeToAsk(100_000);

        Assert.That(many / few, Is.LessThan(50), "a look at each of them would take a thousand times as long");
    }

    /// <summary>Processor time of many look-ups in a list of <paramref name="ranges"/> ranges.</summary>
    private static TimeSpan TimeToAsk(int ranges)
    {
        var random = new Random(1);
        var list = new AddressList(
            Enumerable.Range(0, ranges).Select(_ => IpPrefix.Of(PeerOf((uint)random.Next(), false), random.Next(12, 33))));
        return ThreadClock.Measure(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                _ = list.LongestMatch(PeerOf((uint)random.Next(), false));
            }
        });
    }

    /// <summary>From a small address space, so that prefixes nest, adjoin and repeat.</summary>
    private static IpPrefix RandomPrefix(Random random, bool isV6)
    {
        UInt128 bits = (UInt128)(uint)random.Next(64) << random.Next(isV6 ? 122 : 26);
        bits |= random.Next(8) == 0 ? UInt128.MaxValue << 64 : 0;
        return IpPrefix.Of(PeerOf(bits, isV6), random.Next(isV6 ? 129 : 33));
    }
}
