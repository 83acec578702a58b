using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Reaping;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>
/// Serves connections by processes: launches and reaps them, and ends what they leave behind. Joins Launching, Reaping and Ending. Loop
/// only.
/// </summary>
/// <remarks>
/// A handler goes through these steps, and skips some when it ends early.
/// 1. <see cref="Start"/> submits its launch. 2. It executes its program, or the launch fails. 3. It outlives most handlers: from then on
/// superd watches its client and its stderr. 4. Its own process ends and is reaped. 5. The last of its descendants is gone: the conductor
/// finishes the connection.
/// </remarks>
internal sealed partial class Handlers : Stage, IDisposable
{
    /// <summary>Descriptors of a running handler: its pidfd, its stderr pipe and its socket.</summary>
    private const int DescriptorsPerHandler = 3;

    // Orphans are polled for: SIGCHLD would announce their end, but .NET's handler of that signal reaps them too.
    private static readonly TimeSpan s_orphanSweepInterval = TimeSpan.FromSeconds(1);

    // Most handlers end within this time; to watch their stderr and their client would be wasted on them.
    private static readonly TimeSpan s_youth = TimeSpan.FromMilliseconds(10);

    private readonly EventLoop _loop;
    private readonly IHandlerSink _sink;
    private readonly LaunchPlanner _planner;
    private readonly Launcher _launcher;
    private readonly Reaper _reaper;
    private readonly Postponed<Handler> _young;
    private readonly OrphanReaper _orphans;
    private readonly ProcessTrees _trees;
    private readonly HandlerEnder _ender;
    private readonly ConnectionWatch _watch;
    private readonly ReleasedSockets _released;
    private readonly SharedFiles _shared;

    /// <param name="processes">Made at the very start of the process, while low descriptors were free.</param>
    /// <param name="released">A stage of its own, made first because it inherits first.</param>
    /// <param name="isAsking">Whether one of superd's children is its next version, which an upgrade asks whether it can continue.</param>
    /// <param name="last">What superd's last version has left; null when there was none.</param>
    /// <param name="explainer">Follows what sandboxes refuse; null = nobody does.</param>
    public Handlers(
        Stages stages,
        EventLoop loop,
        ILogger log,
        IHandlerSink sink,
        ServerDefinition definition,
        InheritedState inherited,
        ProcessLauncher processes,
        ReleasedSockets released,
        SharedFiles shared,
        Func<bool> isAsking,
        LastVersion? last,
        SandboxExplainer? explainer)
        : base(stages)
    {
        _loop = loop;
        _sink = sink;
        _reaper = new Reaper(loop, log, OnEnding, OnHeld, OnReaped);
        _young = new Postponed<Handler>(loop, s_youth, OnGrown);
        _trees = ProcessTreesChoice.Take(
            definition.SourceFile,
            definition.ShutdownGrace,
            processes,
            loop,
            inherited.HardOpenFiles,
            () => _reaper.Handlers,
            pid => _launcher!.IsUnderWay(pid) || isAsking(), // called only when there is a launcher
            log,
            last?.Handover.Part<HandlersHandover>() is { } handed ? (handed.Trees, last.Descriptors) : null);
        _planner = new LaunchPlanner(inherited, processes.ClearsHandlers, _trees.NeedsSessions);
        _ender = new HandlerEnder(loop, _trees, log, OnGone);
        _watch = new ConnectionWatch(loop, _trees.IsStopped, _ender.End);
        _launcher = new Launcher(loop, log, processes, _planner.PlanFor, sink.OnBeginning, OnLaunchSettled, explainer);
        _orphans = new OrphanReaper(_reaper, log);
        _released = released;
        _shared = shared;
        Rescue = new LoopRescue(shared, _trees, log);
    }

    /// <summary>
    /// Launches under way, running handlers, those whose descendants are being ended, and processes of which superd does not know which of
    /// several ended handlers made them.
    /// </summary>
    public override int Count => _launcher.Count + _reaper.Count + _ender.Count + _trees.Orphans;

