using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>The addresses of one list of a service: those written in it, and those of its files as they are now. Loop only.</summary>
internal sealed class AddressSet
{
    private readonly AddressList _written;
    private readonly LiveAddressFile[] _files;

    public AddressSet(AddressListDefinition definition, AddressFiles files)
    {
        _written = new AddressList(definition.Prefixes);
        _files = [.. definition.Files.Select(files.Use)];
    }

    /// <summary>The length of the longest prefix that holds the address; <see cref="AddressList.NoMatch"/> when none does.</summary>
    public int LongestMatch(InetEndPoint peer)
    {
        int longest = _written.LongestMatch(peer);
        foreach (LiveAddressFile file in _files)
        {
            longest = Math.Max(longest, file.Addresses.LongestMatch(peer));
        }

        return longest;
    }

    public bool Contains(InetEndPoint peer) => LongestMatch(peer) != AddressList.NoMatch;
}
