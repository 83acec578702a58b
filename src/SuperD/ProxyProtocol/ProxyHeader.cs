using SuperD.Linux;

namespace SuperD.ProxyProtocol;

/// <summary>A parsed PROXY protocol header: who connected to the proxy, and to which of its addresses.</summary>
/// <param name="Length">The length of the whole header in bytes; everything after it belongs to the handler.</param>
/// <param name="Source">
/// The client; unknown if the header does not name it (LOCAL, UNKNOWN, other protocols). Then the connection's own addresses hold.
/// </param>
/// <param name="Destination">The address the client connected to; unknown if <paramref name="Source"/> is.</param>
internal readonly record struct ProxyHeader(int Length, InetEndPoint Source, InetEndPoint Destination);