    public override int Descriptors =>
        (_launcher.Count * DescriptorRoom.PerLaunch) + (_reaper.Count * DescriptorsPerHandler) + _ender.Count + _trees.Descriptors
        + _launcher.Sandboxes.Descriptors;

    /// <summary>Sandboxes are made anew, since a file may have changed with the configuration; and limits may have changed.</summary>
    public override void Succeed(ServerDefinition server)
    {
        _launcher.Sandboxes.Succeed(
            server.Services
                .SelectMany(service => service.Variants.OfType<ServiceDefinition>().Prepend(service))
                .Select(service => service.Sandbox)
                .OfType<SandboxDefinition>());
        _trees.Succeed(server);
    }

    /// <summary>Handlers whose own process runs.</summary>
    public IEnumerable<Handler> Running => _reaper.Handlers;

    /// <summary>The connection of a process of superd's page; null for any other process.</summary>
    public Connection? FindPage(int pid)
    {
        // It may execute and ask before superd has noticed that its launch is over.
        Connection? connection = _reaper.Find(pid)?.Connection ?? _launcher.FindUnderWay(pid);
        return connection is { Definition.Web: not null } ? connection : null;
    }

    /// <summary>Ends handlers; their connections are finished when the last of their processes is gone.</summary>
    public HandlerEnder Ender => _ender;

    /// <summary>Launches superd's own helper programs too.</summary>
    public Launcher Launcher => _launcher;

    /// <summary>Frees the loop when a handler blocks it by a file that both have open.</summary>
    public LoopRescue Rescue { get; }

    /// <summary>How superd finds the processes of a handler, human-readable.</summary>
    public string TreesMeans => _trees.Means;

    /// <summary>Serves a connection that has its place.</summary>
    public void Start(Connection connection)
    {
        connection.Service.LaunchesUnderWay++;
        _trees.Enter(connection);
        _launcher.Submit(connection, connection.Definition.Process.Stderr == StderrTarget.Log);
    }

    /// <summary>Ends the handler of a peer that has sent nothing for too long. Does nothing before the launch or after the end.</summary>
    public void EndIdle(Connection connection)
    {
        if (connection.Server is RunningHandler running)
        {
            _ender.End(running.Handler, EndReason.IdleTimeout);
        }
    }

    /// <summary>superd is process 1 of a container: reaps the orphans of handlers and of others, now and from then on.</summary>
    /// <param name="mayReap">False while a child runs that is no handler and whose exit status is needed.</param>
    public void SweepOrphans(Func<bool> mayReap)
    {
        if (mayReap())
        {
            _orphans.Sweep(_launcher.IsUnderWay);
        }

        _loop.Schedule(s_orphanSweepInterval, () => SweepOrphans(mayReap));
    }

    /// <summary>The loop has ended: writes the records that still wait for byte counts, and removes the cgroups.</summary>
    public void Dispose()
    {
        _released.Flush();
        _trees.Dispose();
        _released.Dispose();
    }

    /// <summary>2. The handler executes its program, and may even have ended; or the launch has failed.</summary>
    private void OnLaunchSettled(LaunchOrder order)
    {
        Connection connection = order.Connection;
        connection.Service.LaunchesUnderWay--;
        if (order.Failure is { } failure)
        {
            _ = _trees.Leave(connection);
            ReleaseUser(connection);
            _sink.OnLaunchFailed(connection, failure);
        }
        else
        {
            OnLaunched(order, connection);
        }
    }

    private void OnLaunched(LaunchOrder order, Connection connection)
    {
        var handler = new Handler(connection, order.Pid, order.Pidfd!, order.SubmittedMs); // set unless the launch failed
        connection.Server = new RunningHandler(handler, _released, _ender);
        _shared.Add(handler, connection.Socket, order.StderrPipe);
        _trees.OnLaunched(handler);
        if (order.HasEnded)
        {
            OnEnding(handler);
        }

        if (!handler.KeepsSocket)
        {
            ReleaseSocket(handler);
        }

        connection.Service.Counters.Launch(_loop.Time.GetElapsedTime(connection.AcceptedAt, order.ExecutedAt));
        _reaper.Add(handler, order.PidfdWatch, order.StderrPipe);
        _sink.OnLaunched(handler);
        if (order.HasEnded)
        {
            _ = _reaper.TryReap(handler.Pid);
        }

        if (!handler.IsReaped)
        {
            _young.Add(handler);
            if (order.EndReason != EndReason.None)
            {
                _ender.End(handler, order.EndReason);
            }
        }
    }

