using SuperD.Linux;

namespace SuperD.Services;

/// <summary>What serves an admitted connection at the moment: a launch, a handler, a relay, a dialogue. Loop only.</summary>
internal interface IConnectionServer
{
    /// <summary>How the connection is, for the console.</summary>
    ServingState State { get; }

    /// <summary>Ends the connection, as an operator asked; nothing happens when it is ending already.</summary>
    void End();
}

/// <summary>How a connection is at one moment. What is not known is null.</summary>
/// <param name="Word">The state as <c>superd ps</c> shows it: <c>starting</c>, <c>running</c>, <c>relaying</c> ...</param>
/// <param name="StartedMs">When it began, in the loop's <c>NowMs</c>.</param>
internal readonly record struct ServingState(string Word, long StartedMs)
{
    public int? Pid { get; init; }

    /// <summary>Since a byte moved.</summary>
    public long? IdleMs { get; init; }

    public long? BytesIn { get; init; }

    public long? BytesOut { get; init; }

    /// <summary>CPU time and memory of the handler's main process.</summary>
    public ProcessUsage? Usage { get; init; }
}
