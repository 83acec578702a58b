using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.ProxyProtocol;
using SuperD.Reaping;
using SuperD.Relaying;
using SuperD.ServiceManager;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>THE CONDUCTOR. The whole life of a connection passes through here; every stage it calls knows nothing of the others.</summary>
/// <remarks>
/// A listener is ready: accept. Access control admits or refuses. The planner and the launcher make a process of it. The reaper
/// sees the process end, the record is written, and the place is free for the next. All on one thread, the loop's.
/// A redirect service has no process: its connections are relayed to their backend by the loop itself. Nor has a builtin: superd talks itself.
/// </remarks>
internal sealed partial class SuperServer : IConnectionSink, IRelaySink
{
    // Nothing tells of an orphan's end: SIGCHLD would, but .NET's handler for it cannot be had without its reaping.
    private static readonly TimeSpan s_orphanSweepInterval = TimeSpan.FromSeconds(1);

    // Most handlers live no longer: until then neither their stderr nor their client is watched.
    private static readonly TimeSpan s_youth = TimeSpan.FromMilliseconds(10);

    private ServerDefinition _definition;
    private readonly InheritedState _inherited;
    private readonly ILogger _log;
    private readonly LogLevelSwitch? _level;
    private readonly EventLoop _loop;
    private readonly Listeners _listeners;
    private readonly AccessControl _access;
    private readonly RefusalLog _refusals;
    private readonly HeaderReader _headers;
    private readonly LaunchPlanner _planner;
    private readonly Launcher _launcher;
    private readonly Reaper _reaper;
    private readonly Postponed<Handler> _young;
    private readonly OrphanReaper _orphans;
    private readonly ProcessTrees _trees;
    private readonly HandlerEnder _ender;
    private readonly ConnectionWatch _watch;
    private readonly GracefulClose _closes;
    private readonly ReleasedSockets _released;
    private readonly SharedFiles _shared = new();
    private readonly LoopRescue _rescue;
    private readonly Conversations _conversations;
    private readonly Relays _relays;
    private readonly Shutdown _shutdown;
    private readonly TurnWatcher _turnWatcher;
    private long _lastConnectionId;

