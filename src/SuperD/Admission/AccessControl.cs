using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The checks a connection passes before anything is launched for it. The first it fails refuses it; they are made in this order:</summary>
/// <remarks>
/// First, superd is not its own client for a second time: <see cref="Refusal.Loop"/>, which the conductor sees to. Then, behind proxies
/// (<c>proxy_in</c>): <see cref="Refusal.ProxyUntrusted"/>, the peer is one of the proxies, and <see cref="Refusal.ProxyHeader"/>, it says who
/// comes. All else is asked of the client it names. The proxy itself is no source: whatever cap held for it would hold for all its clients
/// together, as <c>instances</c> and <c>rate</c> do. What is known of this client:
/// <list type="number">
/// <item><see cref="Refusal.Trap"/>: the service is no sensor; a sensor refuses everybody, and remembers them.</item>
/// <item><see cref="Refusal.NoAccess"/>, <see cref="Refusal.OnlyFrom"/>: its address may use the service.</item>
/// <item><see cref="Refusal.Sensor"/>: its source has not been at a sensor lately.</item>
/// <item><see cref="Refusal.Penalty"/>: its source is not refused for how its handlers ended.</item>
/// <item><see cref="Refusal.PerSource"/>: its source has a handler left.</item>
/// <item><see cref="Refusal.PerSourceRate"/>: its source has a token left.</item>
/// </list>
/// Then the service:
/// <list type="number">
/// <item><see cref="Refusal.Drain"/>: nobody is draining it, nor has a reload removed it.</item>
/// <item><see cref="Refusal.AccessTimes"/>: it is open now.</item>
/// <item><see cref="Refusal.Instances"/>: it has a free instance.</item>
/// <item><see cref="Refusal.Rate"/>: it has a token left.</item>
/// </list>
/// Then the machine:
/// <list type="number">
/// <item><see cref="Refusal.MaxLoad"/>: it is not loaded too much.</item>
/// <item><see cref="Refusal.MaxHandlers"/>: superd may have one more handler.</item>
/// <item><see cref="Refusal.Descriptors"/>, which the conductor sees to: there is room for it, where it was accepted earlier and has waited.</item>
/// </list>
/// From the one client outwards, so that an abuser is told of his own excess, and never uses up what belongs to all: a token is taken only by
/// a connection that is admitted (<see cref="TakeTokens"/>), and only living handlers and launches under way are counted. A check costs no process
/// and no system call (but for the load, once a second). What is remembered of sources is bounded, see <see cref="SourceTable{TState}"/>:
/// 65,536 sources with buckets, as many with penalties and as many at sensors, 15 MB in all at the very most; the source
/// that has been idle longest is forgotten first, which only ever is to its advantage. Loop only. Over a Unix-domain socket a source is a
/// user. Over UDP with wait only the sender is known whose datagram starts a handler, so that is who is checked.
/// </remarks>
internal sealed partial class AccessControl : Stage, IDisposable
{
    private readonly EventLoop _loop;
    private readonly Places _places;
    private readonly ILogger _log;
    private readonly AddressFiles _files;
    private readonly LoadAverage _load;
    private readonly Sensors _sensors = new();
    private readonly Penalties _penalties = new();
    private readonly SourceTable<TokenBucket> _buckets = new(SourceTable<TokenBucket>.UsualCapacity);
    private readonly Dictionary<Service, Gate> _gates = [];
    private readonly Dictionary<SourceKey, int> _handlersOfSource = [];
    private readonly Dictionary<Connection, SourceKey> _entered = [];

    private int _lastGate;

    /// <param name="places">Tell which connections have entered and left, and whether superd has room for one more.</param>
    public AccessControl(Stages stages, EventLoop loop, Places places, ILogger log)
        : base(stages)
    {
        _loop = loop;
        _places = places;
        _log = log;
        _files = new AddressFiles(loop.Time, loop.Post, log);
        _load = new LoadAverage(loop.Time);
        places.Entered += CountSource;
        places.Left += UncountSource;
    }

    /// <summary>It holds no work, only what it remembers of sources.</summary>
    public override int Count => 0;

    private long Now => _loop.Time.GetElapsedTime(0, _loop.Time.GetTimestamp()).Ticks;

    /// <summary>Makes the rules of a service ready for its first connection.</summary>
    public void Add(Service service)
    {
        _loop.AssertOnLoop();
        Enforce(service, new Gate(++_lastGate, service.Definition.Admission, _files, _loop.Time));
    }

    /// <summary>Makes all checks of a connection, and changes nothing, but that a trap remembers its visitor.</summary>
    /// <param name="peer">Unknown for a client that a wait service will accept itself: then what depends on who it is is not checked.</param>
    public Verdict Check(Service service, Peer peer)
    {
        _loop.AssertOnLoop();
        if (!_gates.TryGetValue(service, out Gate? gate))
        {
            return new Verdict(Refusal.Drain, service.Occupancy, TimeSpan.Zero); // a reload has removed the service
        }

        long now = Now;
        if (gate.Rules.Sensor is { } trap)
        {
            _sensors.Visit(gate, trap.Time, peer, now);
            return new Verdict(Refusal.Trap, service.Occupancy, trap.Time);
        }

        Verdict verdict = peer.IsKnown ? CheckSource(service, gate, peer, now) : default;
        return verdict.IsRefused ? verdict : CheckService(service, gate, now);
    }

