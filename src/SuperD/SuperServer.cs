using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.ProxyProtocol;
using SuperD.Relaying;
using SuperD.Reloading;
using SuperD.ServiceManager;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>THE CONDUCTOR. A connection's whole life passes through here; the stages that it calls know nothing of each other.</summary>
/// <remarks>
/// This file tells the story in order: begin and end, accept, ask the proxy, admit, serve, finish. A connection is served by a process
/// (<see cref="Handlers"/>), by a relay to its backend, or by superd itself: SuperServer.Served.cs has what each of them reports.
/// SuperServer.Datagrams.cs has what is special about datagrams and wait services. <see cref="ConnectionRecords"/> writes the lines. All on
/// one thread, the loop's.
/// </remarks>
internal sealed partial class SuperServer : IConnectionSink, IPlaceSink
{
    private readonly ILogger _log;
    private readonly EventLoop _loop;
    private readonly ServiceTable _services;
    private readonly Places _places;
    private readonly AccessControl _access;
    private readonly ConnectionRecords _records;
    private readonly GracefulClose _closes;
    private readonly Handlers _handlers;
    private readonly Listeners _listeners;
    private readonly Relays _relays;
    private readonly Conversations _conversations;
    private readonly UnservedClients _unserved;
    private readonly HeaderReader _headers;
    private readonly HealthChecks _checks;
    private readonly Shutdown _shutdown;
    private readonly Readiness _readiness;
    private readonly Reloader _reloader;
    private readonly Upgrader _upgrader;
    private readonly ControlServer _control;
    private readonly Successor? _successor;
    private readonly DescriptorRoom _room;
    private readonly Opening _opening;

    /// <param name="processes">Made at the very start of the process, while low descriptors were free.</param>
    /// <param name="upgrade">How to become the next version, and what the last one has left; null for a superd without upgrades.</param>
    /// <param name="isRivals">Whether another superd with this configuration has an address; null = it does not matter.</param>
    /// <param name="tap">The source of the log for console clients that follow it; null = none.</param>
    /// <param name="explainer">Follows what sandboxes refuse their handlers; null = nobody does.</param>
    /// <param name="level">Which messages are logged, for a reload to change; null = it cannot.</param>
    public SuperServer(
        ServerDefinition definition,
        InheritedState inherited,
        ProcessLauncher processes,
        ILogger log,
        TimeProvider time,
        LogTap? tap = null,
        LogLevelSwitch? level = null,
        UpgradeOptions? upgrade = null,
        Predicate<ListenAddress>? isRivals = null,
        SandboxExplainer? explainer = null)
    {
        _log = log;
        _loop = new EventLoop(time);
        var refusals = new RefusalLog(_loop, log);
        _records = new ConnectionRecords(_loop, refusals, log);

        // The stages, in the order in which they inherit the work of the last version.
        var stages = new Stages();
        _services = new ServiceTable(stages, definition);
        _places = new Places(stages, _loop, this, definition.MaxHandlers);
        _places.Left += connection => _services.OnReleased(connection.Service);
        _access = new AccessControl(stages, _loop, _places, log);
        _closes = new GracefulClose(stages, _loop);
        var shared = new SharedFiles();
        var released = new ReleasedSockets(stages, _loop, shared);
        bool IsUpgrading() => _upgrader!.Phase != UpgradePhase.None; // called only when there is an upgrader
        _handlers = new Handlers(
            stages, _loop, log, this, definition, inherited, processes, released, shared, IsUpgrading, upgrade?.Last, explainer);
        var datagrams = new BuiltinDatagrams(_loop, _places, _access, _records, port => _listeners!.HasDatagramPort(port), Status, log);
        _listeners = new Listeners(stages, _loop, this, datagrams, log);
        _relays = new Relays(stages, _loop, this, Dns.GetHostAddresses);
        ServerReport? report = null;
        _conversations = new Conversations(stages, _loop, log, this, () => report!); // set below, before the loop runs
        _unserved = new UnservedClients(inherited.Manager.StoreSize > 0, inherited.KeptSockets);
        _headers = new HeaderReader(stages, _loop, _unserved, OnProxied, OnProxyHeaderFailed);
        _checks = new HealthChecks(stages, _loop, _access, Admit, OnHealthCheck);

        // What changes superd as a whole.
        _successor = upgrade?.Last is { } last ? new Successor(last, stages, _loop, _services, _places, log) : null;
        _room = new DescriptorRoom(stages, inherited.HardOpenFiles, mostInReserve: 2 * ControlServer.MaxClients); // as many files again
        var rotation = new Rotation(stages, _loop, _services, _listeners.Steer, log);
        _shutdown = new Shutdown(
            _loop, stages, rotation, _listeners.CloseAll, () => _handlers.Running, _handlers.Ender, definition.ShutdownGrace, log);
        _readiness = new Readiness(
            _loop, _services, _listeners, rotation, inherited, _unserved.Ends, _successor?.StartedMs ?? _loop.NowMs, log);
        _reloader = new Reloader(
            _loop, stages, _services, _places, _listeners, _access, refusals, _conversations, _readiness, _shutdown, level, inherited, log);
        _opening = new Opening(
            _services, _places, _access, _listeners, _readiness, _successor, new KeptListeners(inherited.KeptSockets), isRivals);
        _upgrader = new Upgrader(
            _loop, stages, _places, _handlers.Launcher, _listeners, _services, _reloader, refusals, _readiness, _shutdown, inherited,
            upgrade, log);
        var health = new ServerHealth(_loop, _services, _listeners, rotation, _shutdown);
        var reports = new ServiceReports(_loop, _services, _places, _listeners, health, _handlers.TreesMeans);
        var overview = new ServerOverview(
            _loop, _services, _places, _handlers.Launcher, _headers, _closes, _shutdown, rotation, _readiness, health, reports,
            _handlers.TreesMeans);
        report = new ServerReport(_loop, _services, _places, health, overview, reports);
        var console = new ServerConsole(
            _loop, _services, _places, _listeners, _access, _room, _reloader, rotation, _upgrader.Begin, overview, reports, log);
        _control = new ControlServer(stages, _loop, console, _handlers.FindPage, tap, definition, log);
        stages.Succeed(definition);
    }

