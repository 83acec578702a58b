using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Conversing;
using SuperD.Ending;
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

/// <summary>THE CONDUCTOR. The whole life of a connection passes through here; every stage it calls knows nothing of the others.</summary>
/// <remarks>
/// Accept, ask the proxy, admit, serve, finish: this file tells them in that order. A connection is served by a process (<see cref="Handlers"/>), by a
/// relay to its backend, or by superd itself. SuperServer.Served.cs has what each of them reports, SuperServer.Datagrams.cs what is special about
/// datagrams and wait services. All on one thread, the loop's.
/// </remarks>
internal sealed partial class SuperServer : IConnectionSink, IPlaceSink
{
    private readonly ILogger _log;
    private readonly EventLoop _loop;
    private readonly Stages _stages = new();
    private readonly ServiceTable _services;
    private readonly Places _places;
    private readonly AccessControl _access;
    private readonly RefusalLog _refusals;
    private readonly GracefulClose _closes;
    private readonly Handlers _handlers;
    private readonly Listeners _listeners;
    private readonly Relays _relays;
    private readonly Conversations _conversations;
    private readonly HeaderReader _headers;
    private readonly Shutdown _shutdown;
    private readonly Readiness _readiness;
    private readonly Reloader _reloader;
    private readonly Upgrader _upgrader;
    private readonly ControlServer _control;
    private readonly Successor? _successor;
    private readonly DescriptorRoom _room;
    private readonly TurnWatcher _turnWatcher;

    /// <param name="processes">Made at the very start of the process, while low descriptors were free.</param>
    /// <param name="upgrade">How to become the next version, and what the last one has left; null for a superd that does neither.</param>
    /// <param name="tap">Where clients of the console that follow the log get it from; null = nowhere.</param>
    /// <param name="level">Which messages are logged, for a reload to change; null = it cannot.</param>
    public SuperServer(
        ServerDefinition definition,
        InheritedState inherited,
        ProcessLauncher processes,
        ILogger log,
        TimeProvider time,
        LogTap? tap = null,
        LogLevelSwitch? level = null,
        UpgradeOptions? upgrade = null)
    {
        _log = log;
        _loop = new EventLoop(time);

        // The stages, in the order in which they inherit the work of the last version.
        _services = new ServiceTable(_stages, definition);
        _places = new Places(_stages, _loop, this, definition.MaxHandlers);
        _access = new AccessControl(_stages, _loop, _places, log);
        _closes = new GracefulClose(_stages, _loop);
        var shared = new SharedFiles();
        var released = new ReleasedSockets(_stages, _loop, shared);
        _handlers = new Handlers(_stages, _loop, log, this, definition, inherited, processes, released, shared, () => _upgrader!.Phase != UpgradePhase.None, upgrade?.Last);
        _listeners = new Listeners(_stages, _loop, this, this, log);
        _relays = new Relays(_stages, _loop, this, Dns.GetHostAddresses);
        _conversations = new Conversations(_stages, _loop, log, this);
        _headers = new HeaderReader(_stages, _loop, OnProxied, OnProxyHeaderFailed);

        // What changes superd as a whole.
        _successor = upgrade?.Last is { } last ? new Successor(last, _loop, _services, _places, log) : null;
        _refusals = new RefusalLog(_loop, log);
        _room = new DescriptorRoom(_stages, inherited.HardOpenFiles, mostInReserve: 2 * ControlServer.MaxClients); // for them, and as many files
        _shutdown = new Shutdown(_loop, _stages, () => _handlers.Running, _handlers.Ender, definition.ShutdownGrace, log);
        _readiness = new Readiness(_loop, _services, _listeners, inherited, _successor?.StartedMs ?? _loop.NowMs, log);
        _reloader = new Reloader(
            _loop, _stages, _services, _places, _listeners, _access, _refusals, _conversations, _readiness, _shutdown, level, inherited, log);
        _upgrader = new Upgrader(
            _loop, _stages, _places, _handlers.Launcher, _listeners, _services, _reloader, _refusals, _readiness, _shutdown, inherited, upgrade, log);
        var console = new ServerConsole(_loop, _services, _places, _listeners, _access, _room, _reloader, _upgrader, StateOfServer, log);
        _control = new ControlServer(_stages, _loop, console, tap, definition.Control, definition.SourceFile, log);
        _turnWatcher = new TurnWatcher(
            _loop.Turns,
            time,
            (turn, hasEnded) => log.SlowTurn(turn.Source, turn.DurationMs, hasEnded ? "ended" : "running"),
            _handlers.Rescue.Look);
        _stages.Succeed(definition);
    }

