using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>How many leading bits of an address identify a source.</summary>
/// <param name="V4">1 to 32.</param>
/// <param name="V6">1 to 128.</param>
internal sealed record SourcePrefix(int V4, int V6)
{
    /// <summary>A single IPv4 address, or an IPv6 /64, which is what one customer has.</summary>
    public static readonly SourcePrefix Default = new(32, 64);

    /// <summary>The source a peer belongs to.</summary>
    public IpPrefix SourceOf(InetEndPoint peer) => IpPrefix.Of(peer, peer.IsV6 ? V6 : V4);
}