    /// <param name="processes">Made at the very start of the process, while low descriptors were free.</param>
    /// <param name="upgrade">How to become the next version, and what the last one has left; null for a superd that does neither.</param>
    /// <param name="tap">Where those get the log from who follow it at the console; null = nowhere.</param>
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
        _definition = definition;
        _inherited = inherited;
        _log = log;
        _level = level;
        _upgrade = upgrade;
        _loop = new EventLoop(time);
        _listeners = new Listeners(_loop, this, this, log);
        _access = new AccessControl(_loop, definition.MaxHandlers, log);
        _refusals = new RefusalLog(_loop, log);
        _headers = new HeaderReader(_loop, OnProxied, OnProxyHeaderFailed);
        _reaper = new Reaper(_loop, log, OnEnding, OnHeld, OnReaped);
        _young = new Postponed<Handler>(_loop, s_youth, OnGrown);
        _trees = ProcessTreesChoice.Take(
            definition.SourceFile, definition.ShutdownGrace, processes, _loop, inherited.HardOpenFiles, () => LivingHandlers, IsLaunched, log,
            upgrade?.Last is { } last ? (last.Handover.Trees, last.Descriptors) : null);
        _planner = new LaunchPlanner(inherited, processes.ClearsHandlers, _trees.NeedsSessions);
        _ender = new HandlerEnder(_loop, _trees, log, OnGone);
        _watch = new ConnectionWatch(_loop, _trees.IsStopped, _ender.End);
        _closes = new GracefulClose(_loop, () => _shutdown?.CheckDone());
        _released = new ReleasedSockets(_loop, _shared, () => _shutdown?.CheckDone());
        _launcher = new Launcher(_loop, processes, OnLaunchSettled);
        _orphans = new OrphanReaper(_reaper, log);
        _conversations = new Conversations(_loop, log, this);
        _relays = new Relays(_loop, this, Dns.GetHostAddresses);
        _passed = new PassedSockets(inherited.PassedSockets, [.. definition.Services.Where(service => service.Enabled)]);
        _manager = new ManagerLink(_loop, inherited.Manager, log);
        _control = new ControlServer(_loop, this, tap, definition.Control, definition.SourceFile, log);
        TrustOwners(definition);
        _shutdown = new Shutdown(_loop, _reaper, _ender, definition.ShutdownGrace, log, () => OthersAtWork, EndOthers, _loop.Stop);
        _rescue = new LoopRescue(_shared, _trees, log);
        _turnWatcher = new TurnWatcher(
            _loop.Turns,
            time,
            (turn, hasEnded) => log.SlowTurn(turn.Source, turn.DurationMs, hasEnded ? "ended" : "running"),
            _rescue.Look);
    }

    /// <summary>Serves until SIGTERM or SIGINT and the end of the last handler. Blocks; called on the first thread.</summary>
    public void Run()
    {
        // The loop is another thread than the first: to that one the kernel gives orphans, and so they are not among the handlers.
        using var isServing = new ManualResetEventSlim();
        var thread = new Thread(() => RunLoop(isServing.Set)) { Name = "loop" };
        thread.Start();
        isServing.Wait();
        if (_upgrade?.Last is not null)
        {
            ProcessImage.ReleaseSignals();
        }

        thread.Join();
    }

    private void RunLoop(Action isServing)
    {
        _loop.Enter();
        Signals.On(PosixSignal.SIGTERM, _loop, BeginOrHastenShutdown);
        Signals.On(PosixSignal.SIGINT, _loop, BeginOrHastenShutdown);
        Signals.On(PosixSignal.SIGQUIT, _loop, StopAtOnce);
        Signals.On(PosixSignal.SIGHUP, _loop, OnHangUp);
        Signals.On((PosixSignal)Signal.SIGUSR2, _loop, () => BeginUpgrade(answer: null));
        ChildProcess.TakeOverReaping();
        if (Environment.ProcessId == 1)
        {
            SweepOrphans();
        }

        HandedListeners? handed = HandedListenersFor([.. _definition.Services.Where(service => service.Enabled)]);
        foreach (ServiceDefinition definition in _definition.Services.Where(service => service.Enabled))
        {
            var service = new Service(definition);
            Add(service, definition);
            OpenListeners(service, handed);
        }

        TakeOver();
        BeginManaged();
        CountDescriptors();
        _control.Open();
        _isReady = true;
        BeginServing();
        isServing();
        IdleMemory.GiveBack();
        _rescue.Begin();
        _turnWatcher.Start();
        _loop.Run();
        _turnWatcher.Dispose();
        _released.Flush();
        _refusals.Flush();
        _control.Dispose();
        _access.Dispose();
        _manager.Dispose();
        _trees.Dispose();
        _released.Dispose();
        _loop.Dispose();
    }

    // ── accept, ask the proxy, admit, serve ──

    public void OnAccepted(Listener listener, Fd socket, Peer peer)
    {
        Service service = listener.Service;
        var connection = new Connection(++_lastConnectionId, service, socket, peer, listener.BoundTo)
        {
            AcceptedAt = _loop.Time.GetTimestamp(),
            Through = _relays.WayTo(socket, peer, listener.BoundTo),
        };
        if (connection.IsLoop)
        {
            Refuse(connection, new Verdict(Refusal.Loop, service.Occupancy, TimeSpan.Zero));
        }
        else if (!connection.Through.IsEmpty && service.Definition.Admission.Sensor is not null)
        {
            // Remembered would be superd itself, and so everybody it relays.
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

    private void Admit(Connection connection)
    {
        Service service = connection.Service;
        connection.Definition = service.Definition; // a reload may have come while its proxy, or a free place, was waited for
        Verdict verdict = _access.Check(service, connection.Peer);
        if (verdict.Refusal == Refusal.Instances && service.Definition.WhenFull == WhenFull.Queue)
        {
            // It was accepted while there was room, which others took while its proxy made up its mind: it waits, as was promised.
            _latecomers.Add(connection);
        }
        else if (verdict.IsRefused)
        {
            Refuse(connection, verdict);
        }
        else if (!HasRoomFor(connection))
        {
            Refuse(connection, OutOfDescriptors(service));
        }
        else
        {
            Welcome(connection, opening: null);
        }
    }

    private void Refuse(Connection connection, Verdict verdict)
    {
        bool isOfFlood = !_refusals.Write(connection.Service, connection.Id, connection.Peer, verdict);
        _conversations.TurnAway(connection, verdict.Refusal.Name(), verdict.RetryAfter, isGreeted: false, isOfFlood);
    }

    /// <summary>All checks are passed: the connection takes its place, is told what there is to tell, and is served.</summary>
    /// <param name="opening">What it is told before anything else; null for nothing.</param>
    private void Welcome(Connection connection, TextTemplate? opening)
    {
        Service service = connection.Service;
        Enter(connection);
        if (service.IsFull && service.Definition.WhenFull == WhenFull.Queue)
        {
            _listeners.Pause(service, PauseReasons.Busy);
        }

        _conversations.Greet(connection, opening);
    }

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
                Launch(connection);
                break;
        }
    }

    // ── reap, record, resume ──

    /// <summary>Handlers whose processes are not to be ended: a held one has ended, and what it has left behind, with the tracer, goes unless it may stay.</summary>
    private IEnumerable<Handler> LivingHandlers => _reaper.Handlers.Where(handler => !handler.IsHeld || !handler.Definition.EndsOrphans);

    /// <summary>Its process has ended. Its client is told first of all, if nothing else of the handler can have more to say.</summary>
    private void OnEnding(Handler handler)
    {
        if (!handler.IsKnownGone && _trees.IsKnownGone(handler))
        {
            handler.IsKnownGone = true;
            EndStream(handler);
        }
    }

    /// <summary>Ends the stream to a handler's client and takes down what went over it, once, where superd has kept the socket.</summary>
    private static void EndStream(Handler handler)
    {
        if (handler is { KeepsSocket: true, StreamEnd: null })
        {
            handler.StreamEnd = new LingeringEnd(handler.Connection.Socket); // first: the client waits for it
            handler.Traffic = TcpConnection.ReadTraffic(handler.Connection.Socket, out TcpTraffic traffic).IsError ? null : traffic;
        }
    }

    /// <summary>Its process has ended, and cannot be reaped as long as another process traces it.</summary>
    private void OnHeld(Handler handler)
    {
        _ender.OnHeld(handler);
        if (!handler.Definition.EndsOrphans)
        {
            EndStream(handler); // whatever it has left behind may stay, and is not waited for
        }
    }

    private void OnReaped(Handler handler)
    {
        _watch.Remove(handler);
        _ender.OnReaped(handler);
    }

    /// <summary>The handler and all it had started are gone.</summary>
    private void OnGone(Handler handler)
    {
        Connection connection = handler.Connection;
        Service service = handler.Service;
        HandlerEnd ended = handler.End ?? throw new InvalidOperationException("a handler is gone that was not reaped");
        EndStream(handler);
        _shared.Remove(handler);
        if (handler.HasHeldLoop)
        {
            handler.EndReason = EndReason.HeldLoop;
        }

        if (handler.StreamEnd is { } end)
        {
            _closes.Close(connection.Socket, end, mayHaveEnded: handler.Traffic?.HasPeerEnded != false);
        }

        _trees.Leave(connection);
        Release(connection);
        if (handler.Released is null)
        {
            Record(handler, ended, service.Occupancy);
        }
        else
        {
            Occupancy occupancy = service.Occupancy;
            _released.Conclude(handler, () => Record(handler, ended, occupancy));
        }

        if (handler.EndReason == EndReason.None || handler.EndReason.IsTimeout())
        {
            _access.Charge(connection, ended.Status, handler.EndReason.IsTimeout());
        }

        ResumeAfter(connection, TimeSpan.FromMilliseconds(ended.DurationMs));
        _shutdown.CheckDone();
    }

    /// <param name="occupancy">The service's when the handler's place became free.</param>
    private void Record(Handler handler, HandlerEnd ended, Occupancy occupancy)
    {
        Service service = handler.Service;
        TcpTraffic? traffic = handler.Traffic;
        service.Counters.End(
            handler.EndReason.Name(), TimeSpan.FromMilliseconds(ended.DurationMs), traffic?.BytesIn ?? 0, traffic?.BytesOut ?? 0, handler.Orphans);
        _log.End(
            service.Name,
            handler.Connection.Id,
            handler.Pid,
            new Outcome(ended.Status),
            ended.DurationMs,
            (long)ended.Usage.CpuTime.TotalMilliseconds,
            PeakMemory.Of(ended.Usage),
            occupancy,
            new EndDetails(traffic, handler.EndReason.Name(), handler.Orphans));
    }

    /// <summary>The connection takes its place, until <see cref="Release"/>.</summary>
    private void Enter(Connection connection)
    {
        connection.Service.Take();
        _access.Enter(connection);
        HoldOrResumeQueues();
    }

    /// <summary>The connection's place is free for another one.</summary>
    private void Release(Connection connection)
    {
        Service service = connection.Service;
        service.Release();
        if (service is { Mode: ServiceMode.Removed, LiveHandlers: 0 })
        {
            _removed.Remove(service.Name);
        }

        _access.Leave(connection);
        HoldOrResumeQueues();
    }

    private void SweepOrphans()
    {
        if (_next is null) // the child that is asked whether it can take over is no orphan
        {
            _orphans.Sweep(_launcher.IsUnderWay);
        }

        _loop.Schedule(s_orphanSweepInterval, SweepOrphans);
    }
}
