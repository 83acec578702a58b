using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>How a reload went, or would go.</summary>
internal sealed record ReloadState
{
    /// <summary>Most names, and problems, in one reply; their numbers are always whole.</summary>
    public const int MostListed = 100;

    /// <summary>False: everything is as it was.</summary>
    public required bool Applied { get; init; }

    public required bool DryRun { get; init; }

    /// <summary>Why nothing was done, in a sentence; absent where all is well.</summary>
    public string? Failure { get; init; }

    public int Added { get; init; }

    public int Changed { get; init; }

    public int Removed { get; init; }

    public int Kept { get; init; }

    [JsonRequired]
    public IReadOnlyList<string> AddedServices { get; init; } = [];

    [JsonRequired]
    public IReadOnlyList<string> ChangedServices { get; init; } = [];

    [JsonRequired]
    public IReadOnlyList<RemovedServiceState> RemovedServices { get; init; } = [];

    /// <summary>Keys whose change needs a restart, and which are as they were.</summary>
    [JsonRequired]
    public IReadOnlyList<string> NeedsRestart { get; init; } = [];

    public int Errors { get; init; }

    public int Warnings { get; init; }

    [JsonRequired]
    public IReadOnlyList<ProblemState> Problems { get; init; } = [];
}

/// <summary>A service that a reload removes.</summary>
/// <param name="Live">Its connections, which go on to their end unless they are killed.</param>
internal sealed record RemovedServiceState([property: JsonRequired] string Name, int Live);

/// <summary>Something wrong in the configuration.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Line">From 1; absent when the file as a whole is meant.</param>
/// <param name="Column">From 1, in characters; absent when the file as a whole is meant.</param>
internal sealed record ProblemState([property: JsonRequired] string Severity, [property: JsonRequired] string File, int? Line, int? Column, int? Length, [property: JsonRequired] string Message);
