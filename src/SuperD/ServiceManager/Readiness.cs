using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Ending;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.ServiceManager;

/// <summary>
/// Reports when superd serves at all its addresses: in the log, and to the service manager, whose passed sockets it assigns. Loop only.
/// </summary>
internal sealed class Readiness : IDisposable
{
    /// <summary>Addresses named in the ready line at most; the others are counted.</summary>
    private const int MaxAddressesInReadyLine = 20;

    // An address may become available soon after superd starts. One that never does must not make the manager give up on superd.
    private static readonly TimeSpan s_longestWaitForListeners = TimeSpan.FromSeconds(5);

    /// <summary>The time that the end takes beyond the configured ones: for KILL, and for writing the log.</summary>
    private static readonly TimeSpan s_endMargin = TimeSpan.FromSeconds(10);

    private readonly EventLoop _loop;
    private readonly ServiceTable _services;
    private readonly Listeners _listeners;
    private readonly Rotation _rotation;
    private readonly IReadOnlyList<Fd> _clients;
    private readonly ManagerLink _manager;
    private readonly PassedSockets _passed;
    private readonly IReadOnlyList<(PassedSocket Socket, string Why)> _strange;
    private readonly ILogger _log;
    private int _neededInVain;
    private bool _isToldOfListeners;
    private bool _isManagerToldReady;
    private bool _isStopping;

    /// <param name="clients">What the manager keeps of the clients that nobody serves yet.</param>
    /// <param name="startedMs">See <see cref="StartedMs"/>.</param>
    public Readiness(
        EventLoop loop,
        ServiceTable services,
        Listeners listeners,
        Rotation rotation,
        InheritedState inherited,
        IReadOnlyList<Fd> clients,
        long startedMs,
        ILogger log)
    {
        StartedMs = startedMs;
        StartTime = (loop.Time.GetUtcNow().ToUnixTimeMilliseconds() - (loop.NowMs - startedMs)) / 1000.0;
        _loop = loop;
        _services = services;
        _listeners = listeners;
        _rotation = rotation;
        _clients = clients;
        _log = log;
        _manager = new ManagerLink(loop, inherited.Manager, log, inherited.KeptSockets);
        rotation.Changed += () => _manager.Status(Status());
        _strange = inherited.StrangeSockets;
        _passed = new PassedSockets(inherited.PassedSockets, [.. services.Definition.Enabled]);
    }

    /// <summary>When the first of superd's versions was started, in the loop's <c>NowMs</c>.</summary>
    public long StartedMs { get; }

    /// <summary>The same in seconds since 1970, taken once, so that a change of the clock does not look like a start.</summary>
    public double StartTime { get; }

    private int Enabled => _services.Definition.Enabled.Count();

    /// <summary>The services that are to be served: also those whose files have errors.</summary>
    private int Wanted => Enabled + _services.Definition.Broken.Count(file => file.Service is not null);

    /// <summary>The sockets that the service manager has passed for a service.</summary>
    public IReadOnlyList<PassedSocket> PassedFor(ServiceDefinition service) => _passed.Of(service);

    /// <summary>The listeners are open: closes the passed sockets that no service gets, and begins to feed the watchdog.</summary>
    public void Begin()
    {
        foreach ((PassedSocket socket, string why) in _passed.Unused.Concat(_strange))
        {
            _log.PassedUnused(socket.Number, socket.Name, socket.EndPoint, why);
            socket.Close();
        }

        _manager.StartWatchdog();
        _loop.Schedule(s_longestWaitForListeners, () =>
        {
            if (!_isManagerToldReady)
            {
                TellManager();
            }
        });
    }

    /// <summary>superd serves, and has inherited everything: reports it, and again whenever the last missing address is bound.</summary>
    /// <param name="isNews">False after an upgrade, which is not news for the log.</param>
    public void BeginServing(bool isNews)
    {
        _isToldOfListeners = true;
        if (isNews)
        {
            Tell();
        }
        else
        {
            TellManager();
        }
    }

