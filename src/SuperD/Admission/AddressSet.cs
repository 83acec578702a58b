using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>
/// One list of a service: its own addresses, the current ones of its files, and users and groups of this machine. Loop only.
/// </summary>
internal sealed class AddressSet
{
    // How specific an item for clients of Unix-domain sockets is, in place of a prefix length.
    private const int EveryUser = 0, OneGroup = 1, OneUser = 2;

    private readonly AddressListDefinition _definition;
    private readonly AddressList _written;
    private readonly LiveAddressFile[] _files;

    /// <summary>Starts to watch the list's files.</summary>
    public AddressSet(AddressListDefinition definition, AddressFiles files)
    {
        _definition = definition;
        _written = new AddressList(definition.Prefixes);
        _files = [.. definition.Files.Select(files.Use)];
    }

    /// <summary>The length of the longest prefix that contains the peer; <see cref="AddressList.NoMatch"/> if none does.</summary>
    /// <remarks>For a user: a listed user beats a listed group of theirs, and that beats the item for everybody.</remarks>
    public int LongestMatch(Peer peer) => peer.Kind == PeerKind.Unix ? LongestMatch(peer.Credentials) : LongestMatch(peer.EndPoint);

    /// <summary>The item that has matched a user, in the form in which it is written.</summary>
    public static string NameOfMatch(int match) =>
        match switch { OneUser => "its uid:", OneGroup => "a gid: of it", EveryUser => "uid:*", _ => "none" };

    /// <summary>Whether any item of the list contains the peer.</summary>
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