    // ── begin and end ──

    /// <summary>Serves until SIGTERM or SIGINT and the end of the last handler. Blocks; called on the first thread.</summary>
    /// <returns>False when it served nobody, because another superd serves with this configuration.</returns>
    public bool TryRun()
    {
        bool hasServed = false;
        // The loop is not the first thread: the kernel gives orphans to that one, and so they are not among the handlers.
        using var isServing = new ManualResetEventSlim();
        BesideLoop.Start();
        ProgramAssemblies.LoadAll();
        var thread = new Thread(() => hasServed = TryRunLoop(isServing.Set)) { Name = "loop" };
        thread.Start();
        isServing.Wait();
        if (_successor is not null)
        {
            ProcessImage.ReleaseSignals();
        }

        thread.Join();
        return hasServed;
    }

    private bool TryRunLoop(Action isServing)
    {
        _loop.Enter();
        Signals.On(Signal.SIGTERM, Stop);
        Signals.On(Signal.SIGINT, Stop);
        Signals.On(Signal.SIGQUIT, () => Stop(_shutdown.Kill));
        Signals.On(Signal.SIGHUP, _upgrader.IsOfDaemon ? _reloader.OnHangUp : Stop); // a trial's terminal was closed
        Signals.On(Signal.SIGUSR2, () => _upgrader.Begin(answer: null));
        Signals.Watch(_loop);
        ChildProcess.TakeReapingFromRuntime();
        if (Environment.ProcessId == 1)
        {
            // The child that an upgrade asks whether it can continue is no orphan.
            _handlers.SweepOrphans(mayReap: () => _upgrader.Phase == UpgradePhase.None);
        }

        bool serves = _opening.TryOpenAll();
        if (serves)
        {
            RunServing(isServing);
        }

        isServing();
        _handlers.Dispose();
        _records.Flush();
        _control.Dispose();
        _access.Dispose();
        _readiness.Dispose();
        _loop.Dispose();
        return serves;
    }

    private void RunServing(Action isServing)
    {
        _successor?.Inherit();
        _readiness.Begin();
        _room.Measure();
        _control.Open();
        _readiness.BeginServing(isNews: _successor is null);
        if (_successor is not null)
        {
            _control.Reply(new ControlReply { Upgrade = _successor.Report(_headers.Count + _places.Count) });
        }

        Recover();
        isServing();
        IdleMemory.GiveBack();
        using (_handlers.Rescue.WatchLoop(_loop))
        {
            _loop.Run();
        }
    }

