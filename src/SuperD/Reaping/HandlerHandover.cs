using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Reaping;

/// <summary>A handler on its way to superd's next version, whose child it remains.</summary>
internal sealed record HandlerHandover
{
    public required ConnectionHandover Connection { get; init; }

    public required int Pid { get; init; }

    /// <summary>Null when it is reaped.</summary>
    public required int? Pidfd { get; init; }

    public required long StartedMs { get; init; }

    public required TermsHandover Terms { get; init; }

    public required EndReason EndReason { get; init; }

    public StderrHandover? Stderr { get; init; }

    /// <summary>When what is left of it gets KILL, if that is to come.</summary>
    public long? KillMs { get; init; }

    /// <summary>True when it has got KILL.</summary>
    public bool IsKilled { get; init; }

    /// <summary>How its own process ended; null while it runs.</summary>
    public EndHandover? End { get; init; }

    public int Orphans { get; init; }

    /// <summary>Which connection it has, where the kernel is asked about it; null otherwise.</summary>
    public ReleasedHandover? Released { get; init; }

    /// <summary>What went over its connection, where that is known already.</summary>
    public TcpTraffic? Traffic { get; init; }
}

/// <summary>See <see cref="TcpIdentity"/>.</summary>
internal sealed record ReleasedHandover(string Local, string Remote, ulong Cookie)
{
    public static ReleasedHandover Of(TcpIdentity identity) => new(identity.Local.ToString(), identity.Remote.ToString(), identity.Cookie);

    public TcpIdentity ToIdentity() => new(AddressHandover.EndPointOf(Local), AddressHandover.EndPointOf(Remote), Cookie);
}

/// <summary>See <see cref="HandlerEnd"/>.</summary>
internal sealed record EndHandover(int Code, int Signal, TimeSpan CpuTime, long PeakMemoryKiB, long DurationMs);

/// <summary>See <see cref="StderrLog"/>.</summary>
/// <param name="Partial">The beginning of a line whose end has not come yet.</param>
internal sealed record StderrHandover(int Pipe, byte[] Partial, bool IsCut);
