using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
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

namespace SuperD;

/// <summary>THE CONDUCTOR. The whole life of a connection passes through here; every stage it calls knows nothing of the others.</summary>
/// <remarks>
/// A listener is ready: accept. Access control admits or refuses. The planner and a launcher thread make a process of it. The reaper
/// sees the process end, the record is written, and the place is free for the next. All on one thread, the loop's, except the launch.
/// A redirect service has no process: its connections are relayed to their backend by the loop itself.
/// </remarks>
internal sealed partial class SuperServer : IConnectionSink, IRelaySink
{
    // Nothing tells of an orphan's end: SIGCHLD would, but .NET's handler for it cannot be had without its reaping.
    private static readonly TimeSpan s_orphanSweepInterval = TimeSpan.FromSeconds(1);

    private readonly ServerDefinition _definition;
    private readonly InheritedState _inherited;
    private readonly ILogger _log;
    private readonly EventLoop _loop;
    private readonly Listeners _listeners;
    private readonly AccessControl _access;
    private readonly RefusalLog _refusals;
    private readonly HeaderReader _headers;
    private readonly LaunchPlanner _planner;
    private readonly LauncherPool _launchers;
    private readonly Reaper _reaper;
    private readonly OrphanReaper _orphans;
    private readonly Relays _relays;
    private readonly Shutdown _shutdown;
    private readonly Dictionary<Connection, Listener> _waitRuns = [];
    private readonly List<Service> _queueing = [];
    private readonly Latecomers _latecomers = new();
    private long _lastConnectionId;
    private int _launching;
    private bool _isCrowded;

    /// <param name="launchers">Reserved at the very start of the process, while low descriptors were free.</param>
    public SuperServer(
        ServerDefinition definition,
        InheritedState inherited,
        IReadOnlyList<ProcessLauncher> launchers,
        ILogger log,
        TimeProvider time)
    {
        _definition = definition;
        _inherited = inherited;
        _log = log;
        _loop = new EventLoop(time);
        _listeners = new Listeners(_loop, this, log);
        _access = new AccessControl(_loop, definition.MaxHandlers, log);
        _refusals = new RefusalLog(_loop, log);
        _headers = new HeaderReader(_loop, OnProxied, OnProxyHeaderFailed);
        _planner = new LaunchPlanner(inherited);
        _launchers = new LauncherPool(_loop, launchers, OnLaunched);
        _reaper = new Reaper(_loop, log, OnEnded);
        _orphans = new OrphanReaper(_reaper, log);
        _relays = new Relays(_loop, this, Dns.GetHostAddresses);
        _passed = new PassedSockets(inherited.PassedSockets, [.. definition.Services.Where(service => service.Enabled)]);
        _manager = new ManagerLink(_loop, inherited.Manager, log);
        _shutdown = new Shutdown(
            _loop, _reaper, definition.ShutdownGrace, log, () => _launching + _relays.Count + _headers.Count, EndWithoutHandlers, _loop.Stop);
    }

    /// <summary>Serves until SIGTERM or SIGINT and the end of the last handler. Blocks; the calling thread becomes the loop.</summary>
    public void Run()
    {
        using var signals = new Signals();
        signals.On(PosixSignal.SIGTERM, _loop, BeginOrHastenShutdown);
        signals.On(PosixSignal.SIGINT, _loop, BeginOrHastenShutdown);
        signals.On(PosixSignal.SIGQUIT, _loop, StopAtOnce);
        signals.On(PosixSignal.SIGHUP, _loop, _log.HangUpIgnored);
        ChildProcess.TakeOverReaping();
        if (Environment.ProcessId == 1)
        {
            SweepOrphans();
        }

        foreach (ServiceDefinition definition in _definition.Services.Where(service => service.Enabled))
        {
            var service = new Service(definition);
            _access.Add(service);
            if (definition.Wait || definition.WhenFull == WhenFull.Queue)
            {
                _queueing.Add(service);
            }

            OpenListeners(service);
        }

        BeginManaged();
        CountDescriptors();
        _isReady = true;
        TellWhenReady();
        _loop.Run();
        _refusals.Flush();
        _access.Dispose();
        _manager.Dispose();
        _loop.Dispose();
    }

    // ── accept, ask the proxy, admit, serve ──

    public void OnAccepted(Listener listener, Fd socket, InetEndPoint peer)
    {
        Service service = listener.Service;
        var connection = new Connection(++_lastConnectionId, service, socket, peer, listener.BoundTo);
        if (service.Definition.Admission.ProxyIn is null)
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
        else
        {
            Serve(connection);
        }

        if (service.IsFull && service.Definition.WhenFull == WhenFull.Queue)
        {
            _listeners.Pause(service, PauseReasons.Busy);
        }
    }

    private void Refuse(Connection connection, Verdict verdict)
    {
        connection.Socket.Dispose();
        _refusals.Write(connection.Service, connection.Id, connection.Peer, verdict);
    }

