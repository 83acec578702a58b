using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>One list of a service: the addresses written in it, and those of its files as they are now; and the users and groups of this machine. Loop only.</summary>
internal sealed class AddressSet
{
    // How narrow an item for clients of Unix-domain sockets is, in the place of the length of a prefix.
    private const int EveryUser = 0, OneGroup = 1, OneUser = 2;

    private readonly AddressListDefinition _definition;
    private readonly AddressList _written;
    private readonly LiveAddressFile[] _files;

    public AddressSet(AddressListDefinition definition, AddressFiles files)
    {
        _definition = definition;
        _written = new AddressList(definition.Prefixes);
        _files = [.. definition.Files.Select(files.Use)];
    }

    /// <summary>The length of the longest prefix that holds the address; <see cref="AddressList.NoMatch"/> when none does.</summary>
    /// <remarks>Of a user: more when the list names the user than when it names a group the user is in, and then more than for everybody.</remarks>
    public int LongestMatch(Peer peer) => peer.Kind == PeerKind.Unix ? LongestMatch(peer.Credentials) : LongestMatch(peer.EndPoint);

    public bool Contains(Peer peer) => LongestMatch(peer) != AddressList.NoMatch;

    private int LongestMatch(PeerCredentials user) =>
        _definition.Users.Contains(user.UserId) ? OneUser
        : _definition.Groups.Any(user.IsInGroup) ? OneGroup
        : _definition.HasEveryUser ? EveryUser
        : AddressList.NoMatch;

    private int LongestMatch(InetEndPoint peer)
    {
        int longest = _written.LongestMatch(peer);
        foreach (LiveAddressFile file in _files)
        {
            longest = Math.Max(longest, file.Addresses.LongestMatch(peer));
        }

        return longest;
    }
}
