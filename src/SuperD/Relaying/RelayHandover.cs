using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>A relayed connection on its way to superd's next version.</summary>
internal sealed record RelayHandover
{
    public required ConnectionHandover Connection { get; init; }

    public required long StartedMs { get; init; }

    /// <summary>Null as long as it looks for its backend: then it looks again.</summary>
    public RelayedHandover? Relayed { get; init; }
}

/// <summary>A relay that has its backend.</summary>
/// <param name="Backend">The number of the socket.</param>
/// <param name="DrainUntilMs">Not null: what the client still sends is thrown away until then.</param>
internal sealed record RelayedHandover(
    int Backend,
    DirectionHandover Inbound,
    DirectionHandover Outbound,
    TimeSpan? IdleLimit,
    long LastMovedMs,
    RelayEndReason Reason,
    RelayEndReason ReasonOfSilence,
    long? DrainUntilMs);

/// <summary>See <see cref="RelayDirection"/>.</summary>
/// <param name="Waiting">Bytes that were read and are not written yet.</param>
/// <param name="Uncounted">How many of them are not the source's.</param>
internal sealed record DirectionHandover(ReadOnlyMemory<byte>? Waiting, int Uncounted, bool SawEnd, long Bytes, bool IsEnded, bool IsDiscarding);

/// <summary>See <see cref="Relays"/>.</summary>
internal sealed record RelaysHandover(IReadOnlyList<RelayHandover> Relays) : StageHandover;
