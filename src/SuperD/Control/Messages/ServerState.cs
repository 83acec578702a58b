using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>superd as a whole, at one moment.</summary>
/// <param name="Phase">
/// <c>serving</c>, or the phase of its end: <c>lame_duck</c>, <c>draining</c>, <c>terminating</c>, <c>killing</c>.
/// </param>
/// <param name="Connections">Connections that have a handler or a backend, or are about to.</param>
/// <param name="MaxHandlers">Key <c>max_handlers</c>; null = unlimited.</param>
/// <param name="Launching">Handlers being launched.</param>
/// <param name="AwaitingHeader">Connections that wait for the PROXY header.</param>
/// <param name="Queued">Accepted connections that wait for a free place.</param>
/// <param name="Closing">Connections whose handler is gone, and whose client has not ended its side yet.</param>
/// <param name="Orphans">How superd finds a handler's processes.</param>
/// <param name="Services">Those that are served.</param>
/// <param name="LongestTurn">Since superd was started, or became this version; null until a turn has taken a millisecond.</param>
internal sealed record ServerState(
    [property: JsonRequired] string Version,
    int Pid,
    [property: JsonRequired] string Config,
    [property: JsonRequired] string Phase,
    long UptimeMs,
    int Services,
    int Connections,
    int? MaxHandlers,
    int Launching,
    int AwaitingHeader,
    int Queued,
    int Closing,
    [property: JsonRequired] string Orphans,
    TurnState? LongestTurn)
{
    /// <summary>How this superd was built; absent from one that does not say.</summary>
    public BuildState? Build { get; init; }

    /// <summary>When superd started, in seconds since 1970; an upgrade does not change it.</summary>
    public double? StartTime { get; init; }

    /// <summary>Turns of the loop, since superd was started or became this version.</summary>
    public long? Turns { get; init; }

    /// <summary>Why new clients should go elsewhere; absent if they should come.</summary>
    public string? NotReady { get; init; }

    /// <summary>
    /// <c>in</c>; or what an operator has ordered with <c>drain --all</c>: <c>lame_duck</c>, <c>drained</c>. Absent from a superd that
    /// knows only services.
    /// </summary>
    public string? Rotation { get; init; }

    /// <summary>How many services have each <see cref="ServiceState.State"/>, those that are not served included.</summary>
    public IReadOnlyDictionary<string, int>? States { get; init; }

    /// <summary>The files with errors, as last read; absent if there are none. While there are, a reload fails.</summary>
    public FaultsState? Faults { get; init; }
}

/// <summary>How a superd was built.</summary>
/// <param name="Dotnet">The version of .NET.</param>
/// <param name="Compilation"><c>native</c> or <c>jit</c>.</param>
/// <param name="Architecture"><c>x64</c>.</param>
internal sealed record BuildState(
    [property: JsonRequired] string Dotnet,
    [property: JsonRequired] string Compilation,
    [property: JsonRequired] string Architecture);

/// <summary>The files of the configuration that have errors.</summary>
/// <param name="Files">The first of them, at most three.</param>
/// <param name="FileCount">How many there are.</param>
/// <param name="ReloadFailedMs">How long ago the last reload failed because of them; absent if they were so at the start.</param>
/// <param name="Problem">The first problem in a file that is of no service, which therefore has no row.</param>
internal sealed record FaultsState(
    [property: JsonRequired] IReadOnlyList<string> Files, int FileCount, long? ReloadFailedMs, ProblemState? Problem);