    // ── begin and end ──

    /// <summary>Serves until SIGTERM or SIGINT and the end of the last handler. Blocks; called on the first thread.</summary>
    public void Run()
    {
        // The loop is another thread than the first: to that one the kernel gives orphans, and so they are not among the handlers.
        using var isServing = new ManualResetEventSlim();
        if (!_turnWatcher.TryStart())
        {
            _log.SlowTurnsUnwatched();
        }

        var thread = new Thread(() => RunLoop(isServing.Set)) { Name = "loop" };
        thread.Start();
        isServing.Wait();
        if (_successor is not null)
        {
            ProcessImage.ReleaseSignals();
        }

        thread.Join();
    }

    private void RunLoop(Action isServing)
    {
        _loop.Enter();
        _handlers.Rescue.Begin();
        Signals.On(PosixSignal.SIGTERM, _loop, BeginOrHastenShutdown);
        Signals.On(PosixSignal.SIGINT, _loop, BeginOrHastenShutdown);
        Signals.On(PosixSignal.SIGQUIT, _loop, StopAtOnce);
        Signals.On(PosixSignal.SIGHUP, _loop, _reloader.OnHangUp);
        Signals.On((PosixSignal)Signal.SIGUSR2, _loop, () => _upgrader.Begin(answer: null));
        ChildProcess.TakeOverReaping();
        if (Environment.ProcessId == 1)
        {
            // The child that is asked whether it can take over is no orphan.
            _handlers.SweepOrphans(mayReap: () => _upgrader.Phase == UpgradePhase.None);
        }

        ServiceDefinition[] enabled = [.. _services.Definition.Services.Where(service => service.Enabled)];
        HandedListeners? handed = _successor?.ListenersFor(enabled);
        foreach (ServiceDefinition definition in enabled)
        {
            var service = new Service(definition);
            _services.Add(service, definition);
            _access.Add(service);
            _places.SetQueueing(service);
            _listeners.Open(service, _readiness.PassedFor(definition), handed);
        }

        _successor?.Inherit(_stages);
        _readiness.Begin();
        _room.Measure();
        _control.Open();
        _readiness.BeginServing(isNews: _successor is null);
        if (_successor is not null)
        {
            _control.Reply(new ControlReply { Upgrade = _successor.Report(_headers.Count + _places.Count) });
        }

        isServing();
        IdleMemory.GiveBack();
        _loop.Run();
        _turnWatcher.Dispose();
        _handlers.Dispose();
        _refusals.Flush();
        _control.Dispose();
        _access.Dispose();
        _readiness.Dispose();
        _loop.Dispose();
    }

    private void BeginOrHastenShutdown()
    {
        _listeners.CloseAll();
        _readiness.TellManagerStopping();
        _shutdown.Advance();
    }

    private void StopAtOnce()
    {
        _listeners.CloseAll();
        _readiness.TellManagerStopping();
        _shutdown.Kill();
    }

    // ── accept ──

    public string? FindShortage(Service service) => _room.FindShortage(service);

    public void OnListening(Listener listener) => _readiness.OnListening();

