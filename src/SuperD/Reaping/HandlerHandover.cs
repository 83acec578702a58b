using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Reaping;

/// <summary>A handler handed over to the next version, whose child it remains.</summary>
internal sealed record HandlerHandover
{
    /// <summary>The connection it serves.</summary>
    public required ConnectionHandover Connection { get; init; }

    /// <inheritdoc cref="Handler.Pid"/>
    public required int Pid { get; init; }

    /// <summary>Null if it is reaped.</summary>
    public required int? Pidfd { get; init; }

    /// <inheritdoc cref="Handler.StartedMs"/>
    public required long StartedMs { get; init; }

    /// <summary>The parts of its definition that still apply.</summary>
    public required TermsHandover Terms { get; init; }

    /// <inheritdoc cref="Handler.UserId"/>
    public uint? UserId { get; init; }

    /// <inheritdoc cref="Services.Connection.DynamicUser"/>
    public uint? DynamicUser { get; init; }

    /// <inheritdoc cref="Handler.EndReason"/>
    public required EndReason EndReason { get; init; }

    /// <summary>Its stderr pipe; null if stderr is not logged.</summary>
    public StderrHandover? Stderr { get; init; }

    /// <summary>When its remaining processes get KILL; null if that is not due.</summary>
    public long? KillMs { get; init; }

    /// <summary>Whether it has received KILL.</summary>
    public bool IsKilled { get; init; }

    /// <summary>How its own process exited; null while it runs.</summary>
    public EndHandover? End { get; init; }

    /// <inheritdoc cref="Handler.Orphans"/>
    public int Orphans { get; init; }

    /// <inheritdoc cref="Handler.StderrDropped"/>
    public long StderrDropped { get; init; }

    /// <inheritdoc cref="LeafCgroup.EventsBefore"/>
    public CgroupEvents EventsBefore { get; init; }

    /// <summary>Its connection, if the kernel is asked about it; null otherwise.</summary>
    public ReleasedHandover? Released { get; init; }

    /// <summary>The traffic of its connection, if it is known already.</summary>
    public TcpTraffic? Traffic { get; init; }
}

/// <summary>A connection whose socket superd has closed; see <see cref="TcpIdentity"/>.</summary>
internal sealed record ReleasedHandover(string Local, string Remote, ulong Cookie)
{
    /// <summary>Describes a connection.</summary>
    public static ReleasedHandover Of(TcpIdentity identity) =>
        new(identity.Local.ToString(), identity.Remote.ToString(), identity.Cookie);

    /// <summary>Restores the connection.</summary>
    public TcpIdentity ToIdentity() => new(AddressHandover.EndPointOf(Local), AddressHandover.EndPointOf(Remote), Cookie);
}

/// <summary>How a handler's own process exited; see <see cref="HandlerEnd"/>.</summary>
internal sealed record EndHandover(int Code, int Signal, TimeSpan CpuTime, long PeakMemoryKiB, long DurationMs);

/// <summary>A handler's stderr pipe; see <see cref="StderrLog"/>.</summary>
/// <param name="Partial">The beginning of a line whose end has not arrived.</param>
/// <param name="IsCut">Whether that line exceeds the limit.</param>
internal sealed record StderrHandover(int Pipe, byte[] Partial, bool IsCut)
{
    /// <summary>The last line that was logged, to which the next may be equal; null for none.</summary>
    public byte[]? Last { get; init; }

    /// <summary>Whether that line was cut.</summary>
    public bool IsLastCut { get; init; }

    /// <summary>How often it was repeated without having been logged.</summary>
    public long Repeated { get; init; }

    /// <inheritdoc cref="StderrLines.Dropped"/>
    public long Dropped { get; init; }

    /// <summary>The beginning of the last line that is not empty, logged or not; null if there was none.</summary>
    public byte[]? LastSeen { get; init; }
}
