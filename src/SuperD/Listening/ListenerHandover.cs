using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>A listening socket, for superd's next version.</summary>
internal sealed record ListenerHandover
{
    public required int Socket { get; init; }

    public required ListenerKind Kind { get; init; }

    public required string Service { get; init; }

    /// <summary>The address as it is configured, port 0 included.</summary>
    public required string Address { get; init; }

    public required bool V6Only { get; init; }

    /// <summary>The address it is bound to.</summary>
    public required AddressHandover BoundTo { get; init; }

    /// <summary>True when the service manager has passed it: the next version finds it by its number, as at the start.</summary>
    public bool IsPassed { get; init; }

    /// <summary>True when its service is drained and it is bound, but does not listen.</summary>
    public bool HasStopped { get; init; }

    /// <summary>True while the handler of a wait service has it.</summary>
    public bool IsLent { get; init; }

    /// <summary>Until when the next handler of a wait service is delayed, in the loop's <c>NowMs</c>.</summary>
    public long? HeldUntilMs { get; init; }

    /// <summary>Since when the handlers of a wait service have served nobody, in the loop's <c>NowMs</c>; null when they serve.</summary>
    public long? FailingSinceMs { get; init; }

    /// <summary>How many clients or datagrams were dropped since then.</summary>
    public int Dropped { get; init; }

    /// <summary>Of a stream wait service.</summary>
    public BackOffHandover? BackOff { get; init; }

    /// <summary>Of <see cref="ListenerKind.UdpWait"/>: the datagram that the last handler was started for.</summary>
    public MarkHandover? First { get; init; }

    /// <summary>How many handlers have ended without reading it.</summary>
    public int Attempts { get; init; }

    /// <summary>Of <see cref="ListenerKind.Unix"/>: the file that superd made.</summary>
    public FileIdentity? File { get; init; }

    /// <summary>Of <see cref="ListenerKind.UdpPeers"/>.</summary>
    public IReadOnlyList<PeerSessionHandover>? Peers { get; init; }
}

/// <summary>See <see cref="WaitBackOff"/>.</summary>
/// <param name="CountBefore">0 from a version that did not count.</param>
/// <param name="Attempts">0 from a version that did not count.</param>
internal sealed record BackOffHandover(string[]? WaitingBefore, TimeSpan Delay, int CountBefore = 0, int Attempts = 0);

/// <summary>See <see cref="DatagramMark"/>.</summary>
internal sealed record MarkHandover(string? Source, int Length, int Hash, long ArrivedNs)
{
    public static MarkHandover Of(DatagramMark mark) =>
        new(mark.Source.IsKnown ? mark.Source.ToString() : null, mark.Length, mark.Hash, mark.ArrivedNs);

    public DatagramMark ToMark() => new(AddressHandover.EndPointOf(Source), Length, Hash, ArrivedNs);
}

/// <summary>See <see cref="PeerSession"/>.</summary>
internal sealed record PeerSessionHandover(
    long Connection,
    int Socket,
    string Peer,
    string Local,
    uint Scope,
    MarkHandover First,
    TimeSpan? IdleLimit,
    long LastArrivalNs,
    long CheckedMs,
    long ActiveMs);

/// <summary>See <see cref="Listeners"/>.</summary>
/// <param name="Lent">The connections that have a listener's socket.</param>
internal sealed record ListenersHandover(IReadOnlyList<ListenerHandover> Listeners, IReadOnlyList<LentHandover> Lent) : StageHandover;

/// <summary>A connection that has its socket from a listener.</summary>
/// <param name="Connection">Its id.</param>
/// <param name="Listener">The number of the listener's socket.</param>
internal sealed record LentHandover(long Connection, int Listener);
