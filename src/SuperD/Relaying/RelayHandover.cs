using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>A relayed connection handed over to the next version.</summary>
internal sealed record RelayHandover
{
    /// <summary>The client's connection.</summary>
    public required ConnectionHandover Connection { get; init; }

    /// <summary>When it began, as the loop's <c>NowMs</c>.</summary>
    public required long StartedMs { get; init; }

    /// <summary>Null if it has no backend yet; then the next version looks for it again.</summary>
    public RelayedHandover? Relayed { get; init; }
}

/// <summary>The part of a relay that has its backend.</summary>
/// <param name="Backend">The number of the backend's socket.</param>
/// <param name="DrainUntilMs">Not null if what the client sends is dropped, until then.</param>
internal sealed record RelayedHandover(
    int Backend,
    DirectionHandover Inbound,
    DirectionHandover Outbound,
    TimeSpan? IdleLimit,
    long LastMovedMs,
    RelayEndReason Reason,
    RelayEndReason ReasonOfSilence,
    long? DrainUntilMs);

/// <summary>One direction of a relay; see <see cref="RelayDirection"/>.</summary>
/// <param name="Waiting">Bytes that were read but not written yet.</param>
/// <param name="Uncounted">How many of them belong to the header, not to the source.</param>
internal sealed record DirectionHandover(
    ReadOnlyMemory<byte>? Waiting, int Uncounted, bool SawEnd, long Bytes, bool IsEnded, bool IsDiscarding);

/// <summary>All relays; see <see cref="Relays"/>.</summary>
internal sealed record RelaysHandover(IReadOnlyList<RelayHandover> Relays) : StageHandover;
