using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>The refused clients that are being told why. Their places are bounded, in all and for each source. Loop only.</summary>
/// <remarks>Each is a descriptor for some seconds: a flood must not take all of them, nor one source all the places, or others were refused without a word.</remarks>
internal sealed class RefusedClients
{
    private const int Most = 256;
    private const int MostOfSource = 32;

    private readonly Dictionary<Dialogue, Source> _sources = [];
    private readonly Dictionary<Source, int> _counts = [];

    /// <summary>Gives a client a place, until <see cref="Remove"/>; false when there is none for it.</summary>
    public bool TryAdd(Dialogue dialogue)
    {
        Source source = Source.Of(dialogue.Connection);
        int count = _counts.GetValueOrDefault(source);
        if (_sources.Count == Most || count == MostOfSource)
        {
            return false;
        }

        _sources.Add(dialogue, source);
        _counts[source] = count + 1;
        return true;
    }

    public void Remove(Dialogue dialogue)
    {
        if (!_sources.Remove(dialogue, out Source source))
        {
            return;
        }

        int left = _counts[source] - 1;
        if (left == 0)
        {
            _counts.Remove(source);
        }
        else
        {
            _counts[source] = left;
        }
    }

    public bool Contains(Dialogue dialogue) => _sources.ContainsKey(dialogue);

    /// <summary>Who a client counts as: its service's <c>source_prefix</c> around its address, or its user.</summary>
    private readonly record struct Source(IpPrefix Prefix, uint? User)
    {
        public static Source Of(Connection connection) => connection.Peer.Kind == PeerKind.Unix
            ? new Source(default, connection.Peer.Credentials.UserId)
            : new Source(connection.Service.Definition.Admission.SourcePrefix.SourceOf(connection.Peer.EndPoint), null);
    }
}
