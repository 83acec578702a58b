using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The rules of one service in a form ready for checking, and its own bucket. Loop only.</summary>
/// <param name="number">Distinguishes its sources from those of other services.</param>
internal sealed class Gate(int number, AdmissionDefinition rules, AddressFiles files, TimeProvider time)
{
    private readonly AddressSet? _proxies = rules.ProxyIn is { } list ? new AddressSet(list, files) : null;
    private readonly AddressSet? _checkers = rules.CheckFrom is { } list ? new AddressSet(list, files) : null;
    private readonly AddressSet? _onlyFrom = rules.OnlyFrom is { } list ? new AddressSet(list, files) : null;
    private readonly AddressSet? _noAccess = rules.NoAccess is { } list ? new AddressSet(list, files) : null;
    private readonly AccessTimes? _times = rules.AccessTimes is { } times ? new AccessTimes(times, time) : null;
    private readonly AddressSet? _exempt =
        (rules.Sensor?.Exempt ?? rules.Penalty?.Exempt) is { } list ? new AddressSet(list, files) : null;

    private readonly AddressSet? _reserved = rules.Reserve?.From is { } list ? new AddressSet(list, files) : null;
    private readonly FirstMatch? _matches = rules.Match.Length > 0 ? new FirstMatch(rules.Match, files) : null;

    /// <summary>Distinguishes its sources from those of other services.</summary>
    public int Number => number;

    /// <summary>The rules as configured.</summary>
    public AdmissionDefinition Rules => rules;

    /// <summary>The bucket of <c>rate</c>.</summary>
    public TokenBucket Bucket { get; set; }

    /// <summary>Whether <c>access_times</c> admits connections now.</summary>
    public bool IsOpen => _times is not { IsOpen: false };

    /// <summary>The windows of <c>access_times</c>, the clock, and what comes next; empty without the key.</summary>
    /// <param name="closedFor">How long it is closed; zero while it is open, or if it never opens.</param>
    public string ExplainTimes(out TimeSpan closedFor)
    {
        closedFor = TimeSpan.Zero;
        return _times?.Explain(out closedFor) ?? string.Empty;
    }

    /// <summary>The source that a peer belongs to.</summary>
    public SourceKey SourceOf(Peer peer) => peer.Kind == PeerKind.Unix
        ? SourceKey.OfUser(peer.Credentials.UserId, number)
        : SourceKey.Of(rules.SourcePrefix.SourceOf(peer.EndPoint), number);

    /// <summary>The source of a peer as in the log: <c>192.0.2.0/24</c>, <c>uid=1000</c>.</summary>
    public string NameOfSource(Peer peer) => peer.Kind == PeerKind.Unix
        ? $"uid={peer.Credentials.UserId}"
        : rules.SourcePrefix.SourceOf(peer.EndPoint).ToString();

    /// <summary>Whether the free instances of a service are kept from a peer for others.</summary>
    public bool IsKeptFrom(Peer peer, Service service) =>
        rules.Reserve is { } reserve
        && service.LiveHandlers >= service.Definition.Instances - reserve.Slots
        && !IsReservedFor(peer);

    /// <summary>Whether the service's reserve is for a peer.</summary>
    public bool IsReservedFor(Peer peer) => peer.IsKnown && _reserved is not null && _reserved.Contains(peer);

    /// <summary>Whether the service's penalty or sensor exempts a peer.</summary>
    public bool IsExempt(Peer peer) => _exempt is not null && _exempt.Contains(peer);

    /// <summary>Whether a peer is one of the trusted proxies.</summary>
    public bool IsProxy(Peer peer) => peer.IsKnown && _proxies is not null && _proxies.Contains(peer);

    /// <summary>Whether a peer makes health checks.</summary>
    public bool IsChecker(Peer peer) => peer.IsKnown && _checkers is not null && _checkers.Contains(peer);

    /// <summary>The index of the first rule of match that has a peer; <see cref="FirstMatch.None"/> if none has.</summary>
    public int RuleOf(Peer peer) => _matches?.Of(peer) ?? FirstMatch.None;

    /// <summary>The lengths of the longest prefixes of only_from and of no_access that contain a peer.</summary>
    public (int Allowed, int Denied) Matches(Peer peer) =>
        (_onlyFrom?.LongestMatch(peer) ?? AddressList.NoMatch, _noAccess?.LongestMatch(peer) ?? AddressList.NoMatch);

    /// <summary>
    /// The verdict of the two lists: the longer prefix decides, no_access wins a tie, and only_from refuses a peer that is in neither.
    /// </summary>
    public Refusal CheckLists(Peer peer)
    {
        (int allowed, int denied) = Matches(peer);
        if (denied != AddressList.NoMatch && denied >= allowed)
        {
            return Refusal.NoAccess;
        }

        return _onlyFrom is not null && allowed == AddressList.NoMatch ? Refusal.OnlyFrom : Refusal.None;
    }
}
