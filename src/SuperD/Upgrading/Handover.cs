using SuperD.Services;

namespace SuperD.Upgrading;

/// <summary>Everything that one version of superd hands over to the next: each stage's part, and the descriptors that stay open.</summary>
/// <remarks>
/// Times are those of the loop (<c>NowMs</c>), which are the machine's own: they mean the same before and after. Names and values are
/// a contract between two versions of superd; who changes any of the records in here raises <see cref="CurrentFormat"/>.
/// </remarks>
internal sealed record Handover
{
    /// <summary>The form of these records. A superd takes over from another one only when both have the same.</summary>
    public const int CurrentFormat = 5;

    public required int Format { get; init; }

    /// <summary>The version that hands over.</summary>
    public required string Version { get; init; }

    /// <summary>When it began to hand over: accepting was stopped then.</summary>
    public required long BegunMs { get; init; }

    /// <summary>When superd was started, all images together.</summary>
    public required long StartedMs { get; init; }

    public required long LastConnectionId { get; init; }

    /// <summary>The soft NOFILE limit superd was started with; for itself it has raised it.</summary>
    public required ulong SoftOpenFiles { get; init; }

    /// <summary>Every descriptor that was kept open; whatever nobody takes is closed.</summary>
    public required IReadOnlyList<int> Descriptors { get; init; }

    /// <summary>What each stage leaves, in their order.</summary>
    public required IReadOnlyList<StageHandover> Parts { get; init; }

    /// <summary>What a stage has left; null when it had nothing.</summary>
    public T? Part<T>()
        where T : StageHandover => Parts.OfType<T>().FirstOrDefault();
}
