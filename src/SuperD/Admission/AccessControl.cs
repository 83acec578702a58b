using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The checks that a connection passes before superd launches anything for it. The first failure refuses it.</summary>
/// <remarks>
/// The order is fixed. First the conductor makes sure that superd is not its own client for a second time: <see cref="Refusal.Loop"/>.
/// Behind proxies (<c>proxy_in</c>) two checks follow: <see cref="Refusal.ProxyUntrusted"/>, the peer is one of the proxies, and <see
/// cref="Refusal.ProxyHeader"/>, it names its client. All further checks apply to that client. The proxy itself is no source: a cap on it
/// would be a cap on all its clients together, which <c>instances</c> and <c>rate</c> are for. Then come the checks of the client:
/// <list type="number">
/// <item><see cref="Refusal.Trap"/>: the service is not a sensor; a sensor refuses everybody, and remembers them.</item>
/// <item><see cref="Refusal.NoAccess"/>, <see cref="Refusal.OnlyFrom"/>: its address may use the service.</item>
/// <item><see cref="Refusal.Sensor"/>: its source has not visited a sensor lately.</item>
/// <item><see cref="Refusal.Penalty"/>: its source is not refused for how its handlers ended.</item>
/// <item><see cref="Refusal.PerSource"/>: its source has fewer handlers than it may.</item>
/// <item><see cref="Refusal.PerSourceRate"/>: its source has a token left.</item>
/// </list>
/// Then those of the service:
/// <list type="number">
/// <item><see cref="Refusal.Drain"/>: it is not being drained, and no reload has removed it.</item>
/// <item><see cref="Refusal.AccessTimes"/>: it is open now.</item>
/// <item><see cref="Refusal.Instances"/>: it has a free instance.</item>
/// <item><see cref="Refusal.Reserve"/>: that instance is not kept for others.</item>
/// <item><see cref="Refusal.Rate"/>: it has a token left.</item>
/// </list>
/// Then those of the machine:
/// <list type="number">
/// <item><see cref="Refusal.MaxLoad"/>: its load is below the limit.</item>
/// <item><see cref="Refusal.MaxHandlers"/>: superd may have one more handler.</item>
/// <item><see cref="Refusal.Descriptors"/>, made by the conductor: a connection that has waited still finds descriptors free.</item>
/// </list>
/// The checks go from the single client outwards, so that an abuser meets his own limit first and never uses up what all share. Only an
/// admitted connection takes a token (<see cref="TakeTokens"/>), and only live handlers and launches under way are counted. A check costs
/// no process and no system call, except the load, once a second. Memory of sources is bounded, see <see cref="SourceTable{TState}"/>:
/// 65,536 sources with buckets, as many with penalties and as many at sensors, 15 MB in all at most. The source idle longest is forgotten
/// first, which can only favour it. Loop only.
/// Over a Unix-domain socket, a source is a user. Over UDP with wait, only the sender of the datagram that starts a handler is known, so
/// that sender is checked.
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

    /// <param name="places">Reports which connections enter and leave, and whether superd has room for one more.</param>
    public AccessControl(Stages stages, EventLoop loop, Places places, ILogger log)
        : base(stages)
    {
        _loop = loop;
        _places = places;
        _log = log;
        _files = new AddressFiles(loop.Time, loop.Post, log);
        _load = new LoadAverage(loop.Time);
        places.Entered += CountSource;
        places.Entered += ApplyMatch;
        places.Left += UncountSource;
    }

    /// <summary>0: it holds no work, only its memory of sources.</summary>
    public override int Count => 0;

    private long Now => _loop.Time.GetElapsedTime(0, _loop.Time.GetTimestamp()).Ticks;

    /// <summary>Prepares the rules of a service for its first connection.</summary>
    public void Add(Service service)
    {
        _loop.AssertOnLoop();
        Enforce(service, new Gate(++_lastGate, service.Definition.Admission, _files, _loop.Time));
    }

    /// <summary>Makes all checks of a connection. Changes nothing, except that a sensor remembers its visitor.</summary>
    /// <param name="peer">Unknown for a client that a wait service will accept itself; then the checks of the client are skipped.</param>
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
        return verdict.IsRefused ? verdict : CheckService(service, gate, peer, now);
    }

    /// <summary>The first check at a service behind proxies: whether the peer is one of them.</summary>
    public Verdict CheckProxy(Service service, Peer peer)
    {
        _loop.AssertOnLoop();
        return _gates[service].IsProxy(peer) ? default : new Verdict(Refusal.ProxyUntrusted, service.Occupancy, TimeSpan.Zero);
    }

    /// <summary>Whether a peer makes health checks of the service.</summary>
    public bool IsChecker(Service service, Peer peer) => _gates.TryGetValue(service, out Gate? gate) && gate.IsChecker(peer);

    /// <summary>Takes the tokens of an admitted connection, or of a datagram that is answered at once. They are never given back.</summary>
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
            return; // a reload has removed the service
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
            connection.Service.Counters.Penalise();
            _log.Penalise(connection.Service.Name, connection.Id, gate.NameOfSource(connection.Peer), refusedFor.TotalSeconds);
        }
    }

    /// <summary>The index of the rule of <c>match</c> by which a client would be served; <see cref="FirstMatch.None"/> for none.</summary>
    public int RuleOf(Service service, Peer peer)
    {
        _loop.AssertOnLoop();
        return _gates.TryGetValue(service, out Gate? gate) ? gate.RuleOf(peer) : FirstMatch.None;
    }

    /// <summary>Stops watching files; call it before the loop is disposed.</summary>
    public void Dispose() => _files.Dispose();

    /// <summary>Runs when a connection has taken its place.</summary>
    private void CountSource(Connection connection)
    {
        // A service that was already removed when superd inherited its connection accepts nobody: its sources need no count.
        _entered.Add(
            connection,
            connection.Peer.IsKnown && _gates.TryGetValue(connection.Service, out Gate? gate) ? CountAt(gate, connection.Peer) : default);
    }

    /// <summary>
    /// Runs when a connection has taken its place. The rule of match is fixed then, and a reload does not change it; a connection that was
    /// inherited before its launch is served by the present rules.
    /// </summary>
    private void ApplyMatch(Connection connection)
    {
        if (connection.Definition.Variants.Length > 0
            && RuleOf(connection.Service, connection.Peer) is var rule and not FirstMatch.None
            && connection.Definition.Variants[rule] is { } variant)
        {
            connection.Definition = variant;
        }
    }

    /// <summary>Runs when a connection has released its place.</summary>
    private void UncountSource(Connection connection)
    {
        if (_entered.Remove(connection, out SourceKey source))
        {
            Uncount(source);
        }
    }

    /// <summary>The checks of the client.</summary>
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
        if (gate.Rules.Penalty is not null
            && _penalties.RefusedFor(source, now) is var penalty && penalty > TimeSpan.Zero
            && !gate.IsExempt(peer))
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
    private Verdict CheckService(Service service, Gate gate, Peer peer, long now)
    {
        TimeSpan wait = TimeSpan.Zero;
        Refusal refusal = service.Mode == ServiceMode.Draining ? Refusal.Drain
            : !gate.IsOpen ? Refusal.AccessTimes
            : service.IsFull ? Refusal.Instances
            : gate.IsKeptFrom(peer, service) ? Refusal.Reserve
            : gate.Rules.Rate is { } rate && (wait = gate.Bucket.Wait(rate, now)) > TimeSpan.Zero ? Refusal.Rate
            : gate.Rules.MaxLoad is { } maxLoad && _load.Value >= maxLoad ? Refusal.MaxLoad
            : _places.IsCrowded ? Refusal.MaxHandlers
            : Refusal.None;
        Occupancy count = refusal == Refusal.MaxHandlers ? new Occupancy(_places.Admitted.Count, _places.Most) : service.Occupancy;
        return new Verdict(refusal, count, wait);
    }
}
