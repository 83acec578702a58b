using SuperD.Linux;

namespace SuperD.Services;

/// <summary>What serves an admitted connection at the moment: a launch, a handler, a relay, a dialogue. Loop only.</summary>
internal interface IConnectionServer
{
    /// <summary>The state of the connection, for the console.</summary>
    ServingState State { get; }

    /// <summary>Ends the connection on an operator's request; does nothing if it is ending already.</summary>
    void End();
}

/// <summary>A snapshot of a connection. Unknown values are null.</summary>
/// <param name="Word">The state in <c>superd ps</c>: <c>starting</c>, <c>running</c>, <c>relaying</c> ...</param>
/// <param name="StartedMs">When it began, as the loop's <c>NowMs</c>.</param>
internal readonly record struct ServingState(string Word, long StartedMs)
{
    /// <summary>The handler's pid.</summary>
    public int? Pid { get; init; }

    /// <summary>The time since a byte last moved.</summary>
    public long? IdleMs { get; init; }

    /// <summary>Bytes from the client.</summary>
    public long? BytesIn { get; init; }

    /// <summary>Bytes to the client.</summary>
    public long? BytesOut { get; init; }

    /// <summary>CPU time and memory of the handler's main process.</summary>
    public ProcessUsage? Usage { get; init; }

    /// <summary>The memory of all its processes, in bytes, where a cgroup counts it.</summary>
    public long? GroupMemory { get; init; }
}
