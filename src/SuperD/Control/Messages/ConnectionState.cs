namespace SuperD.Control.Messages;

/// <summary>A live connection at one moment. Unknown values are absent.</summary>
internal sealed record ConnectionState
{
    public required long Id { get; init; }

    public required string Service { get; init; }

    /// <summary>Absent for a wait service, whose handler accepts its clients itself.</summary>
    public string? Peer { get; init; }

    /// <summary>
    /// <c>starting</c>: its program does not execute yet; <c>running</c>; <c>ending</c>: superd ends it; <c>leaving</c>: superd ends the
    /// processes that its handler has left behind; of a redirect <c>connecting</c> or <c>relaying</c>; <c>talking</c>: superd serves it
    /// itself.
    /// </summary>
    public required string State { get; init; }

    public int? Pid { get; init; }

    /// <summary>The user that its handler has alone: <c>user = "dynamic"</c>.</summary>
    public uint? UserId { get; init; }

    public required long AgeMs { get; init; }

    /// <summary>Time since the last byte in either direction.</summary>
    public long? IdleMs { get; init; }

    public long? BytesIn { get; init; }

    public long? BytesOut { get; init; }

    /// <summary>CPU time of the handler's main process, and of its children that have ended.</summary>
    public long? CpuMs { get; init; }

    /// <summary>Resident memory of the handler's main process.</summary>
    public long? MemKib { get; init; }

    /// <summary>Memory of all its processes with their page cache; only with <c>limit</c> or <c>limit_total</c> of memory.</summary>
    public long? GroupMemKib { get; init; }
}
