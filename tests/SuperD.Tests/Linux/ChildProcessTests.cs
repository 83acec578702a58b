using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;
using ChildProcess = SuperD.Linux.ChildProcess;

namespace SuperD.Tests.Linux;

/// <summary>How a child ended, what it used, and signals that reach only the intended process.</summary>
[NonParallelizable]
public sealed class ChildProcessTests
{
    private static readonly ProcessLauncher s_launcher = ProcessLauncher.Create(1);

    [TestCase("exit 0", 0)]
    [TestCase("exit 7", 7)]
    [TestCase("exit 255", 255)]
    public void A_child_that_exits_has_a_code_and_no_signal(string script, int code)
    {
        using LaunchedChild child = Launch(script);

        ExitStatus status = child.Reap(out _);

        Assert.That(status, Is.EqualTo(new ExitStatus(code, 0)));
        Assert.That(status.IsSuccess, Is.EqualTo(code == 0));
    }

    [TestCase("kill -KILL $$", 9)]
    [TestCase("kill -TERM $$", 15)]
    [TestCase("ulimit -c 0; kill -ABRT $$", 6)]
    public void A_child_that_is_killed_has_a_signal(string script, int signal)
    {
        using LaunchedChild child = Launch(script);

        ExitStatus status = child.Reap(out _);

        Assert.That(status.Signal, Is.EqualTo(signal));
        Assert.That(status.IsSuccess, Is.False);
    }

    [Test]
    public void What_a_child_used_is_told_its_own_children_included()
    {
        using LaunchedChild idle = Launch(":");
        using LaunchedChild busy = Launch("(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done)");

        _ = idle.Reap(out ResourceUsage little);
        _ = busy.Reap(out ResourceUsage much);

        Assert.That(much.CpuTime, Is.GreaterThan(TimeSpan.FromMilliseconds(20)).And.GreaterThan(little.CpuTime));
        Assert.That(much.PeakMemoryKiB, Is.GreaterThan(0));
    }

    [Test]
    public void A_child_can_be_reaped_once_and_never_signalled_after_it()
    {
        using LaunchedChild child = Launch("exit 3");
        _ = child.Reap(out _);

        const int ECHILD = 10;
        Assert.That(ChildProcess.Reap(child.Pidfd!, out _, out ResourceUsage usage).Errno, Is.EqualTo(ECHILD));
        Assert.That(usage, Is.EqualTo(default(ResourceUsage)));
        Assert.That(ChildProcess.Signal(child.Pidfd!, Signal.SIGTERM).Errno, Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void A_group_is_signalled_as_one()
    {
        using var child = new LaunchedChild(s_launcher, LaunchedChild.Shell("sleep 300 & echo up; wait", plan => plan.OwnProcessGroup()));
        Assert.That(ChildProcess.SignalGroup(child.Pid, Signal.SIGKILL).IsError, Is.False);

        // sleep holds the pipe too, so end of file means that both have ended.
        _ = child.ReadToEnd();
        Assert.That(child.Reap(out _).Signal, Is.EqualTo(Signal.SIGKILL));
        Assert.That(() => ChildProcess.SignalGroup(child.Pid, 0).Errno, Is.EqualTo(Errno.ESRCH).After(30_000, 5));
    }

    [Test]
    public void A_child_that_runs_cannot_be_reaped()
    {
        using LaunchedChild child = Launch("sleep 300");

        Assert.That(ChildProcess.Reap(child.Pidfd!, out _, out _).Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That(ChildProcess.WaitForEnd(child.Pidfd!, TimeSpan.FromMilliseconds(1)), Is.False);
    }

    [Test]
    public void A_child_that_has_ended_cannot_be_reaped_while_another_process_traces_it()
    {
        using var directory = new TempDir();
        using var child = new LaunchedChild(s_launcher, LaunchedChild.Plan([TracedProgram.Compile(directory)]));
        Assert.That(ChildProcess.WaitForEnd(child.Pidfd!, Patience.Limit), Is.True, "its pidfd is readable");
        int tracer = ChildProcess.TracerOf(child.Pid);

        Assert.That(ChildProcess.Reap(child.Pidfd!, out _, out ResourceUsage usage).Errno, Is.EqualTo(Errno.EAGAIN));
        Assert.That(usage, Is.EqualTo(default(ResourceUsage)));

        Assert.That(ChildProcess.Signal(tracer, Signal.SIGKILL), Is.EqualTo(SysResult.Ok()));
        Assert.That(TracedProgram.TracerOf(child.ReadToEnd()), Is.EqualTo(tracer));
        Patience.Until(() => ChildProcess.TracerOf(child.Pid) == 0, "nobody traces it");
        Assert.That(child.Reap(out _), Is.EqualTo(new ExitStatus(3, 0)));
    }

    private static LaunchedChild Launch(string script) => new(s_launcher, LaunchedChild.Shell(script));
}
