using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>One launch on its way, from its connection to what became of it. Loop only.</summary>
/// <remarks>Used again for later launches, so that a launch allocates next to nothing.</remarks>
internal sealed class LaunchOrder(Launcher launcher) : IReadySource, IConnectionServer
{
    private Connection? _connection;
    private LaunchPlan? _plan;
    private Launch? _launch;
    private bool _pipesStderr;

    /// <summary>The connection the handler is for.</summary>
    public Connection Connection => _connection ?? throw new InvalidOperationException("the launch order was not prepared");

    /// <summary>When it was handed out, in the loop's <c>NowMs</c>: from here on the client waits for its handler.</summary>
    public long SubmittedMs { get; private set; }

    /// <summary>When its child was made, in the loop's <c>NowMs</c>; of a launch that was begun.</summary>
    public long BegunMs { get; private set; }

    /// <summary>Whether there is a child.</summary>
    public bool IsBegun => _launch is not null;

    /// <summary>Why the handler is to be ended as soon as it executes; none when it is not.</summary>
    public EndReason EndReason { get; set; }

    /// <summary>The child's pid; of a launch that was begun.</summary>
    public int Pid { get; private set; }

    /// <summary>The child's pidfd, owned by the receiver of a launch that succeeded.</summary>
    public Fd? Pidfd { get; private set; }

    /// <summary>The watch of the pidfd, which goes to the receiver with it; the default value where there was no memory for one.</summary>
    public WatchToken PidfdWatch { get; private set; }

    /// <summary>Whether the child has ended by now.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The read end of the stderr pipe, owned by the receiver of a launch that succeeded; null without one.</summary>
    public Fd? StderrPipe { get; private set; }

    /// <summary>When the child executed its program, as a timestamp of the loop's <c>TimeProvider</c>: when it was about to, or when it was last seen not to have.</summary>
    public long ExecutedAt { get; private set; }

    /// <summary>Why it failed; null when it did not.</summary>
    public LaunchError? Error { get; private set; }

    /// <summary>The same in words, once the receiver is told of it.</summary>
    public LaunchFailure? Failure { get; set; }

    public ServingState State => new("starting", SubmittedMs) { Pid = IsBegun ? Pid : null };

    private EventLoop Loop => launcher.Loop;

    /// <summary>Fills the order in.</summary>
    public void Prepare(Connection connection, LaunchPlan plan, bool pipesStderr)
    {
        _connection = connection;
        connection.Server = this;
        _plan = plan;
        _pipesStderr = pipesStderr;
        SubmittedMs = Loop.NowMs;
    }

    /// <summary>Ends the handler as soon as it executes, as an operator asked.</summary>
    public void End() => EndReason = EndReason.Operator;

    /// <summary>Lets go of everything, so that a free order keeps nothing alive.</summary>
    public void Clear()
    {
        _connection = null;
        _plan = null;
        EndReason = EndReason.None;
        Pidfd = null;
        PidfdWatch = default;
        StderrPipe = null;
        HasEnded = false;
        ExecutedAt = 0;
        Error = null;
        Failure = null;
    }

    /// <summary>Makes the child, or says in <see cref="Error"/> why there is none.</summary>
    public void Begin(Launch launch)
    {
        Fd? group = null;
        if (Connection.Cgroup is { } leaf && leaf.Open(out group) is { IsError: true } unmade)
        {
            Fail(launch, new LaunchError("mkdir(cgroup)", unmade.Errno));
            return;
        }

        Fd? writeEnd = null;
        if (_pipesStderr)
        {
            SysResult pipe = launcher.TakePipe(out Fd? readEnd, out writeEnd);
            if (pipe.IsError)
            {
                Fail(launch, new LaunchError("pipe2(stderr)", pipe.Errno));
                return;
            }

            StderrPipe = readEnd;
        }

        using Fd? ownedEnd = writeEnd;
        HandlerEnvironment.Write(launch.Environment, Connection);
        LaunchError? problem = launch.Start(_plan!, Connection.Socket, writeEnd, group, out Fd? pidfd); // prepared
        Connection.Cgroup?.Close();
        if (problem is { } error)
        {
            Fail(launch, error);
            return;
        }

        _launch = launch;
        BegunMs = Loop.NowMs;
        Pid = launch.Pid;
        Pidfd = pidfd;

        // Out of kernel memory for watches: it is looked at from time to time anyhow.
        PidfdWatch = Loop.Watch(pidfd!, EpollEvents.Readable, this, out WatchToken watch).IsError ? default : watch; // no error: there is a child
    }

    /// <summary>Does not even begin: its user is not the configured one any more.</summary>
    public void FailForUser() => Error = new LaunchError(LaunchFailure.UserStep, Errno.ESRCH);

    /// <summary>The child has ended; whether it had executed before says its launch.</summary>
    public void OnReady(EpollEvents events)
    {
        HasEnded = true;
        launcher.Settle();
    }

    /// <summary>Takes down what has become of a launch that was begun; false when the child has neither executed nor failed yet.</summary>
    /// <remarks>
    /// The launch is given back here: left in its slot, the socket would still be open when superd has closed it and says so, and what
    /// a client sends then would be lost in it.
    /// </remarks>
    public bool TrySettle()
    {
        Launch launch = _launch!; // begun
        switch (launch.State)
        {
            case LaunchState.UnderWay:
                ExecutedAt = Loop.Time.GetTimestamp(); // at the earliest
                return false;

            case LaunchState.Executed:
                ExecutedAt = Math.Max(ExecutedAt, launch.ExecuteTime);
                break;

            default:
                SysResult reaped = ChildProcess.Reap(Pidfd!, out _, out _); // started
                if (reaped.Errno == Errno.EAGAIN && !HasEnded)
                {
                    return false; // in a moment: there is nothing more to it but its end, of which the pidfd tells
                }

                Error = launch.Error;
                if (PidfdWatch != default)
                {
                    Loop.Unwatch(Pidfd!, PidfdWatch);
                }

                if (reaped.Errno == Errno.EAGAIN)
                {
                    HeldChild.ReapLater(Loop, Pidfd!);
                }
                else
                {
                    Pidfd!.Dispose();
                }

                DropStderr();
                break;
        }

        _launch = null;
        launch.Release();
        return true;
    }

    /// <summary>It takes long: gives the slots back, if the child needs them no more, for others to be launched.</summary>
    public void FreeSlots() => _launch?.TryFreeSlots();

    private void Fail(Launch launch, LaunchError error)
    {
        Error = error;
        DropStderr();
        launch.Release();
    }

    private void DropStderr()
    {
        StderrPipe?.Dispose();
        StderrPipe = null;
    }
}