    /// <summary>Closes superd's own descriptor of a socket that belongs to the handler alone from now on.</summary>
    private void ReleaseSocket(Handler handler)
    {
        Fd socket = handler.Connection.Socket;
        if (handler.Definition is { Wait: false, IsDatagrams: false })
        {
            if (!handler.IsKnownGone)
            {
                _released.Add(handler);
            }
            else if (!TcpConnection.ReadTraffic(socket, out TcpTraffic traffic).IsError)
            {
                handler.Traffic = traffic;
            }
        }

        StreamSocket.Close(socket);
        _shared.Set(handler.SharedNumbers.Socket, null); // another file may get the number
    }

    /// <summary>3. It outlives most handlers.</summary>
    private void OnGrown(Handler handler)
    {
        if (!handler.IsReaped)
        {
            _trees.OnGrown(handler);
            _watch.Add(handler);
            _reaper.WatchStderr(handler);
        }
    }

    /// <summary>
    /// 4. Its own process has ended. Ends the stream to the client at once if no other process of the handler can write to it.
    /// </summary>
    private void OnEnding(Handler handler)
    {
        if (!handler.IsKnownGone && _trees.IsKnownGone(handler))
        {
            handler.IsKnownGone = true;
            handler.EndStream();
        }
    }

    /// <summary>Its process has ended, and cannot be reaped while another process traces it.</summary>
    private void OnHeld(Handler handler)
    {
        _ender.OnHeld(handler);
        if (!handler.Definition.EndsOrphans)
        {
            handler.EndStream(); // its descendants may stay, so nothing waits for them
        }
    }

    private void OnReaped(Handler handler)
    {
        _watch.Remove(handler);
        _ender.OnReaped(handler);
    }

    /// <summary>5. The handler and all its descendants are gone.</summary>
    private void OnGone(Handler handler)
    {
        handler.EndStream();
        _shared.Remove(handler);
        if (handler.HasHeldLoop)
        {
            handler.EndReason = EndReason.HeldLoop;
        }

        CgroupEvents events = _trees.Leave(handler.Connection);
        ReleaseUser(handler.Connection);
        handler.RefusedForks = events.RefusedForks;
        if (events.MemoryKills > 0 && handler.EndReason == EndReason.None)
        {
            handler.EndReason = EndReason.Memory;
        }

        _sink.OnHandlerGone(handler);
    }

    private void ReleaseUser(Connection connection)
    {
        if (connection.DynamicUser is { } user)
        {
            connection.DynamicUser = null;
            _launcher.DynamicUsers.Release(user);
        }
    }

    /// <summary>
    /// Writes the record of a handler that is gone: at once, or when the kernel has reported the bytes of its connection.
    /// </summary>
    public void WhenTrafficIsKnown(Handler handler, Action record)
    {
        if (handler.Released is null)
        {
            record();
        }
        else
        {
            _released.Conclude(handler, record);
        }
    }
}

/// <summary>What happens to connections that are served by processes, for the conductor.</summary>
internal interface IHandlerSink
{
    /// <summary>The process that will be the handler is about to be made; it may do its work before superd does anything else.</summary>
    void OnBeginning(Connection connection);

    /// <summary>A handler executes its program.</summary>
    void OnLaunched(Handler handler);

    /// <summary>There is no handler; the receiver owns the connection's socket again.</summary>
    void OnLaunchFailed(Connection connection, LaunchFailure failure);

    /// <summary>
    /// The handler and all its descendants are gone, and its stream to the client has ended; the receiver owns the socket again.
    /// </summary>
    void OnHandlerGone(Handler handler);
}
