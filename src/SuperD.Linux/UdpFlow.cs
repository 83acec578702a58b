namespace SuperD.Linux;

/// <summary>The source and destination of a datagram, which identify one peer's conversation.</summary>
/// <param name="Peer">The sender.</param>
/// <param name="Local">The local address and port it was sent to; never a wildcard.</param>
/// <param name="Scope">The interface of link-local IPv6 addresses; otherwise 0.</param>
public readonly record struct UdpFlow(InetEndPoint Peer, InetEndPoint Local, uint Scope);
