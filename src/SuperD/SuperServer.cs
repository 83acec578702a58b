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
using SuperD.Reaping;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD;

/// <summary>THE CONDUCTOR. The whole life of a connection passes through here; every stage it calls knows nothing of the others.</summary>
/// <remarks>
/// A listener is ready: accept. Access control admits or refuses. The planner and a launcher thread make a process of it. The reaper
/// sees the process end, the record is written, and the place is free for the next. All on one thread, the loop's, except the launch.
/// A redirect service has no process: its connections are relayed to their backend by the loop itself.
/// </remarks>
internal sealed class SuperServer : IConnectionSink, IRelaySink
{
    /// <summary>Addresses named in the ready line; with more services than that, the rest are counted.</summary>
    private const int MaxAddressesInReadyLine = 20;

    /// <summary>Descriptors a launch on its way may take: the socket, both ends of the stderr pipe, the pidfd.</summary>
    private const int DescriptorsPerLaunch = 4;

    /// <summary>Descriptors a running handler keeps: its pidfd and its stderr pipe.</summary>
    private const int DescriptorsPerHandler = 2;

    /// <summary>Descriptors a relay keeps: the client's socket and the backend's.</summary>
    private const int DescriptorsPerRelay = 2;

    /// <summary>Descriptors kept free for what else the process may open.</summary>
    private const int DescriptorReserve = 32;

