using System.Net;
using System.Text;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux;

/// <summary>Addresses as the kernel returns them, and as text for people.</summary>
public sealed class InetEndPointTests
{
    [TestCase("192.0.2.7:50112", "192.0.2.7", "192.0.2.7:50112", false)]
    [TestCase("[2001:db8::5]:50112", "2001:db8::5", "[2001:db8::5]:50112", true)]
    [TestCase("[::1]:1", "::1", "[::1]:1", true)]
    [TestCase("255.255.255.255:65535", "255.255.255.255", "255.255.255.255:65535", false)]
    [TestCase("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2:3:4:5:6", "[2001:db8:1:2:3:4:5:6]:443", true)]
    [TestCase("[::ffff:192.0.2.7]:80", "192.0.2.7", "192.0.2.7:80", false, Description = "mapped: the IPv4 address it is")]
    public void Text_is_address_and_port(string written, string address, string all, bool isV6)
    {
        InetEndPoint endPoint = InetEndPoint.From(IPEndPoint.Parse(written));
        Span<byte> utf8 = stackalloc byte[InetEndPoint.MaxTextLength];

        string formatted = Encoding.UTF8.GetString(utf8[..endPoint.FormatAddress(utf8)]);

        Assert.That(formatted, Is.EqualTo(address));
        Assert.That(endPoint.ToString(), Is.EqualTo(all));
        Assert.That(endPoint.IsV6, Is.EqualTo(isV6));
        Assert.That(endPoint.IsKnown, Is.True);
        Assert.That(endPoint.IsWildcard, Is.False);
    }

    [TestCase("0.0.0.0:7")]
    [TestCase("[::]:7")]
    public void A_listener_for_any_address_is_a_wildcard(string written) =>
        Assert.That(InetEndPoint.From(IPEndPoint.Parse(written)).IsWildcard, Is.True);

    [TestCase("192.0.2.7:50112", 16)]
    [TestCase("[2001:db8::5]:50112", 28)]
    public void A_sockaddr_is_read_as_it_was_written(string written, int length)
    {
        var endPoint = IPEndPoint.Parse(written);
        Span<byte> sockaddr = stackalloc byte[InetEndPoint.MaxSockaddrLength];

        Assert.That(InetEndPoint.WriteSockaddr(endPoint, sockaddr), Is.EqualTo(length));
        Assert.That(InetEndPoint.FromSockaddr(sockaddr[..length]), Is.EqualTo(InetEndPoint.From(endPoint)));
    }

    [Test]
    public void The_scope_of_a_link_local_address_goes_into_the_sockaddr()
    {
        Span<byte> sockaddr = stackalloc byte[InetEndPoint.MaxSockaddrLength];

        _ = InetEndPoint.WriteSockaddr(new IPEndPoint(IPAddress.Parse("fe80::1%3"), 80), sockaddr);

        Assert.That(BitConverter.ToUInt32(sockaddr[24..]), Is.EqualTo(3));
    }

    [Test]
    public void What_is_neither_IPv4_nor_IPv6_is_no_address()
    {
        byte[] tooShort = [2, 0, 0, 7];
        byte[] unixSocket = [1, 0, .. "/run/x.sock"u8];
        byte[] cutShort = [10, 0, 0, 7, 0, 0, 0, 0, 0x20, 1];

        foreach (byte[] sockaddr in (byte[][])[[], tooShort, unixSocket, cutShort])
        {
            InetEndPoint endPoint = InetEndPoint.FromSockaddr(sockaddr);
            Assert.That(endPoint.IsKnown, Is.False);
            Assert.That(endPoint.ToString(), Is.EqualTo("unknown"));
        }
    }
}
