using System.Net;

namespace SuperD.Importing;

/// <summary>Address ranges as the keys only_from and no_access take them.</summary>
internal static class AddressRanges
{
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
    public static bool IsWithin(IPNetwork range, IPNetwork wider) =>
        wider.PrefixLength <= range.PrefixLength && wider.Contains(range.BaseAddress);

    /// <summary>The value of a key as TOML; a single address stands without its prefix length, a single item without brackets.</summary>
    public static string ToToml(IEnumerable<IPNetwork> ranges) => TomlValue.Of([.. ranges.Select(Text)], oneAlone: true);

    /// <summary>The range as text; a single address without its prefix length.</summary>
    public static string Text(IPNetwork range) =>
        range.PrefixLength == range.BaseAddress.GetAddressBytes().Length * 8 ? range.BaseAddress.ToString() : range.ToString();
}
