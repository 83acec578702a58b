using System.IO.Pipes;
using SuperD.Linux;
using SuperD.Tests.Support;
using ChildProcess = SuperD.Linux.ChildProcess;

namespace SuperD.Tests.Linux;

/// <summary>One launch, made as superd makes it but with a pipe in place of the client's socket. Killed and reaped when disposed.</summary>
internal sealed class LaunchedChild : IDisposable
{
    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In);
    private ExitStatus? _status;

    public LaunchedChild(ProcessLauncher launcher, LaunchPlan plan)
    {
        // Not disposed here: the stream owns the number.
        var writeEnd = new Fd((int)_output.ClientSafePipeHandle.DangerousGetHandle());
        Pipe = ProcFs.Descriptors(Environment.ProcessId)[writeEnd.Value];
        Result = launcher.Launch(plan, writeEnd, stderr: null, cgroup: null);
        Holders = [.. ProcFs.Descriptors(Environment.ProcessId).Where(open => open.Value == Pipe).Select(open => open.Key)];
        Own = [.. new[] { writeEnd.Value, (int)_output.SafePipeHandle.DangerousGetHandle() }.Order()];
        _output.DisposeLocalCopyOfClientHandle();
    }

    public LaunchResult Result { get; }

    /// <summary>What its stdout is: <c>pipe:[123]</c>.</summary>
    public string Pipe { get; }

    /// <summary>The descriptors of this process that held the pipe right after the launch.</summary>
    public int[] Holders { get; }

    /// <summary>Those of them that are the test's own.</summary>
    public int[] Own { get; }

    /// <summary>A plan with the steps every launch has, others between them, and a command.</summary>
    public static LaunchPlan Plan(string[] command, Action<LaunchPlan>? others = null)
    {
        var plan = new LaunchPlan();
        plan.UnshareDescriptors();
        plan.PlaceSocket(0);
        plan.PlaceSocket(1);
        plan.PlaceStderr();
        plan.CloseDescriptorsFrom(3);
        others?.Invoke(plan);
        plan.ClearSignalMask();
        plan.Execute(command[0], command);
        return plan;
    }

    public static LaunchPlan Shell(string script, Action<LaunchPlan>? others = null) => Plan(["/bin/sh", "-c", script], others);

    /// <summary>All it writes, until its end and that of every other holder of its stdout.</summary>
    public string ReadToEnd() => new StreamReader(_output).ReadToEndAsync().WaitAsync(Patience.Limit).GetAwaiter().GetResult();

    /// <summary>Waits for its end.</summary>
    public ExitStatus Reap(out ResourceUsage usage)
    {
        _ = ChildProcess.Reap(Result.Pidfd!, out ExitStatus status, out usage); // a test that reaps has launched
        _status = status;
        return status;
    }

    public void Dispose()
    {
        if (Result.Pidfd is not null && _status is null)
        {
            _ = ChildProcess.Signal(Result.Pidfd, Signal.SIGKILL);
            _ = Reap(out _);
        }

        Result.Pidfd?.Dispose();
        _output.Dispose();
    }
}