    /// <summary>Serves the clients that a superd which was killed had accepted and that nobody serves.</summary>
    private void Recover()
    {
        IReadOnlyList<UnservedClient> clients = _unserved.TakeLeft();
        if (_opening.Recovered > 0)
        {
            _log.Recovered(_opening.Recovered, clients.Count);
        }

        foreach (UnservedClient client in clients)
        {
            _unserved.Leave(client.Id); // it is kept anew, under the id that it gets here
            Fd socket = client.Socket;
            Peer peer = TcpSocket.RemoteEndPoint(socket);
            if (_listeners.Of(TcpSocket.LocalEndPoint(socket)) is not { } listener || !peer.IsKnown)
            {
                socket.Dispose();
            }
            else if (HeaderParser.Parse(client.Header, out ProxyHeader read, out _) == HeaderState.Complete)
            {
                long id = _places.NextId();
                _unserved.Keep(id, socket, client.Header);
                OnProxied(NewConnection(id, listener.Service, socket, peer, listener.BoundTo, through: []), read);
            }
            else
            {
                OnAccepted(listener, socket, peer);
            }
        }
    }

    /// <summary>Runs something on the loop, before <see cref="TryRun"/> too. Any thread.</summary>
    public void Post(Action action) => _loop.Post(action);

    /// <summary>Begins the end, as SIGTERM does; each further call hastens it. Loop only.</summary>
    public void Stop() => Stop(_shutdown.Advance);

    private void Stop(Action end)
    {
        _readiness.TellManagerStopping();
        end();
    }

    // ── accept ──

    public string? FindShortage(Service service) => _room.FindShortage(service);

    public void OnListening(Listener listener) => _readiness.OnListening();

    public void OnAccepted(Listener listener, Fd socket, Peer peer)
    {
        long id = _places.NextId();
        _unserved.Keep(id, socket); // before all else: what is lost is lost between accept(2) and here
        Service service = listener.Service;
        Connection connection = NewConnection(id, service, socket, peer, listener.BoundTo, _relays.WayTo(socket, peer, listener.BoundTo));
        if (connection.IsLoop)
        {
            Refuse(connection, Verdict.Of(Refusal.Loop, service));
        }
        else if (!connection.Through.IsEmpty && service.Definition.Admission.Sensor is not null)
        {
            // The sensor would remember superd itself, and with it every client that superd relays.
            Refuse(connection, Verdict.Of(Refusal.Trap, service));
        }
        else if (service.Definition.Admission.ProxyIn is null)
        {
            _checks.Meet(connection, isOfProxy: false);
        }
        else if (_access.CheckProxy(service, peer) is { IsRefused: true } verdict)
        {
            Refuse(connection, verdict);
        }
        else
        {
            _headers.Read(connection);
        }
    }

    /// <summary>Serves a connection of <c>superd try</c>, which no listener accepted and no check admitted. Loop only.</summary>
    /// <param name="socket">Blocking; superd owns it from now on.</param>
    /// <param name="peer">The client that the handler sees.</param>
    /// <param name="local">The address that the handler sees.</param>
    /// <returns>The connection's id; null when superd is ending: then the socket is closed.</returns>
    public long? Adopt(string service, Fd socket, Peer peer, InetEndPoint local)
    {
        _loop.AssertOnLoop();
        if (_shutdown.Phase != ShutdownPhase.None)
        {
            socket.Dispose();
            return null;
        }

        Connection connection = NewConnection(_places.NextId(), _services[service], socket, peer, local, through: []);
        Welcome(connection, opening: null);
        return connection.Id;
    }

    private Connection NewConnection(
        long id, Service service, Fd socket, Peer peer, LocalAddress boundTo, ImmutableArray<string> through) =>
        new(id, service, socket, peer, boundTo) { AcceptedAt = _loop.Time.GetTimestamp(), Through = through };

    // ── ask the proxy ──

