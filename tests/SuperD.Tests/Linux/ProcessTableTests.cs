using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>What the kernel reports about processes, alive or not.</summary>
public sealed class ProcessTableTests
{
    [Test]
    public void A_process_is_known_by_its_session_and_its_start_whatever_it_calls_itself()
    {
        using var directory = new TempDir();
        string program = directory["a) S 1 1 1 (b"];
        File.CreateSymbolicLink(program, Needs.Program("sleep"));
        using var sleep = new RunningProgram(program, ["1000"]);
        Patience.Until(() => File.ReadAllText($"/proc/{sleep.Pid}/comm").StartsWith("a)", StringComparison.Ordinal), "it has executed");
        ProcessStat stat = ProcessStat.Of(sleep.Pid)!.Value; // it is alive

        Assert.That(stat.Session, Is.EqualTo(ProcFs.Session(Environment.ProcessId)));
        Assert.That(stat.Threads, Is.EqualTo(1));
        Assert.That(stat.StartedAtNs, Is.LessThanOrEqualTo(ProcessClock.NowNs));
        Assert.That(stat.StartedAtNs, Is.GreaterThan(ProcessStat.Of(Environment.ProcessId)!.Value.StartedAtNs));
        Assert.That(sleep.Signal(Signal.SIGSTOP), Is.True);
        Patience.Until(() => ProcessStat.Of(sleep.Pid) is { IsStopped: true, HasEnded: false }, "it is stopped");
    }

    [Test]
    public void A_process_that_has_gone_is_simply_not_there()
    {
        using var gone = new RunningProgram(Needs.Program("true"), []);
        gone.WaitForEnd();
        var children = new List<int>();
        ProcessTable.AddChildren(gone.Pid, threads: 1, children);
        ProcessTable.AddChildren(gone.Pid, threads: 2, children);

        Assert.That(ProcessStat.Of(gone.Pid), Is.Null);
        Assert.That(ProcessTable.UsersOf(gone.Pid), Is.Empty);
        Assert.That(ProcessClock.TryRead(gone.Pid, out _), Is.False);
        Assert.That(children, Is.Empty);
    }

    [Test]
    public void The_clock_of_a_process_stands_while_it_sleeps_and_goes_when_it_has_run_at_all()
    {
        using var cat = new RunningProgram(Needs.Program("cat"), []);
        cat.Send("one\n");
        Assert.That(cat.Output.ReadLine(), Is.EqualTo("one"));
        Patience.UntilStill(() => Read(cat.Pid), "it sleeps");
        long before = Read(cat.Pid), own = Read(Environment.ProcessId);
        Patience.Until(() => Read(Environment.ProcessId) > own + 20_000_000, "the clock of this process, which runs, goes on");
        Assert.That(Read(cat.Pid), Is.EqualTo(before));

        cat.Send("two\n");
        Assert.That(cat.Output.ReadLine(), Is.EqualTo("two"));

        Assert.That(Read(cat.Pid), Is.GreaterThan(before));
    }

    [Test]
    public void The_children_of_every_thread_are_found_and_the_users_of_each()
    {
        using var sleep = new RunningProgram(Needs.Program("sleep"), ["1000"]); // a child of some thread of this process
        var children = new List<int>();
        ProcessTable.AddChildren(Environment.ProcessId, threads: 2, children);

        Assert.That(children, Does.Contain(sleep.Pid));
        Assert.That(ProcessTable.UsersOf(sleep.Pid), Is.EqualTo(Enumerable.Repeat(UnixSocket.OwnUserId, 3)));
    }

    private static long Read(int pid)
    {
        Assert.That(ProcessClock.TryRead(pid, out long ranNs), Is.True);
        return ranNs;
    }
}
