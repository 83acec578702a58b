using SuperD.Services;

namespace SuperD.ProxyProtocol;

/// <summary>A connection whose PROXY header is awaited, on its way to superd's next version.</summary>
/// <param name="DueMs">When it is no longer waited for.</param>
internal sealed record HeaderHandover(ConnectionHandover Connection, long DueMs);

/// <summary>See <see cref="HeaderReader"/>.</summary>
internal sealed record HeadersHandover(IReadOnlyList<HeaderHandover> Headers) : StageHandover;
