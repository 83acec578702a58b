using System.Globalization;
using NUnit.Framework;
using SuperD.Ending;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Ending;

/// <summary>A process and its descendants, and whether any of them has run since the last look.</summary>
public sealed class FamilyTests
{
    private RunningProgram _shell = null!; // set before each test
    private Family _family = null!;

    [SetUp]
    public void Prepare()
    {
        _shell = new RunningProgram("sh", ["-c", "while read line; do sleep 1000 >&- 2>&- & echo $!; done"]);
        _family = new Family(_shell.Pid);
    }

    [TearDown]
    public void Clean_up() => _shell.Dispose();

    [Test]
    public void A_family_that_sleeps_is_idle_since_it_was_looked_at_and_need_not_be_read_again()
    {
        _ = Fork();
        LookUntilStill();

        Assert.That(_family.Look(), Is.Zero);
        Assert.That(_family.IdleSinceNs(), Is.InRange(1, ProcessClock.NowNs), "before the look nothing is known of it");
    }

    [Test]
    public void A_child_that_was_made_since_is_found_by_the_next_look()
    {
        LookUntilStill();

        int child = Fork();

        Assert.That(_family.IdleSinceNs(), Is.EqualTo(long.MaxValue), "the shell has run");
        Assert.That(Knows(child), Is.False);
        Assert.That(_family.Look(), Is.GreaterThan(0));
        Assert.That(Knows(child), Is.True);
        Assert.That(_family.Size, Is.EqualTo(2));
    }

    [Test]
    public void A_member_is_known_by_its_start_too_so_that_its_pid_can_be_anothers()
    {
        LookUntilStill();
        long start = ProcessStat.Of(_shell.Pid)!.Value.StartTicks; // it is alive

        Assert.That(_family.Knows(_shell.Pid, start), Is.True);
        Assert.That(_family.Knows(_shell.Pid, start + 1), Is.False);
    }

    [Test]
    public void One_that_has_gone_is_known_until_the_look_after_the_next()
    {
        int child = Fork();
        LookUntilStill();
        long start = ProcessStat.Of(child)!.Value.StartTicks; // it is alive
        _ = NativeMethods.Kill(child, Signal.SIGKILL);
        Patience.Until(() => !ProcFs.IsRunning(child), "it has ended");
        _ = Fork(); // the shell reaps it

        _family.Look();

        Assert.That(_family.Knows(child, start), Is.True);
    }

    private int Fork()
    {
        _shell.Send("\n");
        return int.Parse(_shell.Output.ReadLine()!, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until all of them sleep and the family has noticed.</summary>
    private void LookUntilStill() => Patience.Until(() => _family.Look() == 0, "it sleeps");

    private bool Knows(int pid) => _family.Knows(pid, ProcessStat.Of(pid)!.Value.StartTicks); // tests ask only about live processes
}
