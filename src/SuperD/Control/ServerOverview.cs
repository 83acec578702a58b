using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    Rotation rotation,
    Readiness readiness,
    ServerHealth health,
    ServiceReports reports,
    string orphanMeans)
{
    private static readonly BuildState s_build = new(
        Environment.Version.ToString(),
        RuntimeFeature.IsDynamicCodeSupported ? "jit" : "native",
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());

    public ServerState State => new(
        SuperdVersion.Text,
        Environment.ProcessId,
        services.Definition.SourceFile,
        shutdown.Phase == ShutdownPhase.None ? "serving" : PhaseName,
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
        Build = s_build,
        StartTime = readiness.StartTime,
        Turns = loop.Round,
        NotReady = health.WhyNotReady(),
        Rotation = rotation.Phase switch
        {
            RotationPhase.In => "in",
            RotationPhase.LameDuck => "lame_duck",
            _ => "drained",
        },
        States = reports.States,
        Faults = reports.Faults,
    };

    private string PhaseName =>
        shutdown.Phase == ShutdownPhase.LameDuck ? "lame_duck" : shutdown.Phase.ToString().ToLowerInvariant();
}
