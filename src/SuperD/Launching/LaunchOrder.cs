using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>One launch on its way: from the loop to a launcher thread, and back with what became of it.</summary>
/// <remarks>Used again for later launches, so that a launch allocates next to nothing. Only one thread has it at a time.</remarks>
internal sealed class LaunchOrder
{
    private LaunchPlan? _plan;
    private Connection? _connection;
    private bool _pipesStderr;

    /// <param name="complete">Run on the loop when the launch is done.</param>
    public LaunchOrder(Action<LaunchOrder> complete) => Completed = () => complete(this);

    /// <summary>What to post to the loop when the launch is done; made once, with the order.</summary>
    public Action Completed { get; }

    /// <summary>The connection the handler is for.</summary>
    public Connection Connection => _connection ?? throw new InvalidOperationException("the launch order was not prepared");

    /// <summary>When it was handed out, in the loop's <c>NowMs</c>: from here on the client waits for its handler.</summary>
    public long SubmittedMs { get; private set; }

    /// <summary>True when it is done with, and before it was first prepared.</summary>
    public bool IsClear => _connection is null;

    /// <summary>What became of it.</summary>
    public LaunchResult Result { get; private set; }

    /// <summary>The read end of the stderr pipe of a successful launch, owned by the receiver; null without one.</summary>
    public Fd? StderrPipe { get; private set; }

    /// <summary>Fills the order in. Loop only.</summary>
    public void Prepare(Connection connection, LaunchPlan plan, bool pipesStderr, long nowMs)
    {
        _connection = connection;
        _plan = plan;
        _pipesStderr = pipesStderr;
        SubmittedMs = nowMs;
    }

    /// <summary>Lets go of everything, so that a free order keeps nothing alive. Loop only.</summary>
    public void Clear()
    {
        _connection = null;
        _plan = null;
        Result = default;
        StderrPipe = null;
    }

    /// <summary>Launches. Launcher thread.</summary>
    public void Run(ProcessLauncher launcher, UserWatch users, Cgroup? groups)
    {
        LaunchPlan plan = _plan ?? throw new InvalidOperationException("the launch order was not prepared");
        if (!users.IsAsConfigured(Connection.Definition.Process))
        {
            Result = new LaunchResult(0, null, LaunchFailure.UserStep, Errno.ESRCH);
            return;
        }

        Fd? group = null;
        if (groups is not null && Connection.Cgroup is { } name)
        {
            SysResult result = groups.CreateAndOpen(name, out group);
            if (result.IsError)
            {
                Result = new LaunchResult(0, null, "mkdir(cgroup)", result.Errno);
                return;
            }
        }

        using Fd? owned = group;
        Fd? writeEnd = null;
        if (_pipesStderr)
        {
            SysResult pipe = Pipe.Create(out Fd? readEnd, out writeEnd);
            if (pipe.IsError)
            {
                Result = new LaunchResult(0, null, "pipe2(stderr)", pipe.Errno);
                return;
            }

            StderrPipe = readEnd;
        }

        HandlerEnvironment.Write(launcher.Environment, Connection);
        Result = launcher.Launch(plan, Connection.Socket, writeEnd, group);
        writeEnd?.Dispose();
        if (Result.FailedStep is not null)
        {
            StderrPipe?.Dispose();
            StderrPipe = null;
        }
    }
}