    /// <summary>A listener is bound.</summary>
    public void OnListening()
    {
        if (_isToldOfListeners)
        {
            Tell();
        }
    }

    /// <summary>Binds listeners for a reload without a report of its own: the reload has its line in the log.</summary>
    public void WithoutNews(Action bind)
    {
        _isToldOfListeners = false;
        bind();
        _isToldOfListeners = true;
    }

    /// <summary>
    /// superd reloads its configuration, or becomes its next version. <see cref="TellManager"/> must follow, also after a failure.
    /// </summary>
    public void BeginReloading() => _manager.Reloading();

    /// <summary>
    /// Tells the service manager that superd serves, and how many addresses are missing. Does nothing when superd is ending.
    /// </summary>
    public void TellManager()
    {
        if (!_isStopping)
        {
            KeepSockets();
            _isManagerToldReady = true;
            _manager.Ready(Status());
        }
    }

    /// <summary>Logs it if there are services, and superd serves none of them.</summary>
    public void TellIfNothingIsServed()
    {
        ServerDefinition definition = _services.Definition;
        if (Enabled == 0 && (definition.Services.Length > 0 || definition.Broken.Length > 0))
        {
            _log.NothingServed(definition.Broken.Length, definition.Services.Length);
        }
    }

    /// <summary>Tells the service manager that superd is ending.</summary>
    public void TellManagerStopping()
    {
        _isStopping = true;
        TimeSpan stopGrace = _services.Definition.Services.Select(service => service.StopGrace).DefaultIfEmpty().Max();
        ServerDefinition server = _services.Definition;
        _manager.Stopping("letting handlers finish", server.LameDuck + server.ShutdownGrace + stopGrace + s_endMargin);
    }

    public void Dispose() => _manager.Dispose();

    private void KeepSockets()
    {
        Fd[] listeners = [.. _listeners.Keepable];
        int needed = listeners.Length + _clients.Count;
        if (_manager.StoreSize > 0 && needed > _manager.StoreSize && needed > _neededInVain)
        {
            _neededInVain = needed;
            _log.StoreTooSmall(_manager.StoreSize, needed);
        }

        _manager.Keep(PassedSocket.KeptQueue, _clients);
        _manager.Keep(PassedSocket.KeptListener, [.. listeners.Take(_manager.StoreSize - _clients.Count)]);
    }

    private void Tell()
    {
        KeepSockets();
        int missing = _listeners.AddressCount - _listeners.BoundCount;
        if (missing > 0)
        {
            _log.NotAllBound(missing, _listeners.AddressCount);
            return;
        }

        IEnumerable<string> addresses = _listeners.Names.Take(MaxAddressesInReadyLine);
        int unnamed = _listeners.AddressCount - MaxAddressesInReadyLine;
        string rest = unnamed > 0 ? $" and {unnamed} more" : string.Empty;
        (int served, int wanted) = (Enabled, Wanted);
        if (served == wanted)
        {
            _log.Ready(served, _listeners.AddressCount, string.Join(' ', addresses) + rest);
        }
        else
        {
            _log.ReadyInPart(served, wanted, _listeners.AddressCount, string.Join(' ', addresses) + rest);
        }

        TellIfNothingIsServed();
        TellManager();
    }

    private string Status()
    {
        int missing = _listeners.AddressCount - _listeners.BoundCount;
        string listeners = Wording.Count(_listeners.AddressCount - missing, "listener");
        string services = Wanted == Enabled ? Wording.Count(Enabled, "service") : $"{Enabled} of {Wording.Count(Wanted, "service")}";
        string serving = _rotation.Phase switch
        {
            RotationPhase.LameDuck => $"lame duck, serving {services} at {listeners}",
            RotationPhase.Drained => $"drained, 'superd resume' ends it: {services} at {listeners}",
            _ => $"serving {services} at {listeners}",
        };
        return missing == 0 ? serving : $"{serving}; {missing} could not be bound yet, see the log";
    }
}