    /// <summary>The check before all others at a service behind proxies: the peer is one of them, and is asked who comes.</summary>
    public Verdict CheckProxy(Service service, Peer peer)
    {
        _loop.AssertOnLoop();
        return _gates[service].IsProxy(peer) ? default : new Verdict(Refusal.ProxyUntrusted, service.Occupancy, TimeSpan.Zero);
    }

    /// <summary>An admitted connection, or a datagram that is answered at once, takes its tokens. They stay taken.</summary>
    public void TakeTokens(Service service, Peer peer)
    {
        Gate gate = _gates[service];
        long now = Now;
        if (gate.Rules.Rate is { } rate)
        {
            gate.Bucket = gate.Bucket.Take(rate, now);
        }

        if (gate.Rules.PerSourceRate is { } sourceRate && peer.IsKnown)
        {
            SourceKey source = gate.SourceOf(peer);
            _buckets.Set(source, _buckets[source].Take(sourceRate, now));
        }
    }

    /// <summary>Charges the source of a connection for how its handler ended.</summary>
    /// <param name="timedOut">superd ended it because its time was over.</param>
    public void Charge(Connection connection, ExitStatus status, bool timedOut)
    {
        _loop.AssertOnLoop();
        if (!_gates.TryGetValue(connection.Service, out Gate? gate))
        {
            return; // nobody can come to the service any more
        }

        if (gate.Rules.Penalty is not { } rules || !connection.Peer.IsKnown)
        {
            return;
        }

        TimeSpan price = Penalties.PriceOf(rules, status, timedOut);
        if (price == TimeSpan.Zero || gate.IsExempt(connection.Peer))
        {
            return;
        }

        TimeSpan refusedFor = _penalties.Charge(gate.SourceOf(connection.Peer), price, rules, Now);
        if (refusedFor > TimeSpan.Zero)
        {
            _log.Penalise(connection.Service.Name, connection.Id, gate.NameOfSource(connection.Peer), refusedFor.TotalSeconds);
        }
    }

    /// <summary>Before the loop itself: files are no longer looked at.</summary>
    public void Dispose() => _files.Dispose();

    /// <summary>A connection has taken its place.</summary>
    private void CountSource(Connection connection)
    {
        // Of a service that was gone when superd became its next version, and that nobody comes to, the sources are not counted.
        _entered.Add(connection, connection.Peer.IsKnown && _gates.TryGetValue(connection.Service, out Gate? gate) ? CountAt(gate, connection.Peer) : default);
    }

    /// <summary>A connection has given its place back.</summary>
    private void UncountSource(Connection connection)
    {
        if (_entered.Remove(connection, out SourceKey source))
        {
            Uncount(source);
        }
    }

    /// <summary>The checks that depend on who it is.</summary>
    private Verdict CheckSource(Service service, Gate gate, Peer peer, long now)
    {
        Refusal byList = gate.CheckLists(peer);
        if (byList != Refusal.None)
        {
            return new Verdict(byList, service.Occupancy, TimeSpan.Zero);
        }

        TimeSpan trapped = _sensors.RefusedFor(peer, now);
        if (trapped > TimeSpan.Zero)
        {
            return new Verdict(Refusal.Sensor, service.Occupancy, trapped);
        }

        SourceKey source = gate.SourceOf(peer);
        if (gate.Rules.Penalty is not null && _penalties.RefusedFor(source, now) is var penalty && penalty > TimeSpan.Zero && !gate.IsExempt(peer))
        {
            return new Verdict(Refusal.Penalty, service.Occupancy, penalty);
        }

        if (gate.Rules.PerSource is { } most && _handlersOfSource.GetValueOrDefault(source) is var alive && alive >= most)
        {
            return new Verdict(Refusal.PerSource, new Occupancy(alive, most), TimeSpan.Zero);
        }

        return gate.Rules.PerSourceRate is { } rate && _buckets[source].Wait(rate, now) is var wait && wait > TimeSpan.Zero
            ? new Verdict(Refusal.PerSourceRate, service.Occupancy, wait)
            : default;
    }

    /// <summary>The checks of the service and of the machine.</summary>
    private Verdict CheckService(Service service, Gate gate, long now)
    {
        TimeSpan wait = TimeSpan.Zero;
        Refusal refusal = service.Mode == ServiceMode.Draining ? Refusal.Drain
            : !gate.IsOpen ? Refusal.AccessTimes
            : service.IsFull ? Refusal.Instances
            : gate.Rules.Rate is { } rate && (wait = gate.Bucket.Wait(rate, now)) > TimeSpan.Zero ? Refusal.Rate
            : gate.Rules.MaxLoad is { } maxLoad && _load.Value >= maxLoad ? Refusal.MaxLoad
            : _places.IsCrowded ? Refusal.MaxHandlers
            : Refusal.None;
        Occupancy count = refusal == Refusal.MaxHandlers ? new Occupancy(_places.Admitted.Count, _places.Most) : service.Occupancy;
        return new Verdict(refusal, count, wait);
    }
}