    public void OnAccepted(Listener listener, Fd socket, Peer peer)
    {
        Service service = listener.Service;
        Connection connection = NewConnection(service, socket, peer, listener.BoundTo, _relays.WayTo(socket, peer, listener.BoundTo));
        if (connection.IsLoop)
        {
            Refuse(connection, new Verdict(Refusal.Loop, service.Occupancy, TimeSpan.Zero));
        }
        else if (!connection.Through.IsEmpty && service.Definition.Admission.Sensor is not null)
        {
            // The sensor would remember superd itself, and so everybody that superd relays.
            Refuse(connection, new Verdict(Refusal.Trap, service.Occupancy, TimeSpan.Zero));
        }
        else if (service.Definition.Admission.ProxyIn is null)
        {
            Admit(connection);
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
    /// <param name="socket">Blocking; superd's from here on.</param>
    /// <param name="peer">The client that the handler sees.</param>
    /// <param name="local">The address that the handler sees.</param>
    /// <returns>The connection's id; null when superd is ending and takes no more: the socket is closed.</returns>
    public long? Adopt(string service, Fd socket, Peer peer, InetEndPoint local)
    {
        _loop.AssertOnLoop();
        if (_shutdown.Phase != ShutdownPhase.None)
        {
            socket.Dispose();
            return null;
        }

        Connection connection = NewConnection(_services[service], socket, peer, local, through: []);
        Welcome(connection, opening: null);
        return connection.Id;
    }

    private Connection NewConnection(Service service, Fd socket, Peer peer, LocalAddress boundTo, ImmutableArray<string> through) =>
        new(_places.NextId(), service, socket, peer, boundTo) { AcceptedAt = _loop.Time.GetTimestamp(), Through = through };

    // ── ask the proxy ──

    private void OnProxied(Connection connection, ProxyHeader header)
    {
        if (header.Source.IsKnown)
        {
            _log.Proxied(connection.Service.Name, connection.Id, header.Source, connection.Peer);
            connection = connection.Proxied(header.Source, header.Destination);
        }

        Admit(connection);
    }

    private void OnProxyHeaderFailed(Connection connection, string problem)
    {
        connection.Socket.Dispose();
        if (_refusals.MayHaveLine(connection.Service, Refusal.ProxyHeader, connection.Peer))
        {
            _log.ProxyHeaderFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.ProxyHeader.Name(), problem);
        }
    }

    // ── admit ──

    /// <summary>Admits a connection by its service's present rules, or refuses it.</summary>
    public void Admit(Connection connection)
    {
        Service service = connection.Service;
        connection.Definition = service.Definition; // a reload may have come while its proxy, or a free place, was waited for
        Verdict verdict = _access.Check(service, connection.Peer);
        if (verdict.Refusal == Refusal.Instances && service.Definition.WhenFull == WhenFull.Queue)
        {
            // A place was free at accept but was taken before the PROXY header arrived; "queue" promises that it waits.
            _places.Await(connection);
        }
        else if (verdict.IsRefused)
        {
            Refuse(connection, verdict);
        }
        else if (!_room.HasRoomFor(connection))
        {
            Refuse(connection, OutOfDescriptors(service));
        }
        else
        {
            Welcome(connection, opening: null);
        }
    }

    private Verdict OutOfDescriptors(Service service) => new(Refusal.Descriptors, _room.OccupancyOf(service), TimeSpan.Zero);

    public void RefuseForWantOfPlace(Connection connection) =>
        Refuse(connection, new Verdict(Refusal.Instances, connection.Service.Occupancy, TimeSpan.Zero));

    public void Pause(Service service, PauseReasons reason) => _listeners.Pause(service, reason);

    public void Resume(Service service, PauseReasons reason) => _listeners.Resume(service, reason);

    public void SetPauses(Service service, PauseReasons reasons) => _listeners.SetPauses(service, reasons);

    private void Refuse(Connection connection, Verdict verdict)
    {
        bool isOfFlood = !_refusals.Write(connection.Service, connection.Id, connection.Peer, verdict);
        _conversations.TurnAway(connection, verdict.Refusal.Name(), verdict.RetryAfter, isGreeted: false, isOfFlood);
    }

    /// <summary>All checks are passed: the connection takes its place, is greeted, and is served.</summary>
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
        switch (connection.Definition)
        {
            case { Builtin: Builtin.TcpMux }:
                _conversations.Ask(connection);
                break;
            case { Builtin: { } builtin }:
                LogAccept(connection, builtin);
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

    /// <summary>THE END of every admitted connection: its place is free, its one record is written, and who waits comes next.</summary>
    /// <param name="record">Counts and logs how it ended; gets how many places are taken without it.</param>
    /// <param name="ran">How long its handler ran; zero for none.</param>
    private void Finish(Connection connection, Action<Occupancy> record, TimeSpan ran = default)
    {
        GiveBackPlace(connection);
        record(connection.Service.Occupancy);
        _listeners.TakeBack(connection, ran);
        _places.Resume(connection.Service);
    }

    private void GiveBackPlace(Connection connection)
    {
        _places.Release(connection);
        _services.OnReleased(connection.Service);
    }
}
