using System.Net;
using System.Text;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.ProxyProtocol;

namespace SuperD.Tests.ProxyProtocol;

/// <summary>The header that superd sends to a backend.</summary>
public sealed class HeaderWriterTests
{
    [TestCase("192.0.2.7:50112", "198.51.100.1:443", "PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n")]
    [TestCase("[2001:db8::5]:50112", "[2001:db8::1]:443", "PROXY TCP6 2001:db8::5 2001:db8::1 50112 443\r\n")]
    [TestCase("192.0.2.7:50112", "[2001:db8::1]:443", "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 50112 443\r\n")]
    [TestCase(null, "198.51.100.1:443", "PROXY UNKNOWN\r\n")]
    public void Version_1_is_one_line(string? source, string destination, string line) =>
        Assert.That(Encoding.ASCII.GetString(Write(ProxyVersion.V1, source, destination)), Is.EqualTo(line));

    [TestCase("192.0.2.7:50112", "198.51.100.1:443")]
    [TestCase("[2001:db8::5]:50112", "[2001:db8::1]:443")]
    public void Version_2_is_the_addresses_and_a_checksum(string source, string destination) =>
        Assert.That(
            Write(ProxyVersion.V2, source, destination),
            Is.EqualTo(ProxyHeaderBytes.WithChecksum(ProxyHeaderBytes.V2(source, destination))));

    [Test]
    public void Version_2_names_nobody_where_there_is_no_address() =>
        Assert.That(
            Write(ProxyVersion.V2, null, "198.51.100.1:443"),
            Is.EqualTo(ProxyHeaderBytes.WithChecksum(ProxyHeaderBytes.V2(ProxyHeaderBytes.Proxy, 0))));

    [Test]
    public void The_longest_header_fits_its_buffer()
    {
        const string Longest = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535";
        Assert.That(Write(ProxyVersion.V1, Longest, Longest), Has.Length.EqualTo(104));
        Assert.That(Write(ProxyVersion.V2, Longest, Longest), Has.Length.EqualTo(59));
    }

    private static byte[] Write(ProxyVersion version, string? source, string destination)
    {
        var buffer = new byte[HeaderWriter.MaxLength];
        InetEndPoint from = source is null ? default : InetEndPoint.From(IPEndPoint.Parse(source));
        return buffer[..HeaderWriter.Write(buffer, version, from, InetEndPoint.From(IPEndPoint.Parse(destination)))];
    }
}
