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

/// <summary>Goes on with what superd's last version has left, before anything else happens. Loop only.</summary>
/// <remarks>
/// Connections go on under the definition they began with, as far as that still matters to them; those of services that the present
/// configuration does not have go on under its name, which takes no new ones.
/// </remarks>
internal sealed class Successor(LastVersion last, EventLoop loop, ServiceTable services, Places places, ILogger log)
{
    /// <summary>When superd was started, all its versions together.</summary>
    public long StartedMs => last.Handover.StartedMs;

    /// <summary>The listening sockets that were left, for the listeners of the present configuration.</summary>
    public HandedListeners ListenersFor(IReadOnlyCollection<ServiceDefinition> enabled) =>
        new(last.Handover.Part<ListenersHandover>()?.Listeners ?? [], last.Descriptors, enabled);

    /// <summary>Each stage goes on with its work; the listeners are open, and the loop does not run yet.</summary>
    public void Inherit(Stages stages)
    {
        places.LastId = last.Handover.LastConnectionId;
        stages.Inherit(last.Handover.Parts, new Inheritance(last.Descriptors, services, places, loop));
        foreach (Service service in services.All)
        {
            places.SetQueueing(service);
        }
    }

    /// <summary>Everything has been inherited: closes what nobody wanted, and tells how the upgrade went.</summary>
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