    private readonly ServerDefinition _definition;
    private readonly InheritedState _inherited;
    private readonly ILogger _log;
    private readonly EventLoop _loop;
    private readonly Listeners _listeners;
    private readonly LaunchPlanner _planner;
    private readonly LauncherPool _launchers;
    private readonly Reaper _reaper;
    private readonly OrphanReaper _orphans;
    private readonly Relays _relays;
    private readonly Shutdown _shutdown;
    private readonly Dictionary<Connection, Listener> _waitRuns = [];
    private long _lastConnectionId;
    private int _launching;
    private ulong _descriptorsAtStart;
    private bool _isReady;

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
        _planner = new LaunchPlanner(inherited);
        _launchers = new LauncherPool(_loop, launchers, OnLaunched);
        _reaper = new Reaper(_loop, log, OnEnded);
        _orphans = new OrphanReaper(_reaper, log);
        _relays = new Relays(_loop, this);
        _shutdown = new Shutdown(
            _loop, _reaper, definition.ShutdownGrace, log, () => _launching + _relays.Count, _relays.StopAll, _loop.Stop);
    }

    /// <summary>Serves until SIGTERM or SIGINT and the end of the last handler. Blocks; the calling thread becomes the loop.</summary>
    public void Run()
    {
        using var signals = new Signals();
        signals.On(PosixSignal.SIGTERM, _loop, BeginOrHastenShutdown);
        signals.On(PosixSignal.SIGINT, _loop, BeginOrHastenShutdown);
        signals.On(PosixSignal.SIGQUIT, _loop, StopAtOnce);
        signals.On(PosixSignal.SIGHUP, _loop, _log.HangUpIgnored);
        if (Environment.ProcessId == 1)
        {
            signals.On(PosixSignal.SIGCHLD, _loop, SweepOrphans);
        }

        foreach (ServiceDefinition service in _definition.Services.Where(service => service.Enabled))
        {
            _listeners.Open(new Service(service));
        }

        _descriptorsAtStart = (ulong)Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        _isReady = true;
        TellWhenReady();
        _loop.Run();
        _loop.Dispose();
    }

    // ── ready ──

    public void OnListening(Listener listener)
    {
        if (_isReady)
        {
            TellWhenReady();
        }
    }

    private void TellWhenReady()
    {
        int missing = _listeners.Count - _listeners.BoundCount;
        if (missing > 0)
        {
            _log.NotAllBound(missing, _listeners.Count);
            return;
        }

        IEnumerable<string> addresses = _listeners.All
            .Take(MaxAddressesInReadyLine)
            .Select(listener => $"{listener.Service.Name}={listener.BoundTo}");
        int unnamed = _listeners.Count - MaxAddressesInReadyLine;
        int services = _definition.Services.Count(service => service.Enabled);
        _log.Ready(services, _listeners.Count, string.Join(' ', addresses) + (unnamed > 0 ? $" and {unnamed} more" : string.Empty));
    }

    // ── accept, admit, launch ──

    public bool HasRoom =>
        _descriptorsAtStart + (ulong)DescriptorsInUse + DescriptorReserve < _inherited.HardOpenFiles;

    private int DescriptorsInUse =>
        (_launching * DescriptorsPerLaunch) + (_reaper.Count * DescriptorsPerHandler) + (_relays.Count * DescriptorsPerRelay);

    public void OnAccepted(Listener listener, Fd socket, InetEndPoint peer)
    {
        Service service = listener.Service;
        var connection = new Connection(++_lastConnectionId, service, socket, peer, listener.BoundTo);
        Refusal refusal = AccessControl.Check(service);
        if (refusal != Refusal.None)
        {
            socket.Dispose();
            _log.Refuse(service.Name, connection.Id, peer, refusal.Name(), service.Occupancy);
            return;
        }

        Serve(connection);
        if (service.IsFull && service.Definition.WhenFull == WhenFull.Queue)
        {
            _listeners.Pause(service, PauseReasons.Busy);
        }
    }

    /// <summary>A wait service: the handler gets the listening socket, and superd keeps away from it until the handler ends.</summary>
    public void OnWaiting(Listener listener)
    {
        SysResult result = listener.TryLend(out Fd? socket);
        if (socket is null)
        {
            listener.PauseUnderPressure(result.Errno);
            return;
        }

        var connection = new Connection(++_lastConnectionId, listener.Service, socket, default, listener.BoundTo);
        _waitRuns.Add(connection, listener);
        Launch(connection);
    }

    private void Serve(Connection connection)
    {
        if (connection.Service.Definition.Redirect is not null)
        {
            connection.Service.Take();
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
        service.Take();
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
            var handler = new Handler(connection, result.Pid, result.Pidfd, _loop.NowMs);
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

        if (_orphans.IsWaiting)
        {
            SweepOrphans();
        }

        _shutdown.CheckDone();
    }

    private void OnLaunchFailed(Connection connection, LaunchFailure failure)
    {
        Service service = connection.Service;
        service.Release();
        InetEndPoint peer = connection.Peer;
        if (_waitRuns.Remove(connection, out Listener? listener))
        {
            // The client that woke the service waits in the backlog for nobody: it is turned away, like any other.
            listener.TakeBack();
            listener.TryAccept(out peer)?.Dispose();
        }
        else
        {
            _listeners.Resume(service, PauseReasons.Busy);
        }

        _log.LaunchFailed(service.Name, connection.Id, peer, Refusal.Launch.Name(), failure.Step, failure.Reason);
    }

    // ── relay ──

    public void OnRelayed(Connection connection, EndPoint backend) =>
        _log.AcceptRelay(connection.Service.Name, connection.Id, connection.Peer, Backend.Name(backend), connection.Service.Occupancy);

    public void OnBackendFailed(Connection connection, string tried)
    {
        connection.Service.Release();
        _log.BackendFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.Backend.Name(), tried);
        ResumeAfterRelay(connection.Service);
    }

    public void OnRelayEnded(Connection connection, RelayEnd end)
    {
        Service service = connection.Service;
        service.Release();
        _log.EndRelay(service.Name, connection.Id, end.ReasonName, end.DurationMs, end.BytesIn, end.BytesOut, service.Occupancy);
        ResumeAfterRelay(service);
    }

    private void ResumeAfterRelay(Service service)
    {
        _listeners.Resume(service, PauseReasons.Busy);
        _shutdown.CheckDone();
    }

    // ── reap, record, resume ──

    private void OnEnded(Handler handler, HandlerEnd end)
    {
        Connection connection = handler.Connection;
        Service service = handler.Service;
        service.Release();
        _log.End(
            service.Name,
            connection.Id,
            handler.Pid,
            new Outcome(end.Status),
            end.DurationMs,
            (long)end.Usage.CpuTime.TotalMilliseconds,
            PeakMemory.Of(end.Usage),
            service.Occupancy);
        ResumeAfter(connection, TimeSpan.FromMilliseconds(end.DurationMs));
        _shutdown.CheckDone();
    }

    private void ResumeAfter(Connection connection, TimeSpan ran)
    {
        Service service = connection.Service;
        if (!_waitRuns.Remove(connection, out Listener? listener))
        {
            _listeners.Resume(service, PauseReasons.Busy);
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

    private void SweepOrphans() => _orphans.Sweep(_launchers.LastSubmitted, _launchers.CompletedThrough);

    // ── end ──

    private void BeginOrHastenShutdown()
    {
        _listeners.CloseAll();
        _shutdown.Advance();
    }

    private void StopAtOnce()
    {
        _listeners.CloseAll();
        _shutdown.Kill();
    }
}
