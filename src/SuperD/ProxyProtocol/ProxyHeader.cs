using SuperD.Linux;

namespace SuperD.ProxyProtocol;

/// <summary>A header of the PROXY protocol, read: who connected to the proxy, and to which of its addresses.</summary>
/// <param name="Length">Bytes of the whole header; what follows is the handler's.</param>
/// <param name="Source">The client; unknown when the header does not say (LOCAL, UNKNOWN, other protocols): then the connection's own addresses hold.</param>
/// <param name="Destination">What the client connected to; unknown when <paramref name="Source"/> is.</param>
internal readonly record struct ProxyHeader(int Length, InetEndPoint Source, InetEndPoint Destination);
