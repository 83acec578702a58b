using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Upgrading;

/// <summary>Inherits the work of superd's last version, before this one does anything else. Loop only.</summary>
/// <remarks>
/// Connections keep the definition they began with, as far as it still matters to them. Those of services that the present configuration
/// lacks keep their service, which accepts no new ones.
/// </remarks>
internal sealed class Successor(LastVersion last, Stages stages, EventLoop loop, ServiceTable services, Places places, ILogger log)
{
    /// <summary>When the first of superd's versions was started.</summary>
    public long StartedMs => last.Handover.StartedMs;

    /// <summary>The listening sockets of the last version, for the listeners of the present configuration.</summary>
    public HandedListeners ListenersFor(IReadOnlyCollection<ServiceDefinition> enabled) =>
        new(last.Handover.Part<ListenersHandover>()?.Listeners ?? [], last.Descriptors, enabled);

    /// <summary>Each stage inherits its work. The listeners are open, and the loop does not run yet.</summary>
    public void Inherit()
    {
        places.LastId = last.Handover.LastConnectionId;
        stages.Inherit(last.Handover.Parts, new Inheritance(last.Descriptors, services, places, loop));
        foreach (Service service in services.All)
        {
            places.SetQueueing(service);
        }
    }

    /// <summary>Closes the descriptors that no stage has inherited, and logs how the upgrade went.</summary>
    /// <param name="waiting">Connections that wait to be admitted.</param>
    public UpgradeState Report(int waiting)
    {
        _ = last.Descriptors.CloseRest();
        var state = new UpgradeState(
            SuperdVersion.Text,
            last.Handover.Version,
            Environment.ProcessId,
            last.Handover.Part<ListenersHandover>()?.Listeners.Count ?? 0,
            services.LiveConnections + waiting,
            loop.NowMs - last.Handover.BegunMs);
        log.Upgraded(state.Version, state.LastVersion, state.Listeners, state.Connections, state.PauseMs);
        return state;
    }
}
