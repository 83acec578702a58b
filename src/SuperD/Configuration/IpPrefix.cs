using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>A range of addresses in CIDR form: <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>; or a single address, <c>192.0.2.7</c>.</summary>
/// <remarks>A mapped IPv4 address (::ffff:192.0.2.7) becomes the IPv4 address, and <c>::/0</c> covers IPv6 but not IPv4.</remarks>
/// <param name="Address">As in <see cref="InetEndPoint.AddressBits"/>; the bits after the prefix are 0.</param>
/// <param name="Length">0 to 32, or to 128 for IPv6.</param>
/// <param name="IsV6">Whether it is an IPv6 range.</param>
internal readonly record struct IpPrefix(UInt128 Address, int Length, bool IsV6)
{
    /// <summary>What is wrong with a text that holds several addresses.</summary>
    public const string SeveralAddresses = "is more than one address; write each as an item of its own";

    private const int MappedLength = 96;

    /// <summary>The pattern of an IPv4 address.</summary>
    public static string PatternOfV4
    {
        get
        {
            const string Octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"; // no leading zeros
            return $@"(?:{Octet}\.){{3}}{Octet}";
        }
    }

    /// <summary>The pattern of an IPv6 address: eight groups, of which "::" stands for some.</summary>
    public static string PatternOfV6
    {
        get
        {
            const string Group = "[0-9A-Fa-f]{1,4}";
            IEnumerable<string> shortened = Enumerable.Range(1, 6).Select(before =>
                $"(?:{Group}:){{{before}}}(?::{Group}){{1,{7 - before}}}");
            return $"(?:(?:{Group}:){{7}}{Group}|(?:{Group}:){{1,7}}:|:(?::{Group}){{1,7}}|::|{string.Join('|', shortened)}"
                + $"|(?:{Group}:){{6}}{PatternOfV4}|(?:{Group}:){{0,5}}:(?::{Group}){{0,4}}:{PatternOfV4}|::{PatternOfV4})";
        }
    }

    /// <summary>The pattern of a range. It is wider: it does not see bits behind the prefix.</summary>
    public static string Pattern =>
        $"(?:{PatternOfV4}(?:/{NumberPattern.Between(0, 32)})?|{PatternOfV6}(?:/{NumberPattern.Between(0, 128)})?)";

    private int Width => IsV6 ? 128 : 32;

    /// <summary>The highest address of the range.</summary>
    public UInt128 Last => Address | (AllBits(Width) & ~Mask(Width, Length));

    /// <summary>The lowest address of the range, with port 0.</summary>
    public InetEndPoint FirstAddress
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
            return InetEndPoint.From(IsV6 ? bytes : bytes[12..], port: 0);
        }
    }

    /// <summary>The range with that prefix length which contains a peer.</summary>
    public static IpPrefix Of(InetEndPoint peer, int length) =>
        new(peer.AddressBits & Mask(peer.IsV6 ? 128 : 32, length), length, peer.IsV6);

    /// <summary>Whether a peer is in the range.</summary>
    public bool Contains(InetEndPoint peer) =>
        peer.IsKnown && peer.IsV6 == IsV6 && (peer.AddressBits & Mask(Width, Length)) == Address;

    /// <summary>Parses a range. Returns null, or what is wrong with the text and what to write instead.</summary>
    public static string? WhatIsWrong(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        if (IsList(text))
        {
            return WithMask(text) is { } masked
                ? $"has a netmask; write \"{masked}\""
                : SeveralAddresses;
        }

        int slash = text.IndexOf('/');
        ReadOnlySpan<char> address = slash < 0 ? text : text[..slash];
        if (WhatIsWrongWithAddress(address, out IPAddress? ip) is { } wrong)
        {
            return Bare(address) is { } bare ? $"is no address alone; write \"{bare}{(slash < 0 ? "" : text[slash..])}\""
                : Completed(text) is { } meant ? $"is no address: IPv4 has four numbers from 0 to 255; write \"{meant}\"" : wrong;
        }

        int width = ip!.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32; // set when nothing is wrong
        int length = width;
        if (slash >= 0 && WhatIsWrongWithLength(text[(slash + 1)..], width, out length) is { } wrongLength)
        {
            return width == 32 && BitsOf(text[(slash + 1)..]) is { } mask
                ? $"has a netmask; write \"{Of(InetEndPoint.From(new IPEndPoint(ip, 0)), mask)}\""
                : wrongLength;
        }

        if (ip.IsIPv4MappedToIPv6)
        {
            if (length < MappedLength)
            {
                return $"is an IPv4 address in IPv6 form with a prefix shorter than {MappedLength}; write the IPv4 range as such, "
                    + $"or \"::/{length}\" for IPv6";
            }

            ip = ip.MapToIPv4();
            length -= MappedLength;
            width = 32;
        }

        UInt128 bits = InetEndPoint.From(new IPEndPoint(ip, 0)).AddressBits;
        prefix = new IpPrefix(bits & Mask(width, length), length, width == 128);
        return prefix.Address == bits
            ? null
            : $"has bits set behind its first {length}; write \"{prefix}\" for the range, or \"{ip}\" for the one address";
    }

    /// <summary>The CIDR form; a single address without its length.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
        var ip = new IPAddress(IsV6 ? bytes : bytes[12..]);
        return Length == Width ? ip.ToString() : $"{ip}/{Length}";
    }

    /// <summary>Whether blanks or commas separate several addresses; <c>10.0.0.0/ 8</c> is one with a blank too many.</summary>
    private static bool IsList(ReadOnlySpan<char> text)
    {
        int words = 0;
        foreach (Range range in text.SplitAny(',', ' '))
        {
            words += text[range].IndexOfAny('.', ':') >= 0 ? 1 : 0;
        }

        return words > 1;
    }

    /// <summary>The range for a short form of other programs, <c>192.168.1.</c>, <c>10.*</c> or <c>127/8</c>; otherwise null.</summary>
    private static string? Completed(ReadOnlySpan<char> text)
    {
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> written = slash < 0 ? text : text[..slash];
        string numbers = written.TrimEnd(".*").ToString();
        int count = numbers.Split('.').Length;
        if (count > 3 || (slash < 0 && numbers.Length == written.Length))
        {
            return null;
        }

        string address = numbers + string.Concat(Enumerable.Repeat(".0", 4 - count));
        string range = slash < 0 ? $"{address}/{8 * count}" : $"{address}{text[slash..]}";
        return WhatIsWrong(range, out _) is null ? range : null;
    }

    /// <summary>The address in brackets, before a port, or both: <c>[::1]:80</c>, <c>10.0.0.1:80</c>; null for any other text.</summary>
    private static string? Bare(ReadOnlySpan<char> text)
    {
        int end = text.StartsWith("[") ? text.IndexOf(']') : text.IndexOf(':');
        ReadOnlySpan<char> rest = end < 0 ? "" : text[end..].TrimStart(']');
        bool isPort = rest is [':', ..] && rest.Length > 1 && rest[1..].IndexOfAnyExceptInRange('0', '9') < 0;
        return end > 0 && (rest.IsEmpty || isPort) && WhatIsWrongWithAddress(text[..end].TrimStart('['), out _) is null
            ? text[..end].TrimStart('[').ToString()
            : null;
    }

    /// <summary>The range for an address and a netmask after a blank: <c>10.0.0.0 255.0.0.0</c>; null for any other text.</summary>
    private static string? WithMask(ReadOnlySpan<char> text)
    {
        int blank = text.IndexOf(' ');
        return blank > 0
            && BitsOf(text[(blank + 1)..].Trim()) is { } bits and > 0
            && ListenForm.TryReadIPv4(text[..blank].ToString(), out IPAddress? ip)
            ? Of(InetEndPoint.From(new IPEndPoint(ip!, 0)), bits).ToString() // set when it was read
            : null;
    }

    /// <summary>The prefix length of a netmask: 24 for 255.255.255.0; null for any other text.</summary>
    private static int? BitsOf(ReadOnlySpan<char> netmask)
    {
        if (!ListenForm.TryReadIPv4(netmask.ToString(), out IPAddress? mask))
        {
            return null;
        }

        uint bits = BinaryPrimitives.ReadUInt32BigEndian(mask!.GetAddressBytes()); // set when it was read
        int length = BitOperations.LeadingZeroCount(~bits);
        return bits == (uint)Mask(32, length) ? length : null;
    }

    private static string? WhatIsWrongWithAddress(ReadOnlySpan<char> text, out IPAddress? address)
    {
        if (ListenForm.TryReadIPv4(text.ToString(), out address))
        {
            return null;
        }

        bool isV6 = text.Contains(':') && text.IndexOfAnyExcept("0123456789abcdefABCDEF:.") < 0;
        if (isV6 && IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return null;
        }

        const string Examples = "write one such as \"192.0.2.7\", \"10.0.0.0/8\" or \"2001:db8::/32\"";
        return text switch
        {
            [] => $"is no address; {Examples}",
            _ when text.Contains('%') => "names an interface, which is no part of an address; remove what begins with '%'",
            _ when text.Contains('[') || text.IndexOfAnyExcept("0123456789.*") < 0 =>
                $"is no address: IPv4 has four numbers from 0 to 255, a range its length after '/'; {Examples}",
            _ when text is "any" or "all" or "ALL" or "*" or "anywhere" =>
                "is no address; write [\"0.0.0.0/0\", \"::/0\"] for everybody",
            _ when text.Equals("localhost", StringComparison.OrdinalIgnoreCase) =>
                "is a name, and names are not looked up; write \"127.0.0.1\", and \"::1\" as well for IPv6",
            _ when !isV6 => "is no address, and names are not looked up, since whoever answers for a name would decide who comes in; "
                + "write the address",
            _ => $"is no IPv6 address; {Examples}",
        };
    }

    private static string? WhatIsWrongWithLength(ReadOnlySpan<char> text, int width, out int length)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length);
        return isNumber && length <= width ? null
            : text.Contains('.') ? "has a netmask that is none; write a number of bits after the '/', as in \"10.0.0.0/8\""
            : $"has no good prefix length; write a number from 0 to {width} after the '/'";
    }

    private static UInt128 AllBits(int width) => width == 128 ? UInt128.MaxValue : uint.MaxValue;

    /// <summary>The mask of a prefix. 0 is a special case, because C# would shift by the full width as by 0.</summary>
    private static UInt128 Mask(int width, int length) => length == 0 ? 0 : UInt128.MaxValue << width - length & AllBits(width);
}
