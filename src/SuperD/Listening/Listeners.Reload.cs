using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>
/// A reload of the listeners: a socket that is still wanted stays, even for another service, and new ones are bound before old ones are
/// closed.
/// </summary>
internal sealed partial class Listeners
{
    /// <summary>Binds the new addresses. Touches nothing that serves, with one exception, which is undone when anything fails.</summary>
    /// <remarks>
    /// The exception: a new address overlaps with one of superd's own that is dropped (127.0.0.1:9003 becomes 9003). The kernel does not
    /// allow both, so when all others are bound, the old one is closed and the new one is bound at once.
    /// </remarks>
    /// <param name="wanted">Services that are new or changed, with their new definitions.</param>
    /// <param name="removed">Services that the reload removes.</param>
    /// <param name="isDryRun">Nothing will be committed: that exception is assumed to succeed, and no socket file is made.</param>
    public ListenerChanges Prepare(
        IReadOnlyList<(Service Service, ServiceDefinition Definition)> wanted, IReadOnlyList<Service> removed, bool isDryRun)
    {
        loop.AssertOnLoop();
        var leftovers = new Dictionary<ListenAddress, List<Listener>>(SameSocket.Comparer);
        List<Listener> all = [.. wanted.Select(service => service.Service).Concat(removed).SelectMany(ListenersOf)];
        List<TcpPortListener> passed = [.. all.OfType<TcpPortListener>().Where(listener => listener.Passed is not null)];
        TcpPortListener[][] keptPassed = TakePassed(wanted, passed);
        foreach (Listener listener in all.Where(listener => listener is not TcpPortListener { Passed: not null }))
        {
            (leftovers.TryGetValue(listener.Address, out List<Listener>? same) ? same : leftovers[listener.Address] = []).Add(listener);
        }

        // Each service first keeps its own sockets; then it may get those that no other service wants.
        ListenAddress[][] addresses =
        [
            .. wanted.Zip(keptPassed, (service, kept) =>
                AddressesOf(service.Definition, [.. kept.Select(listener => listener.Passed!)]).ToArray()), // all kept ones were passed
        ];
        Listener?[][] old = [.. addresses.Select(own => new Listener?[own.Length])];
        for (int i = 0; i < wanted.Count; i++)
        {
            TakeOld(addresses[i], old[i], leftovers, listener => listener.Service == wanted[i].Service);
        }

        for (int i = 0; i < wanted.Count; i++)
        {
            TakeOld(addresses[i], old[i], leftovers, listener => listener.Address.HasName);
        }

        var changes = new ListenerChanges(removed, [.. leftovers.Values.SelectMany(same => same), .. passed]);
        for (int i = 0; i < wanted.Count; i++)
        {
            (Service service, ServiceDefinition definition) = wanted[i];
            IEnumerable<ListenerSlot> kept = keptPassed[i].Select(listener => new ListenerSlot(listener, listener));
            IEnumerable<ListenerSlot> others = addresses[i].Zip(old[i], (address, had) => Slot(service, definition, address, had));
            changes.Add(service, definition, [.. kept, .. others]);
        }

        changes.Bind(isDryRun);
        return changes;
    }

    /// <summary>Puts prepared changes into force, before the services get their new definitions.</summary>
    public void Commit(ListenerChanges changes)
    {
        loop.AssertOnLoop();
        foreach (Service service in changes.Removed)
        {
            AddressCount -= ListenersOf(service).Length;
            _byService.Remove(service);
        }

        foreach ((Service service, ServiceDefinition definition, ListenerSlot[] slots) in changes.Services)
        {
            AddressCount += slots.Length - ListenersOf(service).Length;
            _byService[service] = [.. slots.Select(slot => slot.Listener)];
            foreach (ListenerSlot slot in slots)
            {
                slot.Commit(service, definition);
            }
        }

        foreach ((Listener old, Listener now) in changes.Successions)
        {
            foreach (Connection connection in _lent.Where(lent => lent.Value == old && now.IsLent).Select(lent => lent.Key).ToArray())
            {
                _lent[connection] = now;
            }
        }

        foreach (Listener listener in changes.Dropped)
        {
            listener.Close();
        }
    }

    /// <summary>
    /// Assigns the sockets that the service manager has passed, as at the start: by the service's name, or else by its addresses.
    /// </summary>
    /// <param name="passed">The listeners of all passed sockets; the ones that no service wants stay in it.</param>
    private static TcpPortListener[][] TakePassed(
        IReadOnlyList<(Service Service, ServiceDefinition Definition)> wanted, List<TcpPortListener> passed)
    {
        TcpPortListener[][] taken = [.. wanted.Select(service => Take(listener => listener.Passed!.IsNamed(service.Definition.Name)))];
        for (int i = 0; i < taken.Length; i++)
        {
            ServiceDefinition definition = wanted[i].Definition;
            taken[i] = taken[i].Length > 0
                ? taken[i]
                : Take(listener => definition.Listen.Any(address => address.IsServedBy(listener.Passed!))); // all of them were passed
        }

        return taken;

        TcpPortListener[] Take(Predicate<TcpPortListener> fits)
        {
            TcpPortListener[] found = [.. passed.FindAll(fits)];
            passed.RemoveAll(fits);
            return found;
        }
    }

    private static void TakeOld(
        ListenAddress[] addresses, Listener?[] old, Dictionary<ListenAddress, List<Listener>> leftovers, Predicate<Listener> fits)
    {
        for (int i = 0; i < addresses.Length; i++)
        {
            if (old[i] is null
                && leftovers.TryGetValue(addresses[i], out List<Listener>? same)
                && same.FindIndex(fits) is var index and >= 0)
            {
                old[i] = same[index];
                same.RemoveAt(index);
            }
        }
    }

    private ListenerSlot Slot(Service service, ServiceDefinition definition, ListenAddress address, Listener? old) =>
        old is not null && old.Kind == KindOf(definition, address)
            ? new ListenerSlot(old, old)
            : new ListenerSlot(Create(service, definition, address), old);
}