    /// <summary>A wait service: the handler gets the listening socket, and superd keeps away from it until the handler ends.</summary>
    public void OnWaiting(Listener listener)
    {
        Verdict verdict = _access.Check(listener.Service, default);
        if (verdict.IsRefused)
        {
            // Left in the backlog, the client would wake us for ever.
            if (listener.TryAccept(out InetEndPoint peer) is { } refused)
            {
                refused.Dispose();
                _refusals.Write(listener.Service, ++_lastConnectionId, peer, verdict);
            }

            return;
        }

        SysResult result = listener.TryLend(out Fd? socket);
        if (socket is null)
        {
            listener.PauseUnderPressure(result.Errno);
            return;
        }

        var connection = new Connection(++_lastConnectionId, listener.Service, socket, default, listener.BoundTo);
        _waitRuns.Add(connection, listener);
        Serve(connection);
    }

    private void Serve(Connection connection)
    {
        connection.Service.Take();
        _access.Enter(connection);
        HoldOrResumeQueues();
        if (connection.Service.Definition.Redirect is not null)
        {
            _relays.Start(connection);
        }
        else
        {
            Launch(connection);
        }
    }

    private void Launch(Connection connection)
    {
        Service service = connection.Service;
        _launching++;
        _launchers.Submit(connection, _planner.PlanFor(service), service.Definition.Process.Stderr == StderrTarget.Log);
    }

    private void OnLaunched(LaunchOrder order)
    {
        _launching--;
        Connection connection = order.Connection;
        Service service = connection.Service;
        LaunchResult result = order.Result;
        connection.Socket.Dispose();
        if (result.Pidfd is null)
        {
            OnLaunchFailed(connection, LaunchFailure.Describe(service.Definition, result));
        }
        else
        {
            var handler = new Handler(connection, result.Pid, result.Pidfd, order.SubmittedMs);
            if (service.Definition.Wait)
            {
                _log.StartWait(service.Name, connection.Id, connection.Listener, handler.Pid);
            }
            else
            {
                _log.Accept(service.Name, connection.Id, connection.Peer, handler.Pid, service.Occupancy);
            }

            _reaper.Add(handler, order.StderrPipe);
            _shutdown.OnLaunched(handler);
        }

        _shutdown.CheckDone();
    }

    private void OnLaunchFailed(Connection connection, LaunchFailure failure)
    {
        Service service = connection.Service;
        Release(connection);
        InetEndPoint peer = connection.Peer;
        if (_waitRuns.Remove(connection, out Listener? listener))
        {
            // The client that woke the service waits in the backlog for nobody: it is turned away, like any other.
            listener.TakeBack();
            listener.TryAccept(out peer)?.Dispose();
        }
        else
        {
            ResumeService(service);
        }

        _log.LaunchFailed(service.Name, connection.Id, peer, Refusal.Launch.Name(), failure.Step, failure.Reason);
    }

    // ── reap, record, resume ──

    private void OnEnded(Handler handler, HandlerEnd end)
    {
        Connection connection = handler.Connection;
        Service service = handler.Service;
        Release(connection);
        _log.End(
            service.Name,
            connection.Id,
            handler.Pid,
            new Outcome(end.Status),
            end.DurationMs,
            (long)end.Usage.CpuTime.TotalMilliseconds,
            PeakMemory.Of(end.Usage),
            service.Occupancy);
        _access.Charge(connection, end.Status, handler.TimedOut);
        ResumeAfter(connection, TimeSpan.FromMilliseconds(end.DurationMs));
        _shutdown.CheckDone();
    }

    /// <summary>The connection's place is free for another one.</summary>
    private void Release(Connection connection)
    {
        connection.Service.Release();
        _access.Leave(connection);
        HoldOrResumeQueues();
    }

    /// <summary>While superd has all the handlers it may, the clients of services that promise a queue wait in it.</summary>
    private void HoldOrResumeQueues()
    {
        if (_access.IsCrowded == _isCrowded)
        {
            return;
        }

        _isCrowded = !_isCrowded;
        foreach (Service service in _queueing)
        {
            if (_isCrowded)
            {
                _listeners.Pause(service, PauseReasons.Crowded);
            }
            else
            {
                _listeners.Resume(service, PauseReasons.Crowded);
            }
        }
    }

    /// <summary>A place of the service is free: for those who wait with superd, then for those in the backlog.</summary>
    private void ResumeService(Service service)
    {
        while (!service.IsFull && _latecomers.TryTake(service, out Connection? next))
        {
            Admit(next);
        }

        if (!service.IsFull)
        {
            _listeners.Resume(service, PauseReasons.Busy);
        }
    }

    private void ResumeAfter(Connection connection, TimeSpan ran)
    {
        Service service = connection.Service;
        if (!_waitRuns.Remove(connection, out Listener? listener))
        {
            ResumeService(service);
            return;
        }

        TimeSpan delay = listener.WaitBackOff.Next(ran, out bool isFirst);
        if (isFirst)
        {
            _log.WaitBackOff(service.Name, (long)delay.TotalMilliseconds);
        }

        if (delay > TimeSpan.Zero)
        {
            listener.PauseFor(delay, PauseReasons.BackOff);
        }

        listener.TakeBack();
    }

    private void SweepOrphans()
    {
        _orphans.Sweep(_launchers.LastSubmitted, _launchers.CompletedThrough);
        _loop.Schedule(s_orphanSweepInterval, SweepOrphans);
    }

    // ── end ──

    private void BeginOrHastenShutdown()
    {
        _listeners.CloseAll();
        TellManagerStopping();
        _shutdown.Advance();
    }

    private void StopAtOnce()
    {
        _listeners.CloseAll();
        TellManagerStopping();
        _shutdown.Kill();
    }
}
