using System.IO.Pipes;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;
using ChildProcess = SuperD.Linux.ChildProcess;

namespace SuperD.Tests.Linux;

/// <summary>
/// One launch, made as superd makes it but with a pipe in place of the client's socket. Dispose kills and reaps the child.
/// </summary>
internal sealed class LaunchedChild : IDisposable
{
    /// <summary>A command that runs longer than any test waits, but exits by itself if the tests are killed.</summary>
    public static readonly string[] Sleeper = ["/bin/sleep", "300"];

    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In);
    private ExitStatus? _status;

    /// <summary>Launches, and waits until the child has reached execve or failed.</summary>
    /// <param name="prepare">Adds variables to the launch's environment.</param>
    public LaunchedChild(ProcessLauncher launcher, LaunchPlan plan, Action<LaunchStrings>? prepare = null)
    {
        // Not disposed here, because the stream owns the descriptor.
        var writeEnd = new Fd((int)_output.ClientSafePipeHandle.DangerousGetHandle());
        Pipe = ProcFs.Descriptors(Environment.ProcessId)[writeEnd.Value];
        Assert.That(launcher.TryTake(out Launch? launch), Is.True, "there is a slot");
        prepare?.Invoke(launch!.Environment); // the slot is taken
        Error = launch!.Start(plan, writeEnd, stderr: null, cgroup: null, out Fd? pidfd);
        Pidfd = pidfd;
        Pid = launch.Pid;
        Patience.Until(() => launch.State != LaunchState.UnderWay, "the child has executed");
        if (launch.State == LaunchState.Failed)
        {
            Error = launch.Error;
            _ = Reap(out _);
        }

        launch.Release();
        Holders = [.. ProcFs.Descriptors(Environment.ProcessId).Where(open => open.Value == Pipe).Select(open => open.Key)];
        Own = [.. new[] { writeEnd.Value, (int)_output.SafePipeHandle.DangerousGetHandle() }.Order()];
        _output.DisposeLocalCopyOfClientHandle();
    }

    /// <summary>Why no child runs the program; null on success.</summary>
    public LaunchError? Error { get; }

    public Fd? Pidfd { get; }

    public int Pid { get; }

    /// <summary>The pipe on the child's stdout: <c>pipe:[123]</c>.</summary>
    public string Pipe { get; }

    /// <summary>This process's descriptors for the pipe right after the launch.</summary>
    public int[] Holders { get; }

    /// <summary>The test's own among the <see cref="Holders"/>.</summary>
    public int[] Own { get; }

    /// <summary>A plan with the steps that every launch has, others between them, and a command.</summary>
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
        plan.TakeTime();
        plan.Execute(command[0], command);
        return plan;
    }

    public static LaunchPlan Shell(string script, Action<LaunchPlan>? others = null) => Plan(["/bin/sh", "-c", script], others);

    /// <summary>Reads all output until the child and every other process have closed the pipe.</summary>
    public string ReadToEnd() => new StreamReader(_output).ReadToEndAsync().WaitAsync(Patience.Limit).GetAwaiter().GetResult();

    /// <summary>Waits for the child's end and reaps it.</summary>
    public ExitStatus Reap(out ResourceUsage usage)
    {
        ExitStatus status = ReapAtEnd(Pidfd!, out usage); // a test that reaps has launched
        _status = status;
        return status;
    }

    /// <summary>Waits for a child's end and reaps it.</summary>
    public static ExitStatus ReapAtEnd(Fd pidfd, out ResourceUsage usage)
    {
        Assert.That(ChildProcess.WaitForEnd(pidfd, Patience.Limit), Is.True, "the child ends");
        Assert.That(ChildProcess.Reap(pidfd, out ExitStatus status, out usage), Is.EqualTo(SysResult.Ok()));
        return status;
    }

    public void Dispose()
    {
        if (Pidfd is not null && _status is null)
        {
            _ = ChildProcess.Signal(Pidfd, Signal.SIGKILL);
            _ = Reap(out _);
        }

        Pidfd?.Dispose();
        _output.Dispose();
    }
}
