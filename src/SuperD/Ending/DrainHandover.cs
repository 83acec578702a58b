using SuperD.Services;

namespace SuperD.Ending;

/// <summary>A connection being closed gracefully, on its way to superd's next version.</summary>
/// <param name="BytesLeft">How many bytes of the client are still thrown away.</param>
/// <param name="DueMs">When it is closed in any case.</param>
internal sealed record DrainHandover(int Socket, int BytesLeft, long DueMs);

/// <summary>See <see cref="GracefulClose"/>.</summary>
internal sealed record DrainsHandover(IReadOnlyList<DrainHandover> Drains) : StageHandover;
