using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;
using SuperD.Tests.Support;
using static SuperD.Tests.Admission.Peers;

namespace SuperD.Tests.Admission;

/// <summary>The first rule of match that has a client.</summary>
public sealed class FirstMatchTests
{
    [Test]
    public void It_is_the_one_that_trying_each_in_turn_would_find([Values] bool isV6)
    {
        var random = new Random(4711);
        for (int round = 0; round < 300; round++)
        {
            IpPrefix[][] rules =
            [
                .. Enumerable.Range(0, random.Next(1, 30)).Select(_ => Enumerable.Range(0, random.Next(1, 4))
                    .Select(_ => IpPrefix.Of(PeerOf(random.NextBits(isV6), isV6), random.Next(isV6 ? 129 : 33))).ToArray()),
            ];
            AddressListDefinition[] lists = [.. rules.Select(rule => new AddressListDefinition([.. rule], []))];
            var match = new SuperD.Admission.FirstMatch(lists, null!); // no rule has a file
            IEnumerable<UInt128> edges = rules.SelectMany(rule => rule).SelectMany(
                prefix => new[] { prefix.Address - 1, prefix.Address, prefix.Last, prefix.Last + 1 });
            foreach (UInt128 bits in edges)
            {
                InetEndPoint peer = PeerOf(bits, isV6);
                int naive = Array.FindIndex(rules, rule => rule.Any(prefix => prefix.Contains(peer)));
                Assert.That(match.Of(new Peer(peer)), Is.EqualTo(naive), $"{peer}");
            }
        }
    }

    [TestCase("uid=5 gid=6", 0)]
    [TestCase("uid=7 gid=6", 1)]
    [TestCase("uid=7 gid=8", 2)]
    [TestCase("10.0.0.1", 2)]
    [TestCase("10.0.0.2", -1)]
    public void Users_and_addresses_are_found_in_the_order_of_the_rules(string client, int rule)
    {
        AddressListDefinition[] lists =
        [
            new([], []) { Users = [5] }, new([], []) { Groups = [6] }, new([Prefix("10.0.0.1")], []) { HasEveryUser = true },
            new([Prefix("10.0.0.1")], []) { Users = [5, 7] },
        ];
        using var files = new SuperD.Admission.AddressFiles(TimeProvider.System, _ => { }, new RecordingLog());
        Assert.That(new SuperD.Admission.FirstMatch(lists, files).Of(Client(client)), Is.EqualTo(rule));
    }
}

file static class RandomBits
{
    /// <summary>Few addresses, close together, so that prefixes nest.</summary>
    public static UInt128 NextBits(this Random random, bool isV6)
    {
        uint high = (uint)random.Next(4), low = (uint)random.Next(16);
        return isV6 ? new UInt128((ulong)high << 62, low) : ((UInt128)high << 30) + low;
    }
}
