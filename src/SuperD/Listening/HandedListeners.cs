using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>
/// Assigns the sockets of superd's last version: each goes to the same address of the same service, or else to the same address of another
/// one.
/// </summary>
internal sealed class HandedListeners
{
    private readonly Dictionary<(string Service, ListenerKind Kind, string Address), ListenerHandover> _listeners = [];
    private readonly InheritedDescriptors _descriptors;
    private readonly List<ListenerHandover> _passed;

    /// <param name="enabled">All services that will listen.</param>
    public HandedListeners(
        IReadOnlyList<ListenerHandover> handed, InheritedDescriptors descriptors, IReadOnlyCollection<ServiceDefinition> enabled)
    {
        _descriptors = descriptors;
        _passed = [.. handed.Where(listener => listener.IsPassed)];
        var wanted = enabled
            .SelectMany(service => service.Listen.Select(address => (Service: service, Address: Listeners.Available(address))))
            .ToList();
        foreach (bool isSameService in (bool[])[true, false])
        {
            foreach (ListenerHandover listener in handed.Where(listener => !listener.IsPassed).Except(_listeners.Values).ToArray())
            {
                // The kernel chooses another port for each socket with port 0, so such a socket belongs to its service alone.
                (ServiceDefinition Service, ListenAddress Address) match = wanted.Find(each =>
                    Fits(listener, each.Service, each.Address)
                    && (isSameService ? each.Service.Name == listener.Service : each.Address.EndPoint.Port != 0));
                if (match.Service is not null)
                {
                    wanted.Remove(match);
                    _listeners.Add(KeyOf(match.Service, match.Address), listener);
                }
            }
        }
    }

    /// <summary>The state of a socket that the service manager has passed, by its number; null when no listener used it.</summary>
    public ListenerHandover? OfPassed(int number) => _passed.Find(listener => listener.Socket == number);

    /// <summary>Takes the socket for an address; null when it must be bound.</summary>
    public (ListenerHandover Listener, Fd Socket)? Take(ServiceDefinition service, ListenAddress address) =>
        _listeners.Remove(KeyOf(service, address), out ListenerHandover? listener) && _descriptors.Take(listener.Socket) is { } socket
            ? (listener, socket)
            : null;

    private static bool Fits(ListenerHandover listener, ServiceDefinition service, ListenAddress address) =>
        listener.Kind == Listeners.KindOf(service, address)
        && listener.Address == address.ToString()
        && listener.V6Only == address.V6Only;

    private static (string Service, ListenerKind Kind, string Address) KeyOf(ServiceDefinition service, ListenAddress address) =>
        (service.Name, Listeners.KindOf(service, address), address.ToString());
}
