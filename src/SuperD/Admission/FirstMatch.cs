using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>Finds the first rule of <c>match</c> that applies to a client. Loop only.</summary>
/// <remarks>
/// The addresses written in all rules are one map, so that a thousand rules cost a launch no more than one. Only rules with files, which
/// change, or with users are tried one by one.
/// </remarks>
internal sealed class FirstMatch
{
    /// <summary>The result for a client that no rule has.</summary>
    public const int None = AddressMap.None;

    private readonly AddressMap _written;
    private readonly (int Rule, AddressSet Set)[] _others;

    /// <summary>Starts to watch the rules' files.</summary>
    public FirstMatch(IReadOnlyList<AddressListDefinition> rules, AddressFiles files)
    {
        _written = new AddressMap(rules.SelectMany((rule, index) => rule.Prefixes.Select(prefix => (prefix, index))), Math.Min);
        _others =
        [
            .. rules.Select((rule, index) => (Rule: rule, Index: index))
                .Where(each => each.Rule is not { Files.Length: 0, Users.Length: 0, Groups.Length: 0, HasEveryUser: false })
                .Select(each => (each.Index, new AddressSet(each.Rule, files))),
        ];
    }

    /// <summary>The index of the first rule that has the client; <see cref="None"/> if none has.</summary>
    public int Of(Peer peer)
    {
        int first = peer.Kind == PeerKind.Inet ? _written.Find(peer.EndPoint) : None;
        foreach ((int rule, AddressSet set) in _others)
        {
            if (first != None && rule >= first)
            {
                break;
            }

            if (peer.IsKnown && set.Contains(peer))
            {
                return rule;
            }
        }

        return first;
    }
}
