using System.Net;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>All listeners of superd, by service. Loop only.</summary>
internal sealed partial class Listeners(Stages stages, EventLoop loop, IConnectionSink sink, IDatagramSink datagramSink, ILogger log)
    : Stage(stages)
{
    private readonly Dictionary<Service, Listener[]> _byService = [];
    private readonly AddressHolders _holders = new(loop);
    private readonly Dictionary<ListenerHandover, Listener> _handed = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// Connections whose socket belongs to a listener, which takes it back at their end: of wait services and of datagram peers.
    /// </summary>
    private readonly Dictionary<Connection, Listener> _lent = [];

    /// <summary>How many addresses superd listens at, or tries to.</summary>
    public int AddressCount { get; private set; }

    /// <summary>None: the end of superd waits for no listener.</summary>
    public override int Count => 0;

    /// <summary>The listening sockets, and the duplicates that were lent.</summary>
    public override int Descriptors => AddressCount + _lent.Count;

    public int BoundCount => All.Count(listener => listener.IsBound);

    public IEnumerable<Listener> All => _byService.Values.SelectMany(listeners => listeners);

    /// <summary>Each address with its service, human-readable: <c>han=0.0.0.0:9003</c>.</summary>
    public IEnumerable<string> Names => All.Select(listener => $"{listener.Service.Name}={listener.BoundTo}");

    /// <summary>The services that listen, or are reached otherwise.</summary>
    public IEnumerable<Service> Services => _byService.Keys;

    /// <summary>The sockets that may be kept for a superd that comes after one that was killed.</summary>
    public IEnumerable<Fd> Keepable => All.OfType<TcpPortListener>().Select(listener => listener.Keepable).OfType<Fd>();

    /// <summary>The listener that has accepted a connection, by the address at this end of it; null if there is none any more.</summary>
    public Listener? Of(InetEndPoint local) =>
        All.OfType<TcpPortListener>().Where(listener => listener.IsBound && listener.BoundTo.EndPoint.Port == local.Port)
            .OrderBy(listener => listener.BoundTo.EndPoint.IsWildcard)
            .FirstOrDefault(listener => listener.BoundTo.EndPoint == local || listener.BoundTo.EndPoint.IsWildcard);

    /// <summary>Whether superd itself receives datagrams at a port, at any address.</summary>
    public bool HasDatagramPort(int port) =>
        All.Any(own => own.BoundTo is { Transport: Transport.Udp } bound && bound.EndPoint.Port == port);

    /// <summary>A service and the state of its listeners: that of the first which is not simply listening.</summary>
    public ServiceStatus StatusOf(Service service)
    {
        const string ReachedOtherwise = "tcpmux";
        Listener[] listeners = ListenersOf(service);
        string state = listeners.Length == 0 ? ReachedOtherwise : service.IsFull ? Listener.Full : Listener.Listening;
        return new ServiceStatus(
            service.Name,
            [.. AddressesOf(service).Select(listener => listener.Address)],
            service.Occupancy,
            listeners.Select(listener => listener.State).FirstOrDefault(word => word != Listener.Listening) ?? state);
    }

    /// <summary>Why a service does not serve at some of its addresses: those that are not bound first.</summary>
    public IReadOnlyList<Trouble> TroublesOf(Service service)
    {
        List<Trouble>? troubles = null; // usually there are none
        foreach (Listener listener in ListenersOf(service))
        {
            if (listener.Trouble is { } trouble)
            {
                troubles ??= [];
                troubles.Insert(trouble.State == Trouble.Waiting ? 0 : troubles.Count, trouble);
            }
        }

        return troubles ?? (IReadOnlyList<Trouble>)[];
    }

    /// <summary>Whether the service's addresses are closed for good, because superd ends.</summary>
    public bool AreClosed(Service service) => ListenersOf(service) is [{ IsClosed: true }, ..];

    /// <summary>Whether none of the service's addresses accepts, for this reason.</summary>
    public bool ArePaused(Service service, PauseReasons reason) =>
        ListenersOf(service) is [_, ..] all && all.All(listener => listener.IsPausedFor(reason));

    /// <summary>Whether a client waits that the program of a wait service, which has the socket, has not accepted.</summary>
    public bool HasUnaccepted(Service service) => ListenersOf(service).Any(listener => listener.HasUnaccepted);

    /// <summary>How many clients wait in the kernel's queues of a service; see <see cref="Listener.Queued"/>.</summary>
    public int CountQueued(Service service) => ListenersOf(service).Sum(listener => listener.Queued);

    /// <summary>That none of the service's addresses is of the client's family; null if one is, or clients come by proxies.</summary>
    public string? WhyUnreachable(Service service, Peer client)
    {
        IReadOnlyList<Listener> all = ListenersOf(service);
        if (all.Count == 0
            || service.Definition.Admission.ProxyIn is not null
            || all.Any(listener => IsFor(service, listener.Address, client)))
        {
            return null;
        }

        string family = client.Kind == PeerKind.Unix ? "a process of this machine" : client.EndPoint.IsV6 ? "IPv6" : "IPv4";
        string addresses = string.Join(' ', AddressesOf(service).Select(address => address.Address));
        return $"it has no address for {family}: it listens at {addresses}";
    }

    /// <summary>Whether the client may reach the address. Whether a passed [::] is for IPv6 alone is not known.</summary>
    private static bool IsFor(Service service, ListenAddress address, Peer client) =>
        client.Kind == PeerKind.Unix
            ? address.Transport == Transport.Unix
            : address.IsForFamily(client.EndPoint.IsV6)
                || (address.EndPoint.Address.Equals(IPAddress.IPv6Any) && !service.Definition.Listen.Contains(address));

    /// <summary>Tries at once to bind all addresses that are not bound, rather than at their next turn.</summary>
    public void RetryUnbound()
    {
        foreach (Listener listener in All)
        {
            listener.Retry();
        }
    }

    /// <summary>Adopts the sockets that were passed for a service, and binds its other addresses, with retries where that fails.</summary>
    /// <param name="passed">If one of them is named after the service, the service listens on these sockets only.</param>
    /// <param name="handed">The sockets of superd's last version, to be inherited; null when there was no last version.</param>
    /// <param name="kept">The sockets of a superd that was killed; null when there are none.</param>
    /// <param name="isRivals">Whether an address that is in use tells superd not to start; null = none does.</param>
    /// <returns>False after such an address; then no further one was bound.</returns>
    public bool TryOpen(
        Service service,
        IReadOnlyList<PassedSocket> passed,
        HandedListeners? handed = null,
        KeptListeners? kept = null,
        Predicate<ListenAddress>? isRivals = null)
    {
        TcpPortListener[] adopting = [.. passed.Select(socket => Adopting(service, socket))];
        Listener[] listeners = [.. AddressesOf(service.Definition, passed).Select(address => Create(service, service.Definition, address))];
        _byService.Add(service, [.. adopting, .. listeners]);
        AddressCount += adopting.Length + listeners.Length;
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
                listener.Inherit(known.Listener, known.Socket);
                _handed.Add(known.Listener, listener);
            }
            else if (listener is TcpPortListener port && kept?.Take(listener.Address) is { } socket)
            {
                port.Recover(socket);
            }
            else if (listener.Open() is { IsInUse: true } && isRivals?.Invoke(listener.Address) == true)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds to problems who has the addresses; calls back on the loop, when that is known.</summary>
    public void NameHolders(IReadOnlyList<ListenProblem> problems, Action<IReadOnlyList<ListenProblem>> done)
    {
        ListenProblem[] named = [.. problems];
        int asked = named.Count(problem => problem.Problem.IsInUse);
        if (asked == 0)
        {
            done(named);
            return;
        }

        for (int i = 0; i < named.Length; i++)
        {
            int place = i;
            if (!named[i].Problem.IsInUse)
            {
                continue;
            }

            _holders.Ask(named[i].Address, holder =>
            {
                named[place] = named[place] with { Problem = named[place].Problem.By(holder) };
                if (--asked == 0)
                {
                    done(named);
                }
            });
        }
    }

    /// <summary>The connection got its socket from the listener, which takes it back at the connection's end.</summary>
    public void Lend(Listener listener, Connection connection) => _lent.Add(connection, listener);

    /// <summary>The connection has ended: if it got its socket from a listener, that listener accepts again.</summary>
    /// <param name="ran">How long its handler ran.</param>
    public void TakeBack(Connection connection, TimeSpan ran)
    {
        if (_lent.Remove(connection, out Listener? listener))
        {
            listener.TakeBack(connection, ran);
        }
    }

    /// <summary>No handler serves a connection that got its socket from a listener: turns away the client that woke the service.</summary>
    /// <param name="done">Receives the client, now or later; an unknown peer when it has left by itself.</param>
    /// <returns>False when its socket is no listener's: the caller must turn it away like any other.</returns>
    public bool TryTurnAway(Connection connection, Action<Peer> done)
    {
        if (!_lent.Remove(connection, out Listener? listener))
        {
            return false;
        }

        connection.Socket.Dispose();
        listener.TurnAway(connection, done);
        return true;
    }

    /// <summary>Every listening socket, and the connections that have one.</summary>
    public override StageHandover HandOver(KeptDescriptors kept) => new ListenersHandover(
        [.. All.Select(listener => listener.HandOver(kept)).OfType<ListenerHandover>()],
        [.. _lent.Where(lent => lent.Value.IsBound).Select(lent => new LentHandover(lent.Key.Id, lent.Value.Number!.Value))]);

    /// <summary>
    /// Restores the peers, and which connection has which socket; removes the socket files that no listener uses any more.
    /// </summary>
    /// <remarks>After <see cref="TryOpen"/>, and after the handlers have been inherited.</remarks>
    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not ListenersHandover handed)
        {
            return false;
        }

        Dictionary<int, Listener> byNumber = [];
        foreach (ListenerHandover each in handed.Listeners)
        {
            if (_handed.TryGetValue(each, out Listener? successor))
            {
                byNumber[each.Socket] = successor;
                (successor as PeerListener)?.InheritPeers(each.Peers ?? [], inheritance);
            }
            else if (each is { File: { } file, BoundTo.UnixName: { } name } && FileIdentity.Of(name) == file)
            {
                _ = UnixSocket.Unlink(name);
            }
        }

        foreach (LentHandover lent in handed.Lent)
        {
            if (byNumber.TryGetValue(lent.Listener, out Listener? lender) && inheritance.Find(lent.Connection) is { } connection)
            {
                _lent.Add(connection, lender);
            }
        }

        return true;
    }

    /// <summary>Stops accepting and receiving for the time of an upgrade, or resumes.</summary>
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
    }

    /// <summary>The addresses of a service, and whether each is bound; none when the service was removed.</summary>
    public IEnumerable<(string Address, bool IsBound)> AddressesOf(Service service) => ListenersOf(service)
        .Select(listener => (listener.IsBound ? listener.BoundTo.ToString() : listener.Address.ToString(), listener.IsBound));

    /// <summary>Stops accepting at all addresses of a service.</summary>
    public void Pause(Service service, PauseReasons reason)
    {
        foreach (Listener listener in ListenersOf(service))
        {
            listener.Pause(reason);
        }
    }

    /// <summary>Removes a reason to pause at all addresses of a service.</summary>
    public void Resume(Service service, PauseReasons reason)
    {
        foreach (Listener listener in ListenersOf(service))
        {
            listener.Resume(reason);
        }
    }

    /// <summary>Sets whether a service accepts new clients, lets them wait, or refuses them.</summary>
    public void Steer(Service service, ServiceMode mode)
    {
        if (mode == ServiceMode.Draining)
        {
            foreach (Listener listener in ListenersOf(service))
            {
                listener.AcceptWaiting(); // they came before the order
            }
        }

        service.Mode = mode;
        if (mode == ServiceMode.Paused)
        {
            Pause(service, PauseReasons.Operator);
        }
        else
        {
            Resume(service, PauseReasons.Operator);
        }

        foreach (Listener listener in ListenersOf(service))
        {
            listener.FollowMode();
        }
    }

    /// <summary>Makes these the only reasons of the service for which its addresses are paused.</summary>
    public void SetPauses(Service service, PauseReasons reasons)
    {
        foreach (Listener listener in ListenersOf(service))
        {
            listener.SetPauses(reasons);
        }
    }

    /// <summary>Closes all listeners for good.</summary>
    public void CloseAll()
    {
        foreach (Listener listener in All)
        {
            listener.Close();
        }
    }

    private Listener[] ListenersOf(Service service) => _byService.GetValueOrDefault(service, []);

    private TcpPortListener Adopting(Service service, PassedSocket passed) =>
        new(loop, service, new ListenAddress(new IPEndPoint(passed.EndPoint.ToIPAddress(), passed.EndPoint.Port)), sink, log);

    private Listener Create(Service service, ServiceDefinition definition, ListenAddress address) => KindOf(definition, address) switch
    {
        ListenerKind.Unix => new UnixListener(loop, service, address, sink, log) { OnUnbound = OnUnbound },
        ListenerKind.UdpPeers => new PeerListener(loop, service, address, sink, log) { OnUnbound = OnUnbound },
        ListenerKind.UdpAnswers => new DatagramPort(loop, service, address, sink, datagramSink, log) { OnUnbound = OnUnbound },
        ListenerKind.UdpWait => new DatagramListener(loop, service, address, sink, log) { OnUnbound = OnUnbound },
        _ => new TcpPortListener(loop, service, address, sink, log) { OnUnbound = OnUnbound },
    };

    private void OnUnbound(Listener listener, BindProblem problem, TimeSpan retryDelay)
    {
        void Tell(AddressHolder? holder)
        {
            BindProblem told = problem.By(holder);
            log.BindFailed(listener.Service.Name, listener.Address.ToString(), told.Text, retryDelay.TotalSeconds);
            if (!listener.IsBound)
            {
                listener.SetUnbound(told);
            }
        }

        if (problem.IsInUse)
        {
            _holders.Ask(listener.Address, Tell);
        }
        else
        {
            Tell(holder: null);
        }
    }

    /// <summary>The kind of listener that an address of a service needs.</summary>
    internal static ListenerKind KindOf(ServiceDefinition definition, ListenAddress address) => address.Transport switch
    {
        Transport.Unix => ListenerKind.Unix,
        Transport.Udp when definition.IsPerPeer => ListenerKind.UdpPeers,
        Transport.Udp when definition.Builtin is not null => ListenerKind.UdpAnswers,
        Transport.Udp => ListenerKind.UdpWait,
        _ => ListenerKind.Tcp,
    };

    /// <summary>The addresses of a service to bind: those that this machine supports and that no passed socket serves.</summary>
    private static IEnumerable<ListenAddress> AddressesOf(ServiceDefinition definition, IReadOnlyList<PassedSocket> passed) =>
        passed.Any(socket => socket.IsNamed(definition.Name)) ? [] : definition.Listen
            .Where(address => !passed.Any(address.IsServedBy))
            .Where(address => !address.Optional || TcpSocket.IsSupported(address.EndPoint))
            .Select(Available);

    /// <summary>Without IPv6 on this machine, a dual-stack address is the IPv4 half of it.</summary>
    internal static ListenAddress Available(ListenAddress address) => address.V6Only || TcpSocket.IsSupported(address.EndPoint)
        ? address
        : address with { EndPoint = new IPEndPoint(IPAddress.Any, address.EndPoint.Port) };
}
