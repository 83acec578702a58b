using SuperD.Services;

namespace SuperD.Ending;

/// <summary>A connection in graceful close, handed over to the next version.</summary>
/// <param name="BytesLeft">How many more bytes from the client are discarded.</param>
/// <param name="DueMs">When it is closed at the latest.</param>
internal sealed record DrainHandover(int Socket, int BytesLeft, long DueMs);

/// <summary>See <see cref="GracefulClose"/>.</summary>
internal sealed record DrainsHandover(IReadOnlyList<DrainHandover> Drains) : StageHandover;
