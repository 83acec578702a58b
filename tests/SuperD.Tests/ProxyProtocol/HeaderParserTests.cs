using System.Text;
using NUnit.Framework;
using SuperD.ProxyProtocol;
using static SuperD.Tests.ProxyProtocol.ProxyHeaderBytes;

namespace SuperD.Tests.ProxyProtocol;

/// <summary>What counts as a PROXY protocol header, what it says, and what is rejected.</summary>
public sealed class HeaderParserTests
{
    private const string Four = "192.0.2.7:50112", FourTo = "198.51.100.1:443", Six = "[2001:db8::5]:50112", SixTo = "[2001:db8::1]:443";

    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n", Four, FourTo)]
    [TestCase("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535")]
    [TestCase("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0")]
    [TestCase("PROXY TCP6 2001:db8::5 2001:db8::1 50112 443\r\n", Six, SixTo)]
    [TestCase("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 50112 443\r\n", Four, FourTo)]
    [TestCase(
        "PROXY TCP6 ffff:f:f:f:f:f:f:ffff ffff:f:f:f:f:f:f:ffff 65535 65535\r\n",
        "[ffff:f:f:f:f:f:f:ffff]:65535",
        "[ffff:f:f:f:f:f:f:ffff]:65535")]
    [TestCase("PROXY UNKNOWN\r\n", "unknown", "unknown")]
    [TestCase("PROXY UNKNOWN ffff:f:f:f:f:f:f:ffff whatever 65535\r\n", "unknown", "unknown")]
    public void A_line_of_version_1_says_who_came(string line, string source, string destination) =>
        AssertHeader(Encoding.ASCII.GetBytes(line), source, destination);

    [TestCase("PROXY TCP4 192.0.2.7  198.51.100.1 50112 443\r\n")] // two spaces
    [TestCase("PROXY  TCP4 192.0.2.7 198.51.100.1 50112 443\r\n")] // two spaces at the start
    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443 \r\n")] // a space at the end
    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 50112 0443\r\n")] // a leading zero in a port
    [TestCase("PROXY TCP4 192.0.2.07 198.51.100.1 50112 443\r\n")] // a leading zero in an address
    [TestCase("PROXY TCP4 192.0.2 198.51.100.1 50112 443\r\n")] // three numbers
    [TestCase("PROXY TCP4 192.0.2.7.1 198.51.100.1 50112 443\r\n")] // five numbers
    [TestCase("PROXY TCP4 192.0.2.256 198.51.100.1 50112 443\r\n")] // 256 in an address
    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n")] // port 65536
    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 +1 443\r\n")] // a sign
    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 50112\r\n")] // one port
    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443 1\r\n")] // three ports
    [TestCase("PROXY TCP4 2001:db8::5 2001:db8::1 50112 443\r\n")] // IPv6 addresses as TCP4
    [TestCase("PROXY TCP6 192.0.2.7 198.51.100.1 50112 443\r\n")] // IPv4 addresses as TCP6
    [TestCase("PROXY TCP6 [2001:db8::5] 2001:db8::1 50112 443\r\n")] // brackets
    [TestCase("PROXY TCP6 fe80::1%1 2001:db8::1 50112 443\r\n")] // a scope
    [TestCase("PROXY UDP4 192.0.2.7 198.51.100.1 50112 443\r\n")] // another protocol
    [TestCase("PROXY tcp4 192.0.2.7 198.51.100.1 50112 443\r\n")] // lower case
    [TestCase("PROXY UNKNOWNS\r\n")] // a longer word than UNKNOWN
    [TestCase("PROXY \r\n")] // no protocol
    [TestCase("PROXYTCP4 192.0.2.7 198.51.100.1 50112 443\r\n")] // no space
    [TestCase("proxy TCP4 192.0.2.7 198.51.100.1 50112 443\r\n")] // PROXY in lower case
    [TestCase("GET / HTTP/1.1\r\n")] // a request
    [TestCase("\r\n\r\nx")] // lines that do not begin version 2
    public void What_is_not_exactly_a_header_is_none(string text)
    {
        HeaderState state = HeaderParser.Parse(Encoding.ASCII.GetBytes(text), out _, out string problem);
        Assert.That(state, Is.EqualTo(HeaderState.Invalid));
        Assert.That(problem, Is.Not.Empty);
    }

