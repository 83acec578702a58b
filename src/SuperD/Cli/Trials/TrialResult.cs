namespace SuperD.Cli.Trials;

/// <summary>The result of one connection of <c>superd try</c>. Scripts rely on the names: add, never rename.</summary>
internal sealed record TrialResult
{
    /// <summary>The handler's exit status; absent if a signal ended it, or there was no handler.</summary>
    public int? Exit { get; init; }

    /// <summary>The signal that ended the handler: <c>TERM</c>.</summary>
    public string? Signal { get; init; }

    /// <summary>Why superd ended it: <c>run_timeout</c>, <c>client_gone</c> ...</summary>
    public string? Reason { get; init; }

    /// <summary>Why there was no handler.</summary>
    public string? LaunchError { get; init; }

    /// <summary>The time from launch to reaping.</summary>
    public long DurationMs { get; init; }

    /// <summary>The CPU time of the handler and the children it has waited for.</summary>
    public long CpuMs { get; init; }

    /// <summary>Peak memory in KiB; a '&lt;' before it marks an upper bound, see src/docs/logging.md.</summary>
    public string? MemKib { get; init; }

    /// <summary>How many bytes the client has sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>How many bytes the client has received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>How many processes the handler left behind for superd to end.</summary>
    public int Leaked { get; init; }

    /// <summary>The handler's lines on stderr, the first thousand.</summary>
    public IReadOnlyList<string> Stderr { get; init; } = [];

    /// <summary>How the reply differs from the expected one; absent if it does not, or nothing was expected.</summary>
    public string? Difference { get; init; }

    /// <summary>The fault of the run; null if there is none.</summary>
    public string? Fault { get; init; }

    /// <summary>The outcome in the log's form: <c>exit=0</c>, <c>signal=TERM</c>.</summary>
    public string Outcome() => LaunchError is not null ? "not launched"
        : Signal is not null ? $"signal={Signal}"
        : Exit is not null ? $"exit={Exit}"
        : "no handler";
}
