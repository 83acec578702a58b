using System.Diagnostics;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>What the kernel says of processes, of living ones and of others.</summary>
public sealed class ProcessTableTests
{
    [Test]
    public void A_process_is_known_by_its_session_and_its_start_whatever_it_calls_itself()
    {
        using var directory = new TempDir();
        string program = directory["a) S 1 1 1 (b"];
        File.CreateSymbolicLink(program, Needs.Program("sleep"));
        using Process sleep = Process.Start(program, "1000");
        try
        {
            Patience.Until(() => File.ReadAllText($"/proc/{sleep.Id}/comm").StartsWith("a)", StringComparison.Ordinal), "it has executed");
            ProcessStat stat = ProcessStat.Of(sleep.Id)!.Value; // it lives

            Assert.That(stat.Session, Is.EqualTo(ProcFs.Session(Environment.ProcessId)));
            Assert.That(stat.Threads, Is.EqualTo(1));
            Assert.That(stat.StartedAtNs, Is.LessThanOrEqualTo(ProcessClock.NowNs));
            Assert.That(stat.StartedAtNs, Is.GreaterThan(ProcessStat.Of(Environment.ProcessId)!.Value.StartedAtNs));
            Assert.That(NativeMethods.Kill(sleep.Id, Signal.SIGSTOP), Is.Zero);
            Patience.Until(() => ProcessStat.Of(sleep.Id) is { IsStopped: true, HasEnded: false }, "it is stopped");
        }
        finally
        {
            sleep.Kill();
        }
    }

    [Test]
    public void A_process_that_has_gone_is_simply_not_there()
    {
        using Process gone = Process.Start(Needs.Program("true"), string.Empty);
        gone.WaitForExit();
        var children = new List<int>();
        ProcessTable.AddChildren(gone.Id, threads: 1, children);
        ProcessTable.AddChildren(gone.Id, threads: 2, children);

        Assert.That(ProcessStat.Of(gone.Id), Is.Null);
        Assert.That(ProcessTable.UsersOf(gone.Id), Is.Empty);
        Assert.That(ProcessClock.TryRead(gone.Id, out _), Is.False);
        Assert.That(children, Is.Empty);
    }

    [Test]
    public void The_clock_of_a_process_stands_while_it_sleeps_and_goes_when_it_has_run_at_all()
    {
        var start = new ProcessStartInfo(Needs.Program("cat")) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process cat = Process.Start(start)!; // it is a new process
        try
        {
            cat.StandardInput.WriteLine("one");
            Assert.That(cat.StandardOutput.ReadLine(), Is.EqualTo("one"));
            Patience.UntilStill(() => Read(cat.Id), "it sleeps");
            long before = Read(cat.Id);
            Thread.Sleep(TimeSpan.FromMilliseconds(50));
            Assert.That(Read(cat.Id), Is.EqualTo(before));

            cat.StandardInput.WriteLine("two");
            Assert.That(cat.StandardOutput.ReadLine(), Is.EqualTo("two"));

            Assert.That(Read(cat.Id), Is.GreaterThan(before));
        }
        finally
        {
            cat.Kill();
        }
    }

    [Test]
    public void The_children_of_every_thread_are_found_and_the_users_of_each()
    {
        using Process sleep = Process.Start(Needs.Program("sleep"), "1000"); // by some thread of this process
        try
        {
            var children = new List<int>();
            ProcessTable.AddChildren(Environment.ProcessId, threads: 2, children);

            Assert.That(children, Does.Contain(sleep.Id));
            Assert.That(ProcessTable.UsersOf(sleep.Id), Is.EqualTo(Enumerable.Repeat(UnixSocket.OwnUserId, 3)));
        }
        finally
        {
            sleep.Kill();
        }
    }

    private static long Read(int pid)
    {
        Assert.That(ProcessClock.TryRead(pid, out long ranNs), Is.True);
        return ranNs;
    }
}