    [Test]
    public void A_line_may_have_107_bytes_and_no_more()
    {
        string longest = "PROXY UNKNOWN " + new string('x', 107 - 14 - 2);
        AssertHeader(Encoding.ASCII.GetBytes(longest + "\r\n"), "unknown", "unknown");
        Assert.That(StateOf(Encoding.ASCII.GetBytes(longest + "x\r\n")), Is.EqualTo(HeaderState.Invalid));
        Assert.That(StateOf(Encoding.ASCII.GetBytes(longest + "\n")), Is.EqualTo(HeaderState.Incomplete));
        Assert.That(StateOf(Encoding.ASCII.GetBytes(longest + "\n\n")), Is.EqualTo(HeaderState.Invalid), "no CRLF");
    }

    [Test]
    public void A_block_of_version_2_says_who_came()
    {
        AssertHeader(V2(Four, FourTo), Four, FourTo);
        AssertHeader(V2(Six, SixTo), Six, SixTo);
        AssertHeader(V2("[::ffff:192.0.2.7]:50112", "[::ffff:198.51.100.1]:443"), Four, FourTo);
    }

    // Captured from HAProxy 2.6.12: send-proxy, send-proxy-v2, and the latter with proxy-v2-options crc32c,unique-id.
    [TestCase("50524F58592054435034203132372E302E302E31203132372E302E302E312031393031302032343434330D0A", "127.0.0.1:19010")]
    [TestCase("0D0A0D0A000D0A515549540A2111000C7F0000017F0000014A455F7B", "127.0.0.1:19013")]
    [TestCase("0D0A0D0A000D0A515549540A211100197F0000017F0000014A675F7B030004B75058DF050003616263", "127.0.0.1:19047")]
    public void The_bytes_HAProxy_sends_are_read_right(string bytes, string source) =>
        AssertHeader(Convert.FromHexString(bytes), source, "127.0.0.1:24443");

    [Test]
    public void A_proxy_that_speaks_for_itself_names_nobody()
    {
        AssertHeader(V2(Local, 0x00), "unknown", "unknown");
        AssertHeader(V2(Local, 0x11, new byte[12]), "unknown", "unknown");
        AssertHeader(V2(Local, 0xFF, [1, 2, 3]), "unknown", "unknown");
        AssertHeader(V2(Proxy, 0x00), "unknown", "unknown");
        AssertHeader(V2(Proxy, 0x00, [1, 2, 3]), "unknown", "unknown");
    }

    [Test]
    public void Addresses_of_datagrams_and_unix_sockets_name_nobody()
    {
        AssertHeader(V2(Proxy, 0x12, new byte[12]), "unknown", "unknown");
        AssertHeader(V2(Proxy, 0x22, new byte[36]), "unknown", "unknown");
        AssertHeader(V2(Proxy, 0x31, new byte[216]), "unknown", "unknown");
        AssertHeader(V2(Proxy, 0x32, new byte[216]), "unknown", "unknown");
    }

    [Test]
    public void Fields_are_skipped_whatever_they_hold()
    {
        byte[] secure = Field(0x20, [0x01, 0, 0, 0, 0, .. Field(0x21, "TLSv1.3"u8.ToArray()), .. Field(0x22, "client"u8.ToArray())]);
        AssertHeader(
            V2(
                Four, FourTo, Field(0x01, "h2"u8.ToArray()), Field(0x02, "example.net"u8.ToArray()), secure, Field(0x04),
                Field(0xEA, 1, 2, 3), Field(0xFF)),
            Four,
            FourTo);
    }

    [Test]
    public void The_checksum_these_tests_make_is_the_one_of_RFC_3720() => Assert.That(Crc32C("123456789"u8), Is.EqualTo(0xE3069283));

    [Test]
    public void A_right_checksum_is_taken_and_a_wrong_one_is_not()
    {
        byte[] good = WithChecksum(V2(Six, SixTo, Field(0x02, "example.net"u8.ToArray())));
        AssertHeader(good, Six, SixTo);
        for (int i = 16; i < good.Length; i++)
        {
            // Skip the types and lengths of the fields: a change there can turn the checksum field into something else.
            if (i is >= 52 and < 55 || i is >= 66 and < 69)
            {
                continue;
            }

            byte[] bad = [.. good];
            bad[i] ^= 0x40;
            Assert.That(StateOf(bad), Is.EqualTo(HeaderState.Invalid), $"byte {i}");
        }

        Assert.That(StateOf(V2(Four, FourTo, Field(0x03, 0, 0, 0))), Is.EqualTo(HeaderState.Invalid), "three bytes are no checksum");
    }

