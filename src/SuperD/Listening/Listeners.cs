using System.Net;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>All listeners of superd, by service. Loop only.</summary>
internal sealed class Listeners(EventLoop loop, IConnectionSink sink, IDatagramSink datagramSink, ILogger log)
{
    private readonly Dictionary<Service, Listener[]> _byService = [];
    private readonly Dictionary<Service, DatagramPort[]> _datagramPorts = [];
    private readonly Dictionary<ListenerHandover, Listener> _handed = new(ReferenceEqualityComparer.Instance);

    public int Count { get; private set; }

    public int BoundCount => All.Count(listener => listener.IsBound) + DatagramPorts.Count(port => port.IsBound);

    public IEnumerable<Listener> All => _byService.Values.SelectMany(listeners => listeners);

    /// <summary>What listens where, for people: <c>han=0.0.0.0:9003</c>.</summary>
    public IEnumerable<string> Names =>
        All.Select(listener => $"{listener.Service.Name}={listener.BoundTo}").Concat(DatagramPorts.Select(port => $"{port.Service.Name}={port.BoundTo}"));

    /// <summary>The services, in the order they were opened.</summary>
    public IEnumerable<Service> Services => _byService.Keys;

    private IEnumerable<DatagramPort> DatagramPorts => _datagramPorts.Values.SelectMany(ports => ports);

    /// <summary>Whether superd itself receives datagrams at a port, at whichever address.</summary>
    public bool HasDatagramPort(int port) =>
        DatagramPorts.Any(own => own.BoundTo.EndPoint.Port == port)
        || All.Any(own => own.BoundTo is { Transport: Transport.Udp } bound && bound.EndPoint.Port == port);

    /// <summary>A service and how its listeners are: the first that is not simply listening speaks for all.</summary>
    public ServiceStatus StatusOf(Service service)
    {
        const string ReachedOtherwise = "tcpmux";
        (string Address, string State)[] sockets =
        [
            .. _byService[service].Select(listener => (listener.IsBound ? listener.BoundTo.ToString() : listener.Address.ToString(), listener.State)),
            .. _datagramPorts[service].Select(port => (port.IsBound ? port.BoundTo.ToString() : port.Address.ToString(), port.State)),
        ];
        string state = sockets.Length == 0 ? ReachedOtherwise : service.IsFull ? Listener.Full : Listener.Listening;
        return new ServiceStatus(
            service.Name,
            [.. sockets.Select(socket => socket.Address)],
            service.Occupancy,
            sockets.Select(socket => socket.State).FirstOrDefault(word => word != Listener.Listening) ?? state);
    }

    /// <summary>Adopts the sockets that were passed for a service, and binds every other address of it; those that cannot be had now are tried again later.</summary>
    /// <param name="passed">Where any of them is named after the service, they are all it listens on.</param>
    /// <param name="handed">The sockets superd's last version has left, which it goes on with; null when there was no last version.</param>
    public void Open(Service service, IReadOnlyList<PassedSocket> passed, HandedListeners? handed = null)
    {
        TcpPortListener[] adopting = [.. passed.Select(socket => Adopting(service, socket))];
        ListenAddress[] addresses = passed.Any(socket => socket.IsNamed(service.Name)) ? [] : [.. service.Definition.Listen
            .Where(address => !passed.Any(address.IsServedBy))
            .Where(address => !address.Optional || TcpSocket.IsSupported(address.EndPoint))
            .Select(Available)];
        bool isAnswered = service.Definition is { Builtin: not null, IsDatagrams: true };
        DatagramPort[] ports = isAnswered ? [.. addresses.Select(address => new DatagramPort(loop, service, address, datagramSink, log))] : [];
        Listener[] listeners = isAnswered ? [] : [.. addresses.Select(address => Create(service, address))];
        _byService.Add(service, [.. adopting, .. listeners]);
        _datagramPorts.Add(service, ports);
        Count += adopting.Length + addresses.Length;
        for (int i = 0; i < adopting.Length; i++)
        {
            ListenerHandover? known = handed?.OfPassed(passed[i].Number);
            adopting[i].Adopt(passed[i], known);
            if (known is not null)
            {
                _handed.Add(known, adopting[i]);
            }
        }

        foreach (Listener listener in listeners)
        {
            if (handed?.Take(service.Definition, listener.Address) is { } known)
            {
                listener.TakeOver(known.Listener, known.Socket);
                _handed.Add(known.Listener, listener);
            }
            else
            {
                listener.Open();
            }
        }

        foreach (DatagramPort port in ports)
        {
            if (handed?.Take(service.Definition, port.Address) is { } known)
            {
                port.TakeOver(known.Socket);
            }
            else
            {
                port.Open();
            }
        }
    }

