using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>How many bits of an address make a source: addresses that share them count as one.</summary>
/// <param name="V4">1 to 32.</param>
/// <param name="V6">1 to 128.</param>
internal sealed record SourcePrefix(int V4, int V6)
{
    /// <summary>One IPv4 address, or one IPv6 network, which is what one customer has.</summary>
    public static readonly SourcePrefix Default = new(32, 64);

    /// <summary>The source a peer belongs to.</summary>
    public IpPrefix SourceOf(InetEndPoint peer) => IpPrefix.Of(peer, peer.IsV6 ? V6 : V4);
}
