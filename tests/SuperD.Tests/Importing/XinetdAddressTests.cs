using NUnit.Framework;
using SuperD.Importing;
using SuperD.Importing.Xinetd;

namespace SuperD.Tests.Importing;

/// <summary>only_from and no_access: the addresses that xinetd reads from an item; the import admits nobody whom xinetd refused.</summary>
public sealed class XinetdAddressTests
{
    [TestCase("10.0.0.0", "10.0.0.0/8")]
    [TestCase("192.168.1.0", "192.168.1.0/24")]
    [TestCase("128.138.0.0", "128.138.0.0/16")]
    [TestCase("0.0.0.0", "0.0.0.0/0")]
    [TestCase("10.0.0.1", "10.0.0.1/32")]
    [TestCase("10.1", "10.0.0.1/32")]
    [TestCase("127/8", "0.0.0.0/8")]
    [TestCase("0x0a.1", "10.0.0.1/32")]
    [TestCase("010.0.0.1", "8.0.0.1/32")]
    [TestCase("1.2.3.4/24", "1.2.3.0/24")]
    [TestCase("1.2.3.4/40", "1.2.3.4/32")]
    [TestCase("0.0.0.0/0", "0.0.0.0/0")]
    [TestCase("1.2.{3,4}", "1.2.3.0/24 1.2.4.0/24")]
    [TestCase("1.2.3.{4,5,6}", "1.2.3.4/32 1.2.3.5/32 1.2.3.6/32")]
    [TestCase("2001:db8::1", "2001:db8::1/128")]
    [TestCase("2001:db8::1/32", "2001:db8::/32")]
    [TestCase("::", "::/128")]
    [TestCase("::/0", "::/0")]
    [TestCase("10.0.0.1/33", "10.0.0.1/32")]
    [TestCase("fe80::1%lo", "fe80::1/128")]
    [TestCase("fe80::1%lo/64", "fe80::/64")]
    [TestCase("localhost", "127.0.0.1/32 ::1/128")]
    public void An_item_is_what_xinetd_takes_it_for(string word, string ranges) =>
        Assert.That(string.Join(' ', XinetdAddress.Parse(word, denies: false).Ranges), Is.EqualTo(ranges));

    [TestCase("10.0.0.0")]
    [TestCase("10.1")]
    [TestCase("127/8")]
    [TestCase("010.0.0.1")]
    [TestCase("1.2.{3,4}")]
    [TestCase("::")]
    [TestCase("10.0.0.1/33")]
    [TestCase("fe80::1%lo")]
    [TestCase("fe80::1%lo/64")]
    public void An_item_that_is_not_what_it_seems_is_told(string word) =>
        Assert.That(XinetdAddress.Parse(word, denies: false).Odd, Is.Not.Null);

    [TestCase("1.2.3.4")]
    [TestCase("1.2.3.4/24")]
    [TestCase("2001:db8::/32")]
    public void An_ordinary_item_is_not(string word) => Assert.That(XinetdAddress.Parse(word, denies: false).Odd, Is.Null);

    [TestCase("1.2.3.4,5.6.7.8")]
    [TestCase("1.2.3.{4,x}")]
    [TestCase("1.2.3.{400}")]
    [TestCase("1.2.3.4/x")]
    [TestCase("host.example.com")]
    [TestCase(".example.com")]
    [TestCase("1.2.3.4.5")]
    [TestCase("fe80::1/129")]
    [TestCase("[::1]")]
    [TestCase("[::1]:80")]
    public void What_is_no_address_has_no_ranges(string word)
    {
        XinetdAddress item = XinetdAddress.Parse(word, denies: false);
        Assert.That((item.Ranges.Count, item.Problem is null), Is.EqualTo((0, false)));
    }

    [Test]
    public void A_single_IPv6_address_with_its_length_never_matched()
    {
        Assert.That(XinetdAddress.Parse("2001:db8::1/128", denies: false).Ranges, Is.Empty);
        Assert.That(XinetdAddress.Parse("2001:db8::1/128", denies: true).Ranges, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_host_name_in_only_from_lets_nobody_in()
    {
        ServiceFile file = Import("only_from = host.example.com");
        Assert.That((file["only_from"], file.Enabled), Is.EqualTo(("[]", true)));
        Assert.That(file.Render(), Does.Contain("# 'host.example.com' of only_from"));
    }

    [Test]
    public void A_host_name_in_no_access_turns_the_service_off()
    {
        ServiceFile file = Import("no_access = 10.0.0.1 host.example.com");
        Assert.That((file["no_access"], file.Enabled), Is.EqualTo(("\"10.0.0.1\"", false)));
    }

    [TestCase("127.0.0.1", "127.0.0.0", "[]", "\"127.0.0.0/8\"")]
    [TestCase("10.0.0.0/8 10.1.2.3", "10.1.0.0/16", "\"10.0.0.0/8\"", "\"10.1.0.0/16\"")]
    [TestCase("10.0.0.0/8", "10.1.2.3", "\"10.0.0.0/8\"", "\"10.1.2.3\"")]
    [TestCase("10.1.2.3", "10.1.2.3", "[]", "\"10.1.2.3\"")]
    [TestCase("::/0 1.2.3.4", "0.0.0.0/0", "\"::/0\"", "\"0.0.0.0/0\"")]
    public void Whom_no_access_denies_no_longer_match_lets_in(string onlyFrom, string noAccess, string expectedFrom, string expectedAccess)
    {
        ServiceFile file = Import($"only_from = {onlyFrom}\nno_access = {noAccess}");
        Assert.That((file["only_from"], file["no_access"]), Is.EqualTo((expectedFrom, expectedAccess)));
    }

    [Test]
    public void With_wait_over_TCP_nobody_sees_who_comes()
    {
        ServiceFile file = Import("wait = yes\nonly_from = 10.0.0.1");
        Assert.That((file["only_from"], file.Enabled), Is.EqualTo(((string?)null, false)));
    }

    [Test]
    public void With_wait_over_UDP_superd_looks_at_the_first_datagram_as_xinetd_does()
    {
        ServiceFile file = Import("socket_type = dgram\nwait = yes\nonly_from = 10.0.0.1\nno_access = 10.0.0.2");
        Assert.That((file["only_from"], file["no_access"], file.Enabled), Is.EqualTo(("\"10.0.0.1\"", "\"10.0.0.2\"", true)));
    }

    [TestCase("192.168.1.", "192.168.1.0/24")]
    [TestCase("10.", "10.0.0.0/8")]
    [TestCase("1.2.3.4.", null)]
    [TestCase("example.", null)]
    public void A_dot_at_the_end_is_a_network_of_hosts_allow(string word, string? network)
    {
        string problem = XinetdAddress.Parse(word, denies: false).Problem!; // it has no address
        Assert.That(problem, network is null ? Does.Contain("compares this name") : Does.Contain($"write \"{network}\""));
    }

    private static ServiceFile Import(string attributes)
    {
        using ImportSource source = new();
        return source.XinetdService(attributes);
    }
}