    private void OnProxied(Connection connection, ProxyHeader header)
    {
        // HAProxy's checks have no client: with version 2 of the protocol they say so, with version 1 they name HAProxy itself.
        bool isOfProxy = !header.Source.IsKnown || header.Source == connection.Peer.EndPoint;
        if (header.Source.IsKnown)
        {
            _log.Proxied(connection.Service.Name, connection.Id, header.Source, connection.Peer);
            connection = connection.Proxied(header.Source, header.Destination);
        }

        _checks.Meet(connection, isOfProxy);
    }

    private void OnProxyHeaderFailed(Connection connection, string problem)
    {
        _unserved.Leave(connection.Id);
        connection.Socket.Dispose();
        _records.HeaderFailed(connection, problem);
    }

    private void OnHealthCheck(Connection connection)
    {
        _unserved.Leave(connection.Id);
        connection.Socket.Dispose();
        _records.Checked(connection);
    }

    // ── admit ──

    /// <summary>Admits a connection by its service's present rules, or refuses it.</summary>
    public void Admit(Connection connection)
    {
        connection.Definition = connection.Service.Definition; // a reload may have come while it waited for its proxy, or for a place
        Verdict verdict = Check(connection);
        if (verdict.Refusal == Refusal.Instances && connection.Definition.WhenFull == WhenFull.Queue)
        {
            // A place was free at accept but was taken before the PROXY header arrived; `queue` promises that it waits.
            _places.Await(connection);
        }
        else if (verdict.IsRefused)
        {
            Refuse(connection, verdict);
        }
        else
        {
            Welcome(connection, opening: null);
        }
    }

    private Verdict Check(Connection connection)
    {
        Service service = connection.Service;
        Verdict verdict = connection.IsLoop ? Verdict.Of(Refusal.Loop, service) : _access.Check(service, connection.Peer);
        return verdict.IsRefused || _room.HasRoomFor(connection)
            ? verdict
            : new Verdict(Refusal.Descriptors, _room.OccupancyOf(service), TimeSpan.Zero);
    }

    public void RefuseForWantOfPlace(Connection connection) => Refuse(connection, Verdict.Of(Refusal.Instances, connection.Service));

    public void Pause(Service service, PauseReasons reason) => _listeners.Pause(service, reason);

    public void Resume(Service service, PauseReasons reason) => _listeners.Resume(service, reason);

    public void SetPauses(Service service, PauseReasons reasons) => _listeners.SetPauses(service, reasons);

    private void Refuse(Connection connection, Verdict verdict)
    {
        _unserved.Leave(connection.Id);
        bool isOfFlood = !_records.Refused(connection, verdict);
        _conversations.TurnAway(connection, verdict.Refusal.Name(), verdict.RetryAfter, isGreeted: false, isOfFlood);
    }

    /// <summary>The connection has passed all checks: it takes its place, is greeted, and is served.</summary>
    /// <param name="opening">Sent before anything else; null for nothing.</param>
    private void Welcome(Connection connection, TextTemplate? opening)
    {
        Enter(connection);
        _conversations.Greet(connection, opening);
    }

    private void Enter(Connection connection)
    {
        _access.TakeTokens(connection.Service, connection.Peer);
        _places.Enter(connection);
    }

    // ── serve ──

    /// <summary>THE DISPATCH: what a service does with a connection that has its place.</summary>
    private void Serve(Connection connection)
    {
        if (connection.Definition is { Builtin: not null } or { Redirect: not null })
        {
            _unserved.Leave(connection.Id); // superd itself is about to read from it
        }

        switch (connection.Definition)
        {
            case { Builtin: Builtin.TcpMux }:
                _conversations.Ask(connection);
                break;
            case { Builtin: { } builtin }:
                _records.Conversing(connection, builtin);
                _conversations.Serve(connection, builtin);
                break;
            case { Redirect: not null }:
                _relays.Start(connection);
                break;
            default:
                _handlers.Start(connection);
                break;
        }
    }

    // ── finish ──

    /// <summary>THE END of every admitted connection: frees its place, writes its one record, and admits the next that waits.</summary>
    /// <param name="record">Counts and logs how it ended; gets how many places are taken without it.</param>
    /// <param name="ran">How long its handler ran; zero for none.</param>
    private void Finish(Connection connection, Action<Occupancy> record, TimeSpan ran = default)
    {
        _unserved.Leave(connection.Id);
        _places.Release(connection);
        record(connection.Service.Occupancy);
        _listeners.TakeBack(connection, ran);
        _places.Resume(connection.Service);
    }
}
