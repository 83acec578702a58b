using SuperD.Services;

namespace SuperD.ProxyProtocol;

/// <summary>A connection that awaits its PROXY header, handed over to the next version.</summary>
/// <param name="DueMs">When superd stops waiting.</param>
internal sealed record HeaderHandover(ConnectionHandover Connection, long DueMs);

/// <summary>All such connections; see <see cref="HeaderReader"/>.</summary>
internal sealed record HeadersHandover(IReadOnlyList<HeaderHandover> Headers) : StageHandover;
