using SuperD.Control.Messages;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Loop;
using SuperD.ProxyProtocol;
using SuperD.ServiceManager;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>The state of superd as a whole, gathered from its parts for the console. Loop only.</summary>
/// <param name="orphanMeans">How superd finds the processes of a handler, human-readable.</param>
internal sealed class ServerOverview(
    EventLoop loop,
    ServiceTable services,
    Places places,
    Launcher launcher,
    HeaderReader headers,
    GracefulClose closes,
    Shutdown shutdown,
    Readiness readiness,
    ServiceReports reports,
    string orphanMeans)
{
    public ServerState State => new(
        SuperdVersion.Text,
        Environment.ProcessId,
        services.Definition.SourceFile,
        shutdown.Phase == ShutdownPhase.None ? "serving" : shutdown.Phase.ToString().ToLowerInvariant(),
        loop.NowMs - readiness.StartedMs,
        services.All.Count,
        services.LiveConnections,
        places.Most,
        launcher.Count,
        headers.Count,
        places.Count,
        closes.Count,
        orphanMeans,
        loop.Turns.Longest is { } turn ? new TurnState(turn.DurationMs, turn.Source) : null)
    {
        States = reports.States,
        Faults = reports.Faults,
    };
}
