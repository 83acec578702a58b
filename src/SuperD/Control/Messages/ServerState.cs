using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>superd as a whole, at one moment.</summary>
/// <param name="Phase"><c>serving</c>, or the phase of its end: <c>draining</c>, <c>terminating</c>, <c>killing</c>.</param>
/// <param name="Connections">Connections that have a handler or a backend, or are about to.</param>
/// <param name="MaxHandlers">Key <c>max_handlers</c>; null = unlimited.</param>
/// <param name="Launching">Handlers being launched.</param>
/// <param name="AwaitingHeader">Connections that wait for the PROXY header.</param>
/// <param name="Queued">Accepted connections that wait for a free place.</param>
/// <param name="Closing">Connections whose handler is gone, and whose client has not ended its side yet.</param>
/// <param name="Orphans">How superd finds a handler's processes.</param>
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
    TurnState? LongestTurn);
