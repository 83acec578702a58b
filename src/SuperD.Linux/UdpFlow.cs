namespace SuperD.Linux;

/// <summary>Where a datagram came from and where it went: what tells one peer's conversation from another's.</summary>
/// <param name="Peer">Its sender.</param>
/// <param name="Local">The address of this machine it was sent to, with the port: never a wildcard.</param>
/// <param name="Scope">The interface, where the addresses are link-local IPv6 ones; else 0.</param>
public readonly record struct UdpFlow(InetEndPoint Peer, InetEndPoint Local, uint Scope);
