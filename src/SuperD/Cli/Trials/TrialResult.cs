namespace SuperD.Cli.Trials;

/// <summary>What became of one connection of <c>superd try</c>. The names are a promise to scripts: add, never rename.</summary>
internal sealed record TrialResult
{
    /// <summary>The handler's exit status; absent when a signal ended it, or there was no handler.</summary>
    public int? Exit { get; init; }

    /// <summary>The signal that ended the handler: <c>TERM</c>.</summary>
    public string? Signal { get; init; }

    /// <summary>Why superd ended it: <c>run_timeout</c>, <c>client_gone</c> ...</summary>
    public string? Reason { get; init; }

    /// <summary>Why there was no handler.</summary>
    public string? LaunchError { get; init; }

    public long DurationMs { get; init; }

    public long CpuMs { get; init; }

    /// <summary>Peak memory, or with '&lt;' before it a bound; see src/docs/logging.md.</summary>
    public string? MemKib { get; init; }

    public long BytesSent { get; init; }

    public long BytesReceived { get; init; }

    /// <summary>Processes the handler left behind, which were ended.</summary>
    public int Leaked { get; init; }

    public IReadOnlyList<string> Stderr { get; init; } = [];

    /// <summary>Where the reply is not what was expected, and how; absent when it is, or nothing was expected.</summary>
    public string? Difference { get; init; }

    /// <summary>What is not as it should be; null when all is.</summary>
    public string? Fault { get; init; }

    /// <summary>How it ended, in a word of the log: <c>exit=0</c>, <c>signal=TERM</c>.</summary>
    public string Outcome() => LaunchError is not null ? "not launched" : Signal is not null ? $"signal={Signal}" : Exit is not null ? $"exit={Exit}" : "no handler";
}
