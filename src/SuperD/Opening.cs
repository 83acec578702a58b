using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Listening;
using SuperD.ServiceManager;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>Opens the services when superd starts; a reload opens those that it adds. Loop only.</summary>
/// <param name="successor">What the last version has left; null if there was none.</param>
/// <param name="kept">What the service manager has kept of a superd that was killed.</param>
/// <param name="isRivals">Whether another superd with this configuration has an address; null = it does not matter.</param>
internal sealed class Opening(
    ServiceTable services,
    Places places,
    AccessControl access,
    Listeners listeners,
    Readiness readiness,
    Successor? successor,
    KeptListeners kept,
    Predicate<ListenAddress>? isRivals)
{
    /// <summary>How many addresses are served at sockets of a superd that was killed.</summary>
    public int Recovered => kept.Taken;

    /// <summary>Opens all that are enabled.</summary>
    /// <returns>False when another superd serves with this configuration; then nothing is bound.</returns>
    public bool TryOpenAll()
    {
        ServiceDefinition[] enabled = [.. services.Definition.Enabled];
        HandedListeners? handed = successor?.ListenersFor(enabled);
        foreach (ServiceDefinition definition in enabled)
        {
            var service = new Service(definition);
            services.Add(service, definition);
            access.Add(service);
            places.SetQueueing(service);
            if (!listeners.TryOpen(service, readiness.PassedFor(definition), handed, kept, successor is null ? isRivals : null))
            {
                listeners.CloseAll();
                return false;
            }
        }

        kept.CloseRest();
        return true;
    }
}
