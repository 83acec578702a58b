using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing;

/// <summary>Address ranges as the keys only_from and no_access take them.</summary>
internal static class AddressRanges
{
    private static readonly IPNetwork s_mapped = IPNetwork.Parse("::ffff:0:0/96"), s_everyV4 = IPNetwork.Parse("0.0.0.0/0");

    /// <summary>Reads an address as inet_pton(3) does: four decimal numbers, or IPv6 without brackets and interface.</summary>
    /// <remarks>.NET reads more: <c>10.1</c>, <c>010.0.0.1</c> (octal), <c>[::1]:80</c>, <c>fe80::1%lo</c>.</remarks>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        bool isNumeric = text.Contains(':')
            ? !text.AsSpan().ContainsAny("[]%")
            : text.Split('.') is { Length: 4 } numbers && numbers.All(IsByte);
        return isNumeric && IPAddress.TryParse(text, out address);
    }

    private static bool IsByte(string number) =>
        byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _) && (number.Length == 1 || number[0] != '0');

    /// <summary>The range, with the bits after its prefix length cleared, as superd's keys require.</summary>
    public static IPNetwork Of(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    /// <summary>Whether the first range is inside the second, or equal to it.</summary>
    /// <remarks>IPNetwork.Contains is no help: it takes ::ffff:0:0/96 for IPv4, and finds it in 2000::/3.</remarks>
    public static bool IsWithin(IPNetwork range, IPNetwork wider) =>
        wider.PrefixLength <= range.PrefixLength
        && wider.BaseAddress.AddressFamily == range.BaseAddress.AddressFamily
        && Of(range.BaseAddress, wider.PrefixLength).BaseAddress.Equals(wider.BaseAddress);

    /// <summary>The IPv4 clients in a range as a socket of both families sees them (::ffff:0:0/96); null without them.</summary>
    public static IPNetwork? MappedOf(IPNetwork range)
    {
        if (range.BaseAddress.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return null;
        }

        return IsWithin(s_mapped, range) ? s_everyV4
            : IsWithin(range, s_mapped) ? new IPNetwork(range.BaseAddress.MapToIPv4(), range.PrefixLength - s_mapped.PrefixLength)
            : null;
    }

    /// <summary>The value of a key as TOML; a single address stands without its prefix length, a single item without brackets.</summary>
    public static string ToToml(IEnumerable<IPNetwork> ranges) => TomlValue.Of([.. ranges.Select(Text)], oneAlone: true);

    /// <summary>The range as text; a single address without its prefix length.</summary>
    public static string Text(IPNetwork range) =>
        range.PrefixLength == range.BaseAddress.GetAddressBytes().Length * 8 ? range.BaseAddress.ToString() : range.ToString();
}
