using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// No process of a handler outlives its connection, however it hides; tested with cgroups, and without them as an ordinary user.
/// </summary>
[TestFixture(true, TestName = "With cgroups")]
[TestFixture(false, TestName = "As a subreaper")]
public sealed class OrphanTests(bool withCgroups)
{
    private readonly string _mark = Guid.NewGuid().ToString("N");

    private string Listen => $"listen = '127.0.0.1:0'\nstop_grace = '300ms'\nenv.TEST_MARK = '{_mark}'\n";

    [SetUp]
    public void NeedsRoot()
    {
        Needs.Root();
        Needs.Program("setpriv");
        Needs.Program("setsid");
    }

    [TestCase("sleep 1000 &", TestName = "A_child_in_the_background")]
    [TestCase("setsid sleep 1000 &", TestName = "A_session_of_its_own")]
    [TestCase("(sleep 1000 & exec sleep 1000) &", TestName = "A_double_fork")]
    [TestCase("(setsid sh -c '(sleep 1000 &) ; sleep 1000' &)", TestName = "A_daemon_with_a_child_of_its_own")]
    [TestCase("(trap '' TERM; sleep 1000; sleep 1000) &", TestName = "One_that_ignores_TERM")]
    [TestCase("setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' &", TestName = "One_that_ignores_TERM_in_a_session_of_its_own")]
    public void What_a_handler_leaves_behind_ends_with_it(string leave)
    {
        using Daemon daemon = Start(("leave", Listen + TomlText.ExecShell($"{{ {leave}\n}} <&- >&- 2>&-\necho left")));
        using Client client = daemon.Connect("leave");

        Assert.That(client.ReadToEnd(), Is.EqualTo("left\n"));

        LogLine end = daemon.WaitFor("end", "leave");
        Assert.That(end.Number("exit"), Is.Zero, "its own exit status is told");
        Patience.Until(() => Survivors().Length == 0, "nothing of it lives");
    }

    [Test]
    public void A_process_that_has_cleared_its_environment_ends_too()
    {
        using Daemon daemon = Start(
            ("hide", Listen + TomlText.ExecShell("env -i TEST_MARK=$TEST_MARK setsid sleep 1234 <&- >&- 2>&- & sleep 0.2")));
        using Client client = daemon.Connect("hide");
        _ = client.ReadToEnd();
        _ = daemon.WaitFor("end", "hide");

        Patience.Until(() => Survivors().Length == 0, "it was found all the same");
    }

    [Test]
    public void Handlers_after_one_that_had_to_be_killed_are_served_as_ever()
    {
        using Daemon daemon = Start(
            (
                "stubborn",
                Listen + "instances = 1\nwhen_full = 'queue'\n" + TomlText.ExecShell("read what; trap '' TERM; $what; echo done")));
        for (int i = 0; i < 3; i++)
        {
            using Client stubborn = daemon.Connect("stubborn");
            stubborn.Send("sleep 1000\n");
            ProcFs.WaitUntilAtRest(daemon.Pid);
            stubborn.Reset();
            using Client next = daemon.Connect("stubborn");
            Assert.That(next.Send("true\n").ReadToEnd(), Is.EqualTo("done\n"));
        }
    }

    [Test]
    public void A_fork_bomb_ends_with_its_handler()
    {
        // Root is exempt from the limit on processes, so the handler must not be root.
        string user = withCgroups ? "user = 'nobody'\n" : "";
        using Daemon daemon = Start(
            (
                "bomb",
                Listen + user + "run_timeout = '1s'\nstderr = 'null'\nrlimit.nproc = 100\n"
                    + TomlText.ExecShell("f() { f | f & }; f; sleep 1000")));
        using Client client = daemon.Connect("bomb");

        _ = daemon.WaitFor("end", "bomb");

        Patience.Until(() => Survivors().Length == 0, "nothing of it lives");
    }

    [Test]
    public void With_keep_they_live_on()
    {
        using Daemon daemon = Start(
            ("keep", Listen + "orphans = 'keep'\n" + TomlText.ExecShell("setsid sh -c 'echo $$; exec sleep 1000 <&- >&- 2>&-' & read go")));
        using Client client = daemon.Connect("keep");
        int pid = int.Parse(client.ReadLine());
        _ = client.Send("go\n").ReadToEnd();
        _ = daemon.WaitFor("end", "keep");

        Assert.That(ProcFs.IsRunning(pid), Is.True);
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(ProcFs.IsRunning(pid), Is.True, "even when superd ends");
        Assert.That(NativeMethods.Kill(pid, SuperD.Linux.Signal.SIGKILL), Is.Zero);
    }

    [Test]
    public void Orphans_keep_their_place_among_the_instances_until_they_are_gone_and_are_counted()
    {
        using Daemon daemon = Start(
            (
                "one",
                Listen + "instances = 1\n" + TomlText.ExecShell("sh -c 'trap \"\" TERM; sleep 1000' <&- >&- 2>&- & sleep 0.1; echo left")));
        using Client client = daemon.Connect("one");
        Assert.That(client.ReadToEnd(), Is.EqualTo("left\n"));

        LogLine end = daemon.WaitFor("end", "one");

        Assert.That(end.Number("orphans"), Is.GreaterThanOrEqualTo(1));
        Assert.That(end["handlers"], Is.EqualTo("0/1"));
    }

    [Test]
    public void The_means_are_told_at_the_start()
    {
        using Daemon daemon = Start(("han", Listen + TomlText.ExecShell("echo hello")));

        Assert.That(
            daemon.WaitFor(line => line.Event == "orphan_means", "the means are told")["means"],
            Does.StartWith(withCgroups ? "cgroup v2" : "child subreaper"));
    }

    [Test]
    public void An_ended_superd_leaves_no_cgroup_behind()
    {
        using Daemon daemon = Start(("han", Listen + TomlText.ExecShell("echo hello")));
        string means = daemon.WaitFor(line => line.Event == "orphan_means", "the means are told")["means"];
        using Client client = daemon.Connect("han");
        Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(Directory.Exists(means.Split(' ')[^1]), Is.False);
    }

    private Daemon Start(params (string Name, string Toml)[] services)
    {
        string[] asUser = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        return Daemon.Start(new DaemonOptions { Wrapper = withCgroups ? [] : asUser }, services);
    }

    /// <summary>Processes that this test's handlers started and that are still alive.</summary>
    private int[] Survivors() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out int pid) ? pid : 0)
            .Where(pid => pid != 0 && IsMarked(pid)),
    ];

    private bool IsMarked(int pid)
    {
        try
        {
            // Not parsed, because this reads every process of the machine and the contents need not be a valid environment.
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').Contains($"TEST_MARK={_mark}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
