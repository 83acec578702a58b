using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>One launch, from its connection to its outcome. Loop only.</summary>
/// <remarks>Reused for later launches, so that a launch allocates next to nothing.</remarks>
internal sealed class LaunchOrder(Launcher launcher) : IReadySource, IConnectionServer
{
    private Connection? _connection;
    private Launch? _launch;
    private bool _pipesStderr;

    /// <summary>The connection the handler is for.</summary>
    public Connection Connection => _connection ?? throw new InvalidOperationException("the launch order was not prepared");

    /// <summary>When it was submitted, as the loop's <c>NowMs</c>; from here on the client waits for its handler.</summary>
    public long SubmittedMs { get; private set; }

    /// <summary>When its child was created, as the loop's <c>NowMs</c>; valid once the launch has begun.</summary>
    public long BegunMs { get; private set; }

    /// <summary>Whether there is a child.</summary>
    public bool IsBegun => _launch is not null;

    /// <summary>Why the handler must be ended as soon as it executes; None if it must not.</summary>
    public EndReason EndReason { get; set; }

    /// <summary>The child's pid; valid once the launch has begun.</summary>
    public int Pid { get; private set; }

    /// <summary>The child's pidfd; if the launch succeeds, the receiver owns it.</summary>
    public Fd? Pidfd { get; private set; }

    /// <summary>
    /// The watch of the pidfd, which the receiver takes over with it; the default value if the kernel had no memory for one.
    /// </summary>
    public WatchToken PidfdWatch { get; private set; }

    /// <summary>Whether the child has exited by now.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The read end of the stderr pipe, null without one; if the launch succeeds, the receiver owns it.</summary>
    public Fd? StderrPipe { get; private set; }

    /// <summary>
    /// When the child executed its program, as a timestamp of the loop's <c>TimeProvider</c>: the later of when it was about to and when it
    /// was last seen not to have.
    /// </summary>
    public long ExecutedAt { get; private set; }

    /// <summary>Why it failed; null if it did not.</summary>
    public LaunchError? Error { get; private set; }

    /// <summary>The same in words, set before the receiver is notified.</summary>
    public LaunchFailure? Failure { get; set; }

    public ServingState State => new("starting", SubmittedMs) { Pid = IsBegun ? Pid : null };

    private EventLoop Loop => launcher.Loop;

    /// <summary>Initializes the order for a launch.</summary>
    public void Prepare(Connection connection, bool pipesStderr)
    {
        _connection = connection;
        connection.Server = this;
        _pipesStderr = pipesStderr;
        SubmittedMs = Loop.NowMs;
    }

    /// <summary>Ends the handler as soon as it executes, as an operator asked.</summary>
    public void End() => EndReason = EndReason.Operator;

    /// <summary>Clears all references, so that a free order keeps nothing alive.</summary>
    public void Clear()
    {
        _connection = null;
        EndReason = EndReason.None;
        Pidfd = null;
        PidfdWatch = default;
        StderrPipe = null;
        HasEnded = false;
        ExecutedAt = 0;
        Error = null;
        Failure = null;
    }

    /// <summary>Creates the child, or sets <see cref="Error"/>.</summary>
    public void Begin(Launch launch, LaunchPlan plan)
    {
        if (Connection is { Definition.Limits.Needs: not CgroupControllers.None, Cgroup: null })
        {
            Fail(launch, new LaunchError(LaunchFailure.LimitsStep, Errno.EOPNOTSUPP));
            return;
        }

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
        if (plan.IsPartial)
        {
            HandlerTexts.Write(launch, Connection);
        }

        HandlerEnvironment.Write(launch.Environment, Connection);
        launch.DynamicUser = Connection.DynamicUser ?? 0; // of no meaning to a plan with a fixed user
        LaunchError? problem = launch.Start(plan, Connection.Socket, writeEnd, group, out Fd? pidfd);
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

        // Without kernel memory for a watch, the launcher's polling still notices the outcome. The pidfd is set: there was no error.
        PidfdWatch = Loop.Watch(pidfd!, EpollEvents.Readable, this, out WatchToken watch).IsError ? default : watch;
    }

    /// <summary>Fails the launch before it begins: its user is no longer the configured one.</summary>
    public void FailForUser() => Error = new LaunchError(LaunchFailure.UserStep, Errno.ESRCH);

    /// <summary>Fails the launch before it begins: every user that connections may have is taken.</summary>
    public void FailForDynamicUser() => Error = new LaunchError(LaunchFailure.DynamicUserStep, Errno.EAGAIN);

    /// <summary>Fails the launch before it begins: superd can become none of the users that connections may have.</summary>
    public void FailForUserNamespace() => Error = new LaunchError(LaunchFailure.UserNamespaceStep, Errno.EPERM);

    /// <summary>Fails the launch before it begins: its sandbox cannot be made.</summary>
    public void FailForSandbox(LandlockError error) => Error = new LaunchError($"{LaunchFailure.SandboxStep}({error.What})", error.Errno);

    /// <summary>The child exited; its <see cref="Launch"/> knows whether it reached execve.</summary>
    public void OnReady(EpollEvents events)
    {
        HasEnded = true;
        launcher.Settle();
    }

    /// <summary>Records the outcome of a launch that was begun; returns false if the child has neither executed nor failed yet.</summary>
    /// <remarks>
    /// It releases the launch at once: left in its slot, the launch would keep the socket open after superd has closed it and logged that,
    /// and would swallow what a client sends then.
    /// </remarks>
    public bool TrySettle()
    {
        Launch launch = _launch!; // set by Begin
        switch (launch.State)
        {
            case LaunchState.UnderWay:
                ExecutedAt = Loop.Time.GetTimestamp(); // at the earliest
                return false;

            case LaunchState.Executed:
                ExecutedAt = Math.Max(ExecutedAt, launch.ExecuteTime);
                break;

            default:
                SysResult reaped = ChildProcess.Reap(Pidfd!, out _, out _); // set by Begin
                if (reaped.Errno == Errno.EAGAIN && !HasEnded)
                {
                    return false; // about to exit, which the pidfd will report
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

    /// <summary>Runs when the launch takes long: returns its slots to other launches, if the child no longer needs them.</summary>
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
