using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The clients of several lists, to find out whether they contain those of another one.</summary>
/// <remarks>Item by item: it does not see that two halves cover a whole, nor what the files hold, which may change.</remarks>
internal sealed class ClientCover
{
    private readonly HashSet<IpPrefix> _prefixes = [];

    /// <summary>The lengths of the prefixes, few of the 129 there are.</summary>
    private readonly SortedSet<int> _lengths = [];

    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly HashSet<uint> _users = [];
    private readonly HashSet<uint> _groups = [];
    private bool _hasEveryUser;

    /// <summary>Adds the clients of a list.</summary>
    public void Add(AddressListDefinition list)
    {
        foreach (IpPrefix prefix in list.Prefixes)
        {
            _prefixes.Add(prefix);
            _lengths.Add(prefix.Length);
        }

        _files.UnionWith(list.Files.Select(file => file.Path));
        _users.UnionWith(list.Users);
        _groups.UnionWith(list.Groups);
        _hasEveryUser |= list.HasEveryUser;
    }

    /// <summary>Whether it has every client of a list that is not empty.</summary>
    public bool Covers(AddressListDefinition list) =>
        list is not { Prefixes.Length: 0, Files.Length: 0, Users.Length: 0, Groups.Length: 0, HasEveryUser: false }
        && list.Prefixes.All(Covers)
        && list.Files.All(file => _files.Contains(file.Path))
        && (_hasEveryUser || (list.Users.All(_users.Contains) && list.Groups.All(_groups.Contains) && !list.HasEveryUser));

    private bool Covers(IpPrefix prefix)
    {
        InetEndPoint first = prefix.FirstAddress;
        return _lengths.TakeWhile(length => length <= prefix.Length).Any(length => _prefixes.Contains(IpPrefix.Of(first, length)));
    }
}
