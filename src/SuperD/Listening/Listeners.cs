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

    /// <summary>Adopts the sockets that were passed for a service, and binds every other address of it; those that cannot be had now are tried again later.</summary>
    /// <param name="passed">Where any of them is named after the service, they are all it listens on.</param>
    public void Open(Service service, IReadOnlyList<PassedSocket> passed)
    {
        Listener[] adopting = [.. passed.Select(socket => Make(service, new ListenAddress(new IPEndPoint(socket.EndPoint.ToIPAddress(), socket.EndPoint.Port))))];
        Listener[] binding = passed.Any(socket => socket.IsNamed(service.Name)) ? [] : [.. service.Definition.Listen
            .Where(address => !passed.Any(socket => socket.Covers(address.EndPoint)))
            .Where(address => !address.Optional || TcpSocket.IsSupported(address.EndPoint))
            .Select(address => Make(service, Available(address)))];
        _byService.Add(service, [.. adopting, .. binding]);
        Count += adopting.Length + binding.Length;
        for (int i = 0; i < adopting.Length; i++)
        {
            adopting[i].Adopt(passed[i]);
        }

        foreach (Listener listener in binding)
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

    private Listener Make(Service service, ListenAddress address) => new(loop, service, address, sink, log);

    /// <summary>Where IPv6 is switched off, a dual-stack socket is what is left of it: one for IPv4.</summary>
    private static ListenAddress Available(ListenAddress address) => address.V6Only || TcpSocket.IsSupported(address.EndPoint)
        ? address
        : new ListenAddress(new IPEndPoint(IPAddress.Any, address.EndPoint.Port));
}
