namespace SuperD.Control.Messages;

/// <summary>A live connection at one moment. What is not known is absent.</summary>
internal sealed record ConnectionState
{
    public required long Id { get; init; }

    public required string Service { get; init; }

    /// <summary>Absent for a run of a wait service.</summary>
    public string? Peer { get; init; }

    /// <summary><c>starting</c>: its program does not execute yet; <c>running</c>; <c>ending</c>: superd ends it; <c>leaving</c>: what its handler left behind is being ended; of a redirect <c>connecting</c> or <c>relaying</c>; <c>talking</c>: with superd itself.</summary>
    public required string State { get; init; }

    public int? Pid { get; init; }

    public required long AgeMs { get; init; }

    /// <summary>Since a byte moved.</summary>
    public long? IdleMs { get; init; }

    public long? BytesIn { get; init; }

    public long? BytesOut { get; init; }

    /// <summary>Of the handler's main process and those of its children that have ended.</summary>
    public long? CpuMs { get; init; }

    /// <summary>Resident memory of the handler's main process.</summary>
    public long? MemKib { get; init; }
}
