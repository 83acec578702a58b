using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>One service at one moment, with its counters since it was added.</summary>
internal sealed record ServiceState
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    /// <summary><c>open</c>, <c>paused</c> or <c>draining</c>; <c>off</c> for a service that is not served.</summary>
    public required string Mode { get; init; }

    /// <summary>
    /// <c>open</c>, <c>paused</c>, <c>draining</c>; <c>waiting</c>: an address is not bound, or its file waits for a reload that succeeds;
    /// <c>failing</c>: its program serves nobody; <c>broken</c>: its file has an error; <c>disabled</c>: its file says so; <c>ending</c>:
    /// superd ends. Absent from a superd that knows only modes.
    /// </summary>
    public string? State { get; init; }

    /// <summary>Why new clients should go elsewhere; absent if they should come.</summary>
    public string? NotReady { get; init; }

    /// <summary>What is wrong, the first of it if all services are listed; absent if nothing is.</summary>
    public IReadOnlyList<ProblemState>? Problems { get; init; }

    /// <summary>How many problems there are; those beyond <see cref="Problems"/> are counted only.</summary>
    public int? ProblemCount { get; init; }

    /// <summary>How long it has been waiting or failing.</summary>
    public long? TroubleMs { get; init; }

    /// <summary>True if its file is at fault since the last reload, so that it serves as the file was read before.</summary>
    public bool? Outdated { get; init; }

    /// <summary>How its last connections ended, the last one first; only if one service is asked for.</summary>
    public IReadOnlyList<EndState>? LastEnds { get; init; }

    public required IReadOnlyList<ListenerState> Listeners { get; init; }

    /// <summary>Connections that have a handler or a backend, or are about to.</summary>
    public required int Live { get; init; }

    /// <summary>Key <c>instances</c>; null = unlimited.</summary>
    public int? Instances { get; init; }

    /// <summary>
    /// Clients that are connected and wait for a place; those at Unix-domain sockets are not known. Absent for datagrams, and from a
    /// superd that does not count them.
    /// </summary>
    public int? Queued { get; init; }

    /// <summary>How many of them are kept for some clients; null = none. Key <c>reserve</c>.</summary>
    public int? Reserved { get; init; }

    /// <summary>What holds its program; absent without one, and from a superd without sandboxes.</summary>
    public HeldState? Held { get; init; }

    public required long Accepted { get; init; }

    /// <summary>Refused connections, by reason; those that could not be launched are under <c>launch</c>.</summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    /// <summary>
    /// The same over the last hour, by reason: 60 counts, the oldest minute first, the present one last. Absent if there were none; an
    /// upgrade begins it anew.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? RefusedLately { get; init; }

    public required IReadOnlyDictionary<string, long> FailedLaunches { get; init; }

    /// <summary>Connections of health checks, which were closed without a handler.</summary>
    public long Checks { get; init; }

    /// <summary>How often a source was refused for how its handlers had ended.</summary>
    public long Penalties { get; init; }

    /// <summary>Ended connections, by superd's reason to end them; <c>none</c> for those that ended by themselves.</summary>
    public required IReadOnlyDictionary<string, long> Ended { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required long Orphans { get; init; }

    /// <summary>From accept to exec.</summary>
    public required HistogramState LaunchSeconds { get; init; }

    /// <summary>How long the connections lived that have ended.</summary>
    public required HistogramState DurationSeconds { get; init; }
}

/// <summary>An address of a service.</summary>
/// <param name="Bound">False when it could not be bound yet; superd tries again.</param>
internal sealed record ListenerState([property: JsonRequired] string Address, bool Bound);

/// <summary>How a connection ended.</summary>
/// <param name="AgoMs">How long ago.</param>
/// <param name="Peer">Absent for a wait service, whose handler accepts its clients itself.</param>
/// <param name="Exit">The exit status of its handler; absent if it had none, or a signal ended it.</param>
/// <param name="Signal">The signal that ended its handler: <c>TERM</c>.</param>
/// <param name="Reason">Why it did not end by itself; absent for a normal end.</param>
/// <param name="Stderr">The last line of its handler's stderr, at most 200 bytes of it.</param>
internal sealed record EndState(
    long Id, long AgoMs, string? Peer, int? Exit, string? Signal, string? Reason, long DurationMs, string? Stderr);

/// <summary>A histogram.</summary>
/// <param name="Bounds">Upper bounds, ascending.</param>
/// <param name="Counts">How many are at or below each bound and above the one before it; the last, how many are above all bounds.</param>
internal sealed record HistogramState(
    [property: JsonRequired] IReadOnlyList<double> Bounds, [property: JsonRequired] IReadOnlyList<long> Counts, double Sum);
