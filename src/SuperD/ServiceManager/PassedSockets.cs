using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.ServiceManager;

/// <summary>Assigns the passed sockets: each goes to the service of its name, or else to the service that listens on its address.</summary>
/// <remarks>
/// Names win, and a service listens on no other address than the sockets that are named after it: so a unit can decide on the port. A
/// socket is assigned by its address only if no service has its name, and only to a service that no socket is named after. A wait service
/// gets one socket; a datagram service gets none.
/// </remarks>
internal sealed class PassedSockets
{
    private readonly Dictionary<string, List<PassedSocket>> _byService = new(StringComparer.Ordinal);
    private readonly List<PassedSocket> _unused = [];

    /// <param name="enabled">All services that will listen.</param>
    public PassedSockets(IReadOnlyList<PassedSocket> sockets, IReadOnlyCollection<ServiceDefinition> enabled)
    {
        ServiceDefinition[] services = [.. enabled.Where(service => !service.IsDatagrams)];
        var unnamed = new List<PassedSocket>();
        foreach (PassedSocket socket in sockets)
        {
            Place(socket, services.FirstOrDefault(service => socket.IsNamed(service.Name)), unnamed);
        }

        ServiceDefinition[] others = [.. services.Where(service => !_byService.ContainsKey(service.Name))];
        foreach (PassedSocket socket in unnamed)
        {
            Place(socket, others.FirstOrDefault(service => service.Listen.Any(address => address.IsServedBy(socket))), _unused);
        }
    }

    /// <summary>The sockets that no service gets, each with the reason.</summary>
    public IEnumerable<(PassedSocket Socket, string Why)> Unused => _unused.Select(socket => (socket, socket.Unfit
        ?? "no TCP service that runs has its name or listens on its address; name it after one (FileDescriptorName=), "
            + "or write the address into a service's listen"));

    /// <summary>The sockets of a service; none when it must bind its own.</summary>
    public IReadOnlyList<PassedSocket> Of(ServiceDefinition service) => _byService.GetValueOrDefault(service.Name, []);

    private void Place(PassedSocket socket, ServiceDefinition? service, List<PassedSocket> rest)
    {
        if (service is null || (service.Wait && _byService.ContainsKey(service.Name)))
        {
            rest.Add(socket);
            return;
        }

        if (!_byService.TryGetValue(service.Name, out List<PassedSocket>? sockets))
        {
            _byService.Add(service.Name, sockets = []);
        }

        sockets.Add(socket);
    }
}
