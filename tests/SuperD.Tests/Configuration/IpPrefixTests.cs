using System.Net;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Tests.Configuration;

/// <summary>Addresses and ranges, parsed and printed.</summary>
public sealed class IpPrefixTests
{
    [TestCase("192.0.2.7", "192.0.2.7")]
    [TestCase("192.0.2.7/32", "192.0.2.7")]
    [TestCase("10.0.0.0/8", "10.0.0.0/8")]
    [TestCase("0.0.0.0/0", "0.0.0.0/0")]
    [TestCase("128.0.0.0/1", "128.0.0.0/1")]
    [TestCase("::1", "::1")]
    [TestCase("::1/128", "::1")]
    [TestCase("::/0", "::/0")]
    [TestCase("2001:db8::/32", "2001:db8::/32")]
    [TestCase("2001:DB8:0::/33", "2001:db8::/33")]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7")]
    [TestCase("::ffff:10.0.0.0/104", "10.0.0.0/8")]
    [TestCase("::ffff:0:0/96", "0.0.0.0/0")]
    public void An_address_or_range_is_read_and_an_IPv4_address_in_IPv6_form_is_IPv4(string text, string meaning)
    {
        Assert.That(IpPrefix.WhatIsWrong(text, out IpPrefix prefix), Is.Null);
        Assert.That(prefix.ToString(), Is.EqualTo(meaning));
    }

    [TestCase("", "is no address")]
    [TestCase("example.org", "names are not looked up")]
    [TestCase(".example.org", "names are not looked up")]
    [TestCase("10.1", "IPv4 has four numbers")]
    [TestCase("10.0.0.*", "IPv4 has four numbers")]
    [TestCase("127/8", "IPv4 has four numbers")]
    [TestCase("10.0.0.256", "IPv4 has four numbers")]
    [TestCase("010.0.0.1", "IPv4 has four numbers")]
    [TestCase("1.2.3.4.5", "IPv4 has four numbers")]
    [TestCase("10.0.0.1,10.0.0.2", "each as an item of its own")]
    [TestCase("10.0.0.1 10.0.0.2", "each as an item of its own")]
    [TestCase("10.0.0.0/33", "from 0 to 32")]
    [TestCase("10.0.0.0/", "from 0 to 32")]
    [TestCase("10.0.0.0/-1", "from 0 to 32")]
    [TestCase("10.0.0.0/+8", "from 0 to 32")]
    [TestCase("10.0.0.0/ 8", "from 0 to 32")]
    [TestCase("10.0.0.0/8/8", "from 0 to 32")]
    [TestCase("10.0.0.0/255.0.0.0", "has a netmask")]
    [TestCase("10.1.2.3/8", "has bits set behind its first 8; write \"10.0.0.0/8\" for the range, or \"10.1.2.3\" for the one address")]
    [TestCase("0.0.0.1/0", "has bits set behind its first 0; write \"0.0.0.0/0\"")]
    [TestCase("::1/129", "from 0 to 128")]
    [TestCase("2001:db8::1/32", "write \"2001:db8::/32\"")]
    [TestCase("::ffff:10.0.0.0/8", "shorter than 96")]
    [TestCase("[::1]", "is no address")]
    [TestCase("fe80::1%eth0", "names an interface")]
    [TestCase("1:2:3", "is no IPv6 address")]
    [TestCase(":::", "is no IPv6 address")]
    [TestCase("12345::", "is no IPv6 address")]
    public void What_is_no_address_is_told_with_what_to_write(string text, string part) =>
        Assert.That(IpPrefix.WhatIsWrong(text, out _), Does.Contain(part));

    [Test]
    public void A_range_holds_its_first_and_last_address_and_none_beside_them()
    {
        _ = IpPrefix.WhatIsWrong("10.1.2.0/23", out IpPrefix range);
        Assert.That(
            new[]
            {
                "10.1.1.255", "10.1.2.0", "10.1.3.255", "10.1.4.0", "::a01:200", "::ffff:10.1.2.1"
            }.Where(address => range.Contains(Peer(address))),
            Is.EqualTo(new[] { "10.1.2.0", "10.1.3.255", "::ffff:10.1.2.1" }));
    }

    [Test]
    public void All_of_IPv6_is_nothing_of_IPv4()
    {
        _ = IpPrefix.WhatIsWrong("::/0", out IpPrefix all6);
        _ = IpPrefix.WhatIsWrong("0.0.0.0/0", out IpPrefix all4);
        Assert.That((all6.Contains(Peer("10.0.0.1")), all4.Contains(Peer("10.0.0.1"))), Is.EqualTo((false, true)));
        Assert.That((all6.Contains(Peer("2001:db8::1")), all4.Contains(Peer("2001:db8::1"))), Is.EqualTo((true, false)));
    }

    private static InetEndPoint Peer(string address) => InetEndPoint.From(new IPEndPoint(IPAddress.Parse(address), 1));
}
