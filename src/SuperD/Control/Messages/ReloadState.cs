using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>How a reload went, or would go.</summary>
internal sealed record ReloadState
{
    /// <summary>Names and problems in one reply at most; the numbers always count all of them.</summary>
    public const int MostListed = 100;

    /// <summary>False when everything is as it was.</summary>
    public required bool Applied { get; init; }

    public required bool DryRun { get; init; }

    /// <summary>Why nothing was done, in a sentence; absent on success.</summary>
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

    /// <summary>Keys that were changed but need a restart: their old values stay in force.</summary>
    [JsonRequired]
    public IReadOnlyList<string> NeedsRestart { get; init; } = [];

    public int Errors { get; init; }

    public int Warnings { get; init; }

    [JsonRequired]
    public IReadOnlyList<ProblemState> Problems { get; init; } = [];

    /// <summary>The files at fault, if nothing was done.</summary>
    public IReadOnlyList<FileAtFault>? AtFault { get; init; }

    /// <summary>Names files that are not read; absent when there are none.</summary>
    public string? Note { get; init; }
}

/// <summary>A file because of which a reload has failed.</summary>
/// <param name="Service">The service that it is of; absent if it is no service's.</param>
/// <param name="Errors">How many errors it has.</param>
/// <param name="Serves">Whether that service is served, as its file was read before.</param>
internal sealed record FileAtFault([property: JsonRequired] string File, string? Service, int Errors, bool Serves);

/// <summary>A service that a reload removes.</summary>
/// <param name="Live">Its connections, which continue to their end unless they are killed.</param>
internal sealed record RemovedServiceState([property: JsonRequired] string Name, int Live);

/// <summary>A problem in the configuration.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Line">From 1; absent when the problem is about the whole file.</param>
/// <param name="Column">From 1, in characters; absent when the problem is about the whole file.</param>
internal sealed record ProblemState(
    [property: JsonRequired] string Severity,
    [property: JsonRequired] string File,
    int? Line,
    int? Column,
    int? Length,
    [property: JsonRequired] string Message);
