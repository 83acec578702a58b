using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Ending;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Reaping;
using SuperD.Services;
using SuperD.Upgrading;

namespace SuperD;

/// <summary>Serves connections by processes: launch, reap, end what is left of them. The conductor of Launching, Reaping and Ending. Loop only.</summary>
/// <remarks>
/// A handler goes through these steps; each may be skipped by one that ends early.
/// 1. <see cref="Start"/>: its launch is submitted. 2. It executes its program, or the launch fails. 3. It has lived longer than most: from then on
/// its client and its stderr are watched. 4. Its own process has ended, and is reaped. 5. The last of its descendants is gone: the conductor
/// finishes the connection.
/// </remarks>
internal sealed class Handlers : Stage, IDisposable
{
    /// <summary>Descriptors of a running handler: its pidfd, its stderr pipe and its socket.</summary>
    private const int DescriptorsPerHandler = 3;

    // Nothing tells of an orphan's end: SIGCHLD would, but .NET's handler for it cannot be had without its reaping.
    private static readonly TimeSpan s_orphanSweepInterval = TimeSpan.FromSeconds(1);

    // Most handlers live no longer: until then neither their stderr nor their client is watched.
    private static readonly TimeSpan s_youth = TimeSpan.FromMilliseconds(10);

    private readonly EventLoop _loop;
    private readonly ILogger _log;
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
    /// <param name="released">Made before, because it inherits before.</param>
    /// <param name="isAsking">Whether a child is superd's next version, which is asked whether it can take over.</param>
    /// <param name="last">What superd's last version has left; null when there was none.</param>
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
        LastVersion? last)
        : base(stages)
    {
        _loop = loop;
        _log = log;
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
            pid => _launcher!.IsUnderWay(pid) || isAsking(), // not before there is a launcher
            log,
            last?.Handover.Part<HandlersHandover>() is { } handed ? (handed.Trees, last.Descriptors) : null);
        _planner = new LaunchPlanner(inherited, processes.ClearsHandlers, _trees.NeedsSessions);
        _ender = new HandlerEnder(loop, _trees, log, OnGone);
        _watch = new ConnectionWatch(loop, _trees.IsStopped, _ender.End);
        _launcher = new Launcher(loop, processes, OnLaunchSettled);
        _orphans = new OrphanReaper(_reaper, log);
        _released = released;
        _shared = shared;
        Rescue = new LoopRescue(shared, _trees, log);
    }

    /// <summary>Launches under way, running handlers, and those whose descendants are being ended.</summary>
    public override int Count => _launcher.Count + _reaper.Count + _ender.Count;

    public override int Descriptors =>
        (_launcher.Count * DescriptorRoom.PerLaunch) + (_reaper.Count * DescriptorsPerHandler) + _ender.Count + _trees.Descriptors;

    /// <summary>Handlers whose own process runs.</summary>
    public IEnumerable<Handler> Running => _reaper.Handlers;

    public override bool IsSettled => _launcher.Count == 0;

    /// <summary>Ends handlers; their connections are finished when the last of their processes is gone.</summary>
    public HandlerEnder Ender => _ender;

    /// <summary>Launches other programs of superd's own.</summary>
    public Launcher Launcher => _launcher;

    /// <summary>Frees the loop when a handler keeps it waiting for a file that both have.</summary>
    public LoopRescue Rescue { get; }

    /// <summary>How the processes of a handler are found, for people.</summary>
    public string TreesMeans => _trees.Means;

    /// <summary>Serves a connection that has its place.</summary>
    public void Start(Connection connection)
    {
        connection.Service.LaunchesUnderWay++;
        _trees.Enter(connection);
        _launcher.Submit(connection, _planner.PlanFor(connection), connection.Definition.Process.Stderr == StderrTarget.Log);
    }

    /// <summary>Ends the handler of a peer that has sent nothing for too long; nothing happens while it is not launched, or has ended.</summary>
    public void EndIdle(Connection connection)
    {
        if (connection.Server is RunningHandler running)
        {
            _ender.End(running.Handler, EndReason.IdleTimeout);
        }
    }

    /// <summary>superd is the first process of a container: reaps what handlers and others leave behind.</summary>
    /// <param name="mayReap">False while a child that is no handler runs, whose status somebody waits for.</param>
    public void SweepOrphans(Func<bool> mayReap)
    {
        if (mayReap())
        {
            _orphans.Sweep(_launcher.IsUnderWay);
        }

        _loop.Schedule(s_orphanSweepInterval, () => SweepOrphans(mayReap));
    }

    /// <summary>The loop has ended: writes the records that still wait for byte counts, and removes what was made to find processes.</summary>
    public void Dispose()
    {
        _released.Flush();
        _trees.Dispose();
        _released.Dispose();
    }

    public override StageHandover HandOver(KeptDescriptors kept) => new HandlersHandover(
        _trees.HandOver(kept),
        [
            .. _reaper.HandOver(kept).Select(child => HandOver(child.Handler, child.Stderr, kept)),
            .. _ender.Leaving.Select(handler => HandOver(handler, null, kept)),
        ]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not HandlersHandover handed)
        {
            return false;
        }

        foreach (HandlerHandover handler in handed.Handlers)
        {
            Inherit(handler, inheritance);
        }

        _released.CatchUp(); // before more of the kernel's events find no room
        return true;
    }

    /// <summary>2. The handler executes its program, and may have ended by now; or the launch has failed.</summary>
    private void OnLaunchSettled(LaunchOrder order)
    {
        Connection connection = order.Connection;
        connection.Service.LaunchesUnderWay--;
        if (order.Failure is { } failure)
        {
            _trees.Leave(connection);
            _sink.OnLaunchFailed(connection, failure);
        }
        else
        {
            OnLaunched(order, connection);
        }
    }

    private void OnLaunched(LaunchOrder order, Connection connection)
    {
        var handler = new Handler(connection, order.Pid, order.Pidfd!, order.SubmittedMs); // no error: it is there
        connection.Server = new RunningHandler(this, handler);
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

        LogLaunch(handler);
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

    private void LogLaunch(Handler handler)
    {
        Connection connection = handler.Connection;
        string service = connection.Service.Name;
        switch (connection)
        {
            case { Definition.Wait: true, Peer.IsKnown: true }:
                _log.StartDatagramWait(service, connection.Id, connection.Listener, connection.Peer, handler.Pid);
                break;
            case { Definition.Wait: true }:
                _log.StartWait(service, connection.Id, connection.Listener, handler.Pid);
                break;
            default:
                _log.Accept(service, connection.Id, connection.Peer, handler.Pid, connection.Service.Occupancy);
                break;
        }
    }

    /// <summary>Closes superd's own descriptor of a socket that is the handler's alone from here on.</summary>
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
        _shared.Set(handler.SharedNumbers.Socket, null); // the number is free
    }

    /// <summary>3. It lives longer than most.</summary>
    private void OnGrown(Handler handler)
    {
        if (!handler.IsReaped)
        {
            _trees.OnGrown(handler);
            _watch.Add(handler);
            _reaper.WatchStderr(handler);
        }
    }

    /// <summary>4. Its own process has ended. The client learns it first of all, if nothing else of the handler can have more to say.</summary>
    private void OnEnding(Handler handler)
    {
        if (!handler.IsKnownGone && _trees.IsKnownGone(handler))
        {
            handler.IsKnownGone = true;
            handler.EndStream();
        }
    }

    /// <summary>Its process has ended, and cannot be reaped as long as another process traces it.</summary>
    private void OnHeld(Handler handler)
    {
        _ender.OnHeld(handler);
        if (!handler.Definition.EndsOrphans)
        {
            handler.EndStream(); // whatever it has left behind may stay, and is not waited for
        }
    }

    private void OnReaped(Handler handler)
    {
        _watch.Remove(handler);
        _ender.OnReaped(handler);
    }

    /// <summary>5. The handler and all it had started are gone.</summary>
    private void OnGone(Handler handler)
    {
        handler.EndStream();
        _shared.Remove(handler);
        if (handler.HasHeldLoop)
        {
            handler.EndReason = EndReason.HeldLoop;
        }

        _trees.Leave(handler.Connection);
        _sink.OnHandlerGone(handler);
    }

    /// <summary>Runs the record of a handler that is gone: at once, or when the kernel has said what went over its connection.</summary>
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

    private HandlerHandover HandOver(Handler handler, StderrHandover? stderr, KeptDescriptors kept) => new()
    {
        Connection = ConnectionHandover.Of(handler.Connection, handler.KeepsSocket ? kept.Keep(handler.Connection.Socket) : null),
        Pid = handler.Pid,
        Pidfd = handler.IsReaped ? null : kept.Keep(handler.Pidfd),
        StartedMs = handler.StartedMs,
        Terms = TermsHandover.Of(handler.Definition),
        EndReason = handler.EndReason,
        Stderr = stderr,
        KillMs = _ender.KillMsOf(handler),
        IsKilled = _ender.IsKilled(handler),
        End = handler.End is { } end ? new EndHandover(end.Status.Code, end.Status.Signal, end.Usage.CpuTime, end.Usage.PeakMemoryKiB, end.DurationMs) : null,
        Orphans = handler.Orphans,
        Released = handler.Released is { } identity ? ReleasedHandover.Of(identity) : null,
        Traffic = handler.Traffic,
    };

    private void Inherit(HandlerHandover handed, Inheritance inheritance)
    {
        Fd? pidfd = inheritance.Take(handed.Pidfd);
        if (pidfd is null && handed.End is null)
        {
            return; // Cannot happen: superd itself wrote the handover.
        }

        Fd? socket = inheritance.Take(handed.Connection.Socket);
        Connection connection = inheritance.RestoreAdmitted(handed.Connection, socket);
        var handler = new Handler(connection, handed.Pid, pidfd ?? Inheritance.Closed, handed.StartedMs)
        {
            Definition = handed.Terms.Over(connection.Service.Definition),
            KeepsSocket = socket is not null,
            EndReason = handed.EndReason,
            Orphans = handed.Orphans,
            Released = handed.Released?.ToIdentity(),
            Traffic = handed.Traffic,
            End = handed.End is { } end
                ? new HandlerEnd(new ExitStatus(end.Code, end.Signal), new ResourceUsage(end.CpuTime, end.PeakMemoryKiB), end.DurationMs)
                : null,
        };
        connection.Server = new RunningHandler(this, handler);
        Fd? stderr = handler.IsReaped ? null : inheritance.Take(handed.Stderr?.Pipe);
        _shared.Add(handler, connection.Socket, stderr);
        if (handler is { Released: not null, Traffic: null })
        {
            _released.Add(handler);
        }

        _trees.Inherit(handler, handed.Connection.Cgroup);
        if (!handler.IsReaped)
        {
            _reaper.Inherit(handler, stderr, handed.Stderr);
            _watch.Add(handler);
        }

        _ender.Inherit(handler, handed.KillMs, handed.IsKilled);
    }

    /// <summary>A handler as the console sees it.</summary>
    private sealed class RunningHandler(Handlers owner, Handler handler) : IConnectionServer
    {
        public Handler Handler => handler;

        public ServingState State
        {
            get
            {
                TcpTraffic? traffic = !handler.KeepsSocket ? owner._released.TrafficOf(handler)
                    : TcpConnection.ReadTraffic(handler.Connection.Socket, out TcpTraffic read).IsError ? null
                    : read;
                string word = handler.IsReaped || handler.IsHeld ? "leaving" : handler.EndReason != EndReason.None ? "ending" : "running";
                return new ServingState(word, handler.StartedMs)
                {
                    Pid = handler.Pid,
                    IdleMs = (long?)traffic?.IdleFor.TotalMilliseconds,
                    BytesIn = traffic?.BytesIn,
                    BytesOut = traffic?.BytesOut,
                    Usage = handler.IsReaped ? null : ProcessUsage.Of(handler.Pid),
                };
            }
        }

        public void End() => owner._ender.End(handler, EndReason.Operator);
    }
}

/// <summary>What becomes of connections that are served by processes; the conductor listens.</summary>
internal interface IHandlerSink
{
    /// <summary>A handler executes its program.</summary>
    void OnLaunched(Handler handler);

    /// <summary>There is no handler; the connection's socket is the receiver's again.</summary>
    void OnLaunchFailed(Connection connection, LaunchFailure failure);

    /// <summary>The handler and all it had started are gone, and its stream to the client is ended; the socket is the receiver's again.</summary>
    void OnHandlerGone(Handler handler);
}

/// <summary>See <see cref="Handlers"/>.</summary>
internal sealed record HandlersHandover(TreesHandover Trees, IReadOnlyList<HandlerHandover> Handlers) : StageHandover;