    /// <summary>Who goes on with a socket of superd's last version; null when nobody does.</summary>
    public Listener? SuccessorOf(ListenerHandover handed) => _handed.GetValueOrDefault(handed);

    /// <summary>Tells superd's next version of every socket there is.</summary>
    public IReadOnlyList<ListenerHandover> HandOver(KeptDescriptors kept) =>
        [.. All.Select(listener => listener.HandOver(kept)).Concat(DatagramPorts.Select(port => port.HandOver(kept))).OfType<ListenerHandover>()];

    /// <summary>Nobody is accepted, and nothing received, for the time of an upgrade; or all is as before again.</summary>
    public void Hold(bool isHeld)
    {
        foreach (Listener listener in All)
        {
            if (isHeld)
            {
                listener.Pause(PauseReasons.Upgrade);
            }
            else
            {
                listener.Resume(PauseReasons.Upgrade);
            }
        }

        foreach (DatagramPort port in DatagramPorts)
        {
            if (isHeld)
            {
                port.Hold();
            }
            else
            {
                port.Release();
            }
        }
    }

    /// <summary>The addresses of a service, and whether each could be had.</summary>
    public IEnumerable<(string Address, bool IsBound)> AddressesOf(Service service) => _byService[service]
        .Select(listener => (listener.IsBound ? listener.BoundTo.ToString() : listener.Address.ToString(), listener.IsBound))
        .Concat(_datagramPorts[service].Select(port => (port.IsBound ? port.BoundTo.ToString() : port.Address.ToString(), port.IsBound)));

    /// <summary>Stops accepting at all addresses of a service.</summary>
    public void Pause(Service service, PauseReasons reason)
    {
        foreach (Listener listener in _byService.GetValueOrDefault(service, []))
        {
            listener.Pause(reason);
        }

        if (IsForAnswers(reason))
        {
            Array.ForEach(_datagramPorts.GetValueOrDefault(service, []), port => port.Pause());
        }
    }

    /// <summary>Takes a reason to pause back at all addresses of a service.</summary>
    public void Resume(Service service, PauseReasons reason)
    {
        foreach (Listener listener in _byService.GetValueOrDefault(service, []))
        {
            listener.Resume(reason);
        }

        if (IsForAnswers(reason))
        {
            Array.ForEach(_datagramPorts.GetValueOrDefault(service, []), port => port.Resume());
        }
    }

    /// <summary>Closes all of them, for good.</summary>
    public void CloseAll()
    {
        foreach (Listener listener in All)
        {
            listener.Close();
        }

        foreach (DatagramPort port in DatagramPorts)
        {
            port.Close();
        }
    }

    private TcpPortListener Adopting(Service service, PassedSocket passed) =>
        new(loop, service, new ListenAddress(new IPEndPoint(passed.EndPoint.ToIPAddress(), passed.EndPoint.Port)), sink, log);

    /// <summary>Whether it holds builtins over UDP too. All other reasons are about places, and an answer takes none.</summary>
    private static bool IsForAnswers(PauseReasons reason) => reason == PauseReasons.Operator;

    private Listener Create(Service service, ListenAddress address) => address.Transport switch
    {
        Transport.Unix => new UnixListener(loop, service, address, sink, log),
        Transport.Udp when service.Definition.IsPerPeer => new PeerListener(loop, service, address, sink, log),
        Transport.Udp => new DatagramListener(loop, service, address, sink, log),
        _ => new TcpPortListener(loop, service, address, sink, log),
    };

    /// <summary>Where IPv6 is switched off, a dual-stack socket is what is left of it: one for IPv4.</summary>
    internal static ListenAddress Available(ListenAddress address) => address.V6Only || TcpSocket.IsSupported(address.EndPoint)
        ? address
        : address with { EndPoint = new IPEndPoint(IPAddress.Any, address.EndPoint.Port) };
}