    [Test]
    public void A_block_that_breaks_the_rules_is_no_header()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(StateOf(V2(0x22, 0x11, new byte[12])), Is.EqualTo(HeaderState.Invalid), "an unknown command");
            Assert.That(StateOf(V2(0x11, 0x11, new byte[12])), Is.EqualTo(HeaderState.Invalid), "version 1 in binary");
            Assert.That(StateOf(V2(0x31, 0x11, new byte[12])), Is.EqualTo(HeaderState.Invalid), "version 3");
            Assert.That(StateOf(V2(Proxy, 0x41, new byte[12])), Is.EqualTo(HeaderState.Invalid), "an unknown family");
            Assert.That(StateOf(V2(Proxy, 0x13, new byte[12])), Is.EqualTo(HeaderState.Invalid), "an unknown protocol");
            Assert.That(StateOf(V2(Proxy, 0x11, new byte[11])), Is.EqualTo(HeaderState.Invalid), "too short for IPv4");
            Assert.That(StateOf(V2(Proxy, 0x21, new byte[35])), Is.EqualTo(HeaderState.Invalid), "too short for IPv6");
            Assert.That(StateOf(V2(Proxy, 0x31, new byte[215])), Is.EqualTo(HeaderState.Invalid), "too short for Unix");
            Assert.That(StateOf(V2(Four, FourTo, [0x04])), Is.EqualTo(HeaderState.Invalid), "a field without a length");
            Assert.That(StateOf(V2(Four, FourTo, [0x04, 0, 5, 1])), Is.EqualTo(HeaderState.Invalid), "a field longer than the header");
        }
    }

    [Test]
    public void A_block_may_have_4096_bytes_and_no_more()
    {
        AssertHeader(V2(Four, FourTo, Field(0x04, new byte[4096 - 16 - 12 - 3])), Four, FourTo);
        byte[] tooLong = V2(Four, FourTo, Field(0x04, new byte[4097 - 16 - 12 - 3]));
        Assert.That(StateOf(tooLong.AsSpan(0, 16)), Is.EqualTo(HeaderState.Invalid), "told by its first 16 bytes");
        Assert.That(StateOf(V2(Local, 0, new byte[65535])), Is.EqualTo(HeaderState.Invalid));
    }

    [Test]
    public void The_beginning_of_a_header_is_waited_for_and_what_follows_it_is_not_looked_at()
    {
        byte[][] headers =
        [
            "PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n"u8.ToArray(),
            "PROXY UNKNOWN\r\n"u8.ToArray(),
            V2(Six, SixTo),
            WithChecksum(V2(Four, FourTo)),
            V2(Local, 0),
        ];
        foreach (byte[] header in headers)
        {
            for (int length = 0; length < header.Length; length++)
            {
                Assert.That(StateOf(header.AsSpan(0, length)), Is.EqualTo(HeaderState.Incomplete), $"{length} of {header.Length} bytes");
            }

            byte[] more = [.. header, .. "PROXY UNKNOWN\r\n"u8, 0x0D, 0x0A];
            Assert.That(HeaderParser.Parse(more, out ProxyHeader read, out _), Is.EqualTo(HeaderState.Complete));
            Assert.That(read.Length, Is.EqualTo(header.Length));
        }
    }

    private static HeaderState StateOf(ReadOnlySpan<byte> bytes) => HeaderParser.Parse(bytes, out _, out _);

    private static void AssertHeader(byte[] bytes, string source, string destination)
    {
        HeaderState state = HeaderParser.Parse(bytes, out ProxyHeader header, out string problem);
        Assert.That((state, problem), Is.EqualTo((HeaderState.Complete, string.Empty)));
        Assert.That(
            (header.Length, header.Source.ToString(), header.Destination.ToString()), Is.EqualTo((bytes.Length, source, destination)));
    }
}
