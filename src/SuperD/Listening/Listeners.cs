using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>All listeners of superd, by service. Loop only.</summary>
internal sealed class Listeners(EventLoop loop, IConnectionSink sink, ILogger log)
{
    private readonly Dictionary<Service, Listener[]> _byService = [];

    public int Count { get; private set; }

    public int BoundCount => All.Count(listener => listener.IsBound);

    public IEnumerable<Listener> All => _byService.Values.SelectMany(listeners => listeners);

    /// <summary>The services, in the order they were opened.</summary>
    public IEnumerable<Service> Services => _byService.Keys;

    /// <summary>A service and how its listeners are: the first that is not simply listening speaks for all.</summary>
    public ServiceStatus StatusOf(Service service)
    {
        const string ReachedOtherwise = "tcpmux";
        Listener[] listeners = _byService[service];
        string state = listeners.Length == 0 ? ReachedOtherwise : service.IsFull ? Listener.Full : Listener.Listening;
        return new ServiceStatus(
            service.Name,
            [.. listeners.Select(listener => listener.IsBound ? listener.BoundTo.ToString() : listener.Address.ToString())],
            service.Occupancy,
            listeners.Select(listener => listener.State).FirstOrDefault(word => word != Listener.Listening) ?? state);
    }

    /// <summary>Binds every address of a service; those that cannot be had now are tried again later.</summary>
    public void Open(Service service)
    {
        Listener[] listeners = [.. service.Definition.Listen
            .Where(address => !address.Optional || TcpSocket.IsSupported(address.EndPoint))
            .Select(address => new Listener(loop, service, address, sink, log))];
        _byService.Add(service, listeners);
        Count += listeners.Length;
        foreach (Listener listener in listeners)
        {
            listener.Open();
        }
    }

    /// <summary>Stops accepting at all addresses of a service.</summary>
    public void Pause(Service service, PauseReasons reason)
    {
        foreach (Listener listener in _byService[service])
        {
            listener.Pause(reason);
        }
    }

    /// <summary>Takes a reason to pause back at all addresses of a service.</summary>
    public void Resume(Service service, PauseReasons reason)
    {
        foreach (Listener listener in _byService[service])
        {
            listener.Resume(reason);
        }
    }

    /// <summary>Closes all of them, for good.</summary>
    public void CloseAll()
    {
        foreach (Listener listener in All)
        {
            listener.Close();
        }
    }
}
