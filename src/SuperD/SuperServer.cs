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
using SuperD.Services;

namespace SuperD;

/// <summary>THE CONDUCTOR. The whole life of a connection passes through here; every stage it calls knows nothing of the others.</summary>
/// <remarks>
/// A listener is ready: accept. Access control admits or refuses. The planner and a launcher thread make a process of it. The reaper
/// sees the process end, the record is written, and the place is free for the next. All on one thread, the loop's, except the launch.
/// </remarks>
internal sealed partial class SuperServer : IConnectionSink
{
    /// <summary>Addresses named in the ready line; with more services than that, the rest are counted.</summary>
    private const int MaxAddressesInReadyLine = 20;

    /// <summary>Descriptors a launch on its way may take: the socket, both ends of the stderr pipe, the pidfd.</summary>
    private const int DescriptorsPerLaunch = 4;

    /// <summary>Descriptors a running handler keeps: its pidfd and its stderr pipe. The socket of a datagram peer comes on top.</summary>
    private const int DescriptorsPerHandler = 2;

    /// <summary>Descriptors kept free for what else the process may open.</summary>
    private const int DescriptorReserve = 32;

    // Nothing tells of an orphan's end: SIGCHLD would, but .NET's handler for it cannot be had without its reaping.
    private static readonly TimeSpan s_orphanSweepInterval = TimeSpan.FromSeconds(1);

    private readonly ServerDefinition _definition;
    private readonly InheritedState _inherited;
    private readonly ILogger _log;
    private readonly EventLoop _loop;
    private readonly Listeners _listeners;
    private readonly AccessControl _access;
    private readonly RefusalLog _refusals;
    private readonly LaunchPlanner _planner;
    private readonly LauncherPool _launchers;
    private readonly Reaper _reaper;
    private readonly OrphanReaper _orphans;
    private readonly Shutdown _shutdown;

    /// <summary>Connections whose socket the listener takes back at their end: runs of wait services, datagram peers.</summary>
    private readonly Dictionary<Connection, Listener> _lent = [];
    private readonly List<Service> _queueing = [];
    private long _lastConnectionId;
    private int _launching;
    private ulong _descriptorsAtStart;
    private bool _isReady;
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
        _planner = new LaunchPlanner(inherited);
        _launchers = new LauncherPool(_loop, launchers, OnLaunched);
        _reaper = new Reaper(_loop, log, OnEnded);
        _orphans = new OrphanReaper(_reaper, log);
        _shutdown = new Shutdown(_loop, _reaper, definition.ShutdownGrace, log, () => _launching, _loop.Stop);
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

            _listeners.Open(service);
        }

        _descriptorsAtStart = (ulong)Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        _isReady = true;
        TellWhenReady();
        _loop.Run();
        _refusals.Flush();
        _access.Dispose();
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
        _descriptorsAtStart + (ulong)((_launching * DescriptorsPerLaunch) + (_reaper.Count * DescriptorsPerHandler) + _lent.Count) + DescriptorReserve
        < _inherited.HardOpenFiles;

    public void OnAccepted(Listener listener, Fd socket, Peer peer)
    {
        Service service = listener.Service;
        if (!Admits(listener, peer))
        {
            socket.Dispose();
            return;
        }

        Launch(new Connection(++_lastConnectionId, service, socket, peer, listener.BoundTo));
        if (service.IsFull && service.Definition.WhenFull == WhenFull.Queue)
        {
            _listeners.Pause(service, PauseReasons.Busy);
        }
    }

    /// <summary>A wait service: the handler gets the listening socket, and superd keeps away from it until the handler ends.</summary>
    /// <remarks>Over datagrams superd sees the sender of the first one, so that is who is checked; those of others are the listener's matter.</remarks>
    public void OnWaiting(Listener listener, Peer peer)
    {
        Service service = listener.Service;
        Verdict verdict = _access.Check(service, peer);
        if (verdict.IsRefused)
        {
            // Left where it waits, the client would wake us for ever.
            if (listener.TurnAway(connection: null) is { IsKnown: true } refused)
            {
                _refusals.Write(service, ++_lastConnectionId, refused, verdict);
            }

            return;
        }

        SysResult result = listener.TryLend(out Fd? socket);
        if (socket is null)
        {
            listener.PauseUnderPressure(result.Errno);
            return;
        }

        var connection = new Connection(++_lastConnectionId, service, socket, peer, listener.BoundTo);
        _lent.Add(connection, listener);
        Launch(connection);
    }

    /// <summary>Makes all checks of a client, and tells the log when it is refused.</summary>
    public bool Admits(Listener listener, Peer peer)
    {
        Verdict verdict = _access.Check(listener.Service, peer);
        if (verdict.IsRefused)
        {
            _refusals.Write(listener.Service, ++_lastConnectionId, peer, verdict);
        }

        return !verdict.IsRefused;
    }

    private void Launch(Connection connection)
    {
        Service service = connection.Service;
        service.Take();
        _access.Enter(connection);
        HoldOrResumeQueues();
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
            if (service.Definition.Wait && connection.Peer.IsKnown)
            {
                _log.StartDatagramWait(service.Name, connection.Id, connection.Listener, connection.Peer, handler.Pid);
            }
            else if (service.Definition.Wait)
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
        Peer peer = connection.Peer;
        if (_lent.Remove(connection, out Listener? listener))
        {
            // The client that woke the service waits for nobody: it is turned away, like any other.
            peer = listener.TurnAway(connection);
        }
        else
        {
            _listeners.Resume(service, PauseReasons.Busy);
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

    private void ResumeAfter(Connection connection, TimeSpan ran)
    {
        if (_lent.Remove(connection, out Listener? listener))
        {
            listener.TakeBack(connection, ran);
        }
        else
        {
            _listeners.Resume(connection.Service, PauseReasons.Busy);
        }
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
        _shutdown.Advance();
    }

    private void StopAtOnce()
    {
        _listeners.CloseAll();
        _shutdown.Kill();
    }
}
