using System.Net;
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

    /// <summary>Binds every address of a service; those that cannot be had now are tried again later.</summary>
    public void Open(Service service)
    {
        Listener[] listeners = [.. service.Definition.Listen
            .Where(address => !address.Optional || TcpSocket.IsSupported(address.EndPoint))
            .Select(address => new Listener(loop, service, Available(address), sink, log))];
        _byService.Add(service, listeners);
        Count += listeners.Length;
        foreach (Listener listener in listeners)
        {
            listener.Open();
        }
    }

    /// <summary>The listeners of one service.</summary>
    public IReadOnlyList<Listener> Of(Service service) => _byService[service];

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

    /// <summary>Where IPv6 is switched off, a dual-stack socket is what is left of it: one for IPv4.</summary>
    private static ListenAddress Available(ListenAddress address) => address.V6Only || TcpSocket.IsSupported(address.EndPoint)
        ? address
        : new ListenAddress(new IPEndPoint(IPAddress.Any, address.EndPoint.Port));
}
