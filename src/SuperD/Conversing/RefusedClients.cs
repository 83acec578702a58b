using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>The refused clients that are being sent the reason. Their number is bounded, in total and per source. Loop only.</summary>
/// <remarks>
/// Each holds a descriptor for seconds. A flood must not take all descriptors, nor one source all places, which would leave other clients
/// without a text.
/// </remarks>
internal sealed class RefusedClients
{
    private const int Most = 256;
    private const int MostOfSource = 32;

    private readonly Dictionary<Dialogue, Source> _sources = [];
    private readonly Dictionary<Source, int> _counts = [];

    /// <summary>Takes a place for a client, until <see cref="Remove"/>; returns false if there is none.</summary>
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

    /// <summary>Releases the place of a client, if it has one.</summary>
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

    /// <summary>Whether a client has a place.</summary>
    public bool Contains(Dialogue dialogue) => _sources.ContainsKey(dialogue);

    /// <summary>The source of a client: its address masked by its service's <c>source_prefix</c>, or its user.</summary>
    private readonly record struct Source(IpPrefix Prefix, uint? User)
    {
        public static Source Of(Connection connection) => connection.Peer.Kind == PeerKind.Unix
            ? new Source(default, connection.Peer.Credentials.UserId)
            : new Source(connection.Service.Definition.Admission.SourcePrefix.SourceOf(connection.Peer.EndPoint), null);
    }
}
