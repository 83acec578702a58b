using SuperD.Services;

namespace SuperD.ProxyProtocol;

/// <summary>The connections that await their PROXY header, handed over to the next version; see <see cref="HeaderReader"/>.</summary>
internal sealed record HeadersHandover(IReadOnlyList<AwaitedHandover> Headers) : StageHandover;
