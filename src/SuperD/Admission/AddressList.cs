using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>A set of prefixes that quickly finds the longest one that contains an address. Immutable; any thread.</summary>
internal sealed class AddressList(IEnumerable<IpPrefix> prefixes)
{
    /// <summary>The result for an address that no prefix contains.</summary>
    public const int NoMatch = AddressMap.None;

    private readonly AddressMap _lengths = new(prefixes.Select(prefix => (prefix, prefix.Length)), (_, longer) => longer);

    /// <summary>The length of the longest prefix that contains the address; <see cref="NoMatch"/> if none does.</summary>
    public int LongestMatch(InetEndPoint peer) => _lengths.Find(peer);
}
