using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// Processes that a handler hides on purpose end with it, and no others do; an older client of another service is still served.
/// </summary>
[TestFixture("subreaper", "nobody", TestName = "As a subreaper, an ordinary user")]
[TestFixture("subreaper", "root", TestName = "As a subreaper, root")]
[TestFixture("first", "root", TestName = "As process 1 without cgroups")]
[TestFixture("cgroups", "nobody", TestName = "With cgroups, an ordinary user")]
[TestFixture("cgroups", "root", TestName = "With cgroups, root whose handlers are root")]
public sealed class HiddenProcessTests(string means, string user)
{
    private static readonly string s_listen = "listen = '127.0.0.1:0'\nstop_grace = '300ms'\n";

    private readonly string _mark = $"hidden-{Guid.NewGuid():N}";
    private TempDir _directory = null!; // made before each test
    private EndingMeans _means = null!;

    [SetUp]
    public void Prepare()
    {
        _means = EndingMeans.Take(means, user);
        _directory = new TempDir();
        HidingHandler.Compile(_directory);
    }

    [TearDown]
    public void Clean_up()
    {
        Array.ForEach(HidingHandler.Hidden(_mark), pid => NativeMethods.Kill(pid, SuperD.Linux.Signal.SIGKILL));
        _directory?.Dispose(); // null if the test was skipped
        _means?.Dispose();
    }

    [TestCase("plain", TestName = "A_session_of_its_own_and_no_environment")]
    [TestCase("forge", TestName = "The_connection_of_another_in_its_environment")]
    [TestCase("join", TestName = "The_process_group_of_another")]
    [TestCase("sibling", TestName = "A_child_of_superds_and_not_of_its_handlers")]
    [TestCase("escape", TestName = "Another_cgroup")]
    public void A_process_that_hides_ends_with_its_handler_though_an_older_idle_client_is_connected(string way)
    {
        using Daemon daemon = Start(
            ("cat", s_listen + "exec = '/bin/cat'\n"),
            ("hide", s_listen + HidingHandler.Exec(_directory, Possible(way), _mark)));
        using Client idle = Idle(daemon);

        for (int i = 1; i <= 3; i++)
        {
            using Client client = daemon.Connect("hide");
            client.Send(Possible(way) == "join" ? $"{PidOfCat(daemon)}\n" : "1\n");
            Assert.That(client.ReadToEnd(), Is.EqualTo("hidden\n"));

            LogLine end = daemon.WaitFor(line => line.Is("end", "hide"), i, $"handler {i} has ended")[^1];
            Assert.That(end.Number("orphans"), Is.EqualTo(1), end.Raw);
            Assert.That(HidingHandler.Hidden(_mark), Is.Empty, "the record comes when nothing of it lives");
        }

        Assert.That(idle.Send("still\n").ReadLine(), Is.EqualTo("still"));
    }

    [Test]
    public void A_process_that_hides_while_others_are_busy_ends_when_those_end_at_the_latest()
    {
        using Daemon daemon = HideBeside(out Client busy, s_listen);

        busy.Reset();

        Patience.Until(() => HidingHandler.Hidden(_mark).Length == 0, "nothing of it lives");
        busy.Dispose();
    }

    [Test]
    public void A_process_that_hides_while_others_are_busy_ends_before_superd_does()
    {
        // Otherwise superd waits for the clients, and has more time.
        using Daemon daemon = HideBeside(out Client busy, s_listen + "close = 'immediate'\n");

        daemon.Signal(SuperD.Linux.Signal.SIGTERM);
        daemon.Signal(SuperD.Linux.Signal.SIGQUIT);

        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(HidingHandler.Hidden(_mark), Is.Empty);
        busy.Dispose();
    }

    [Test]
    public void A_process_that_hides_while_others_are_launched_ends_with_its_handler()
    {
        const int clients = 8;
        const int each = 25;
        using Daemon daemon = Start(("leaves", s_listen + HidingHandler.Exec(_directory, "session", _mark)));

        Parallel.For(0, clients, new ParallelOptions { MaxDegreeOfParallelism = clients }, _ =>
        {
            for (int i = 0; i < each; i++)
            {
                using Client client = daemon.Connect("leaves");
                Assert.That(client.ReadToEnd(), Is.EqualTo("hidden\n"));
            }
        });

        LogLine[] ends = [.. daemon.WaitFor(line => line.Is("end", "leaves"), clients * each, "all handlers have ended")];
        Assert.That(ends.Select(end => end.Number("orphans")), Is.All.EqualTo(1));
        Assert.That(HidingHandler.Hidden(_mark), Is.Empty, "the record comes when nothing of it lives");
    }

    [Test]
    public void A_process_of_a_handler_that_lives_on_is_left_alone_and_ends_with_it_across_an_upgrade()
    {
        using Daemon daemon = Start(
            ("cat", s_listen + "exec = '/bin/cat'\n"),
            ("hide", s_listen + HidingHandler.Exec(_directory, "plain", _mark, waits: true)));
        using Client idle = Idle(daemon);
        using Client client = daemon.Connect("hide");
        Assert.That(client.ReadLine(), Is.EqualTo("hidden"));
        daemon.WaitForLooks(); // superd has found it by then
        Assert.That(HidingHandler.Hidden(_mark), Has.Length.EqualTo(1));

        daemon.Signal(SuperD.Linux.Signal.SIGUSR2); // not through the console, because not every user may create its socket here
        _ = daemon.WaitFor(line => line.Event == "upgraded", "the next version has taken over");
        daemon.WaitForLooks();
        Assert.That(HidingHandler.Hidden(_mark), Has.Length.EqualTo(1));
        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);

        LogLine end = daemon.WaitFor("end", "hide");
        Assert.That(end.Number("orphans"), Is.EqualTo(1), end.Raw);
        Assert.That(HidingHandler.Hidden(_mark), Is.Empty);
        Assert.That(idle.Send("still\n").ReadLine(), Is.EqualTo("still"));
    }

    [Test]
    public void What_another_service_keeps_lives_on_through_all_of_it()
    {
        string keep = s_listen + "orphans = 'keep'\n" + HidingHandler.Exec(_directory, "plain", _mark + "-kept");
        using Daemon daemon = Start(("keep", keep), ("hide", s_listen + HidingHandler.Exec(_directory, "plain", _mark)));
        using (Client keeping = daemon.Connect("keep"))
        {
            Assert.That(keeping.ReadToEnd(), Is.EqualTo("hidden\n"));
        }

        _ = daemon.WaitFor("end", "keep");
        daemon.WaitForLooks();
        for (int i = 1; i <= 3; i++)
        {
            using Client client = daemon.Connect("hide");
            Assert.That(client.ReadToEnd(), Is.EqualTo("hidden\n"));
            LogLine end = daemon.WaitFor(line => line.Is("end", "hide"), i, $"handler {i} has ended")[^1];
            Assert.That(end.Number("orphans"), Is.EqualTo(1), end.Raw);
        }

        daemon.WaitForLooks(3); // everything due to end has been sent KILL by then
        int[] kept = HidingHandler.Hidden(_mark + "-kept");
        Array.ForEach(kept, pid => NativeMethods.Kill(pid, SuperD.Linux.Signal.SIGKILL));
        Assert.That(kept, Has.Length.EqualTo(1));
        Assert.That(HidingHandler.Hidden(_mark), Is.Empty);
    }

    [Test]
    public void A_handler_that_is_stopped_ends_by_TERM()
    {
        const string keys = "listen = '127.0.0.1:0'\nstop_grace = '50s'\nrun_timeout = '500ms'\n";
        using Daemon daemon = Start(("stopped", keys + TomlText.ExecShell("sleep 1000 & echo up; kill -STOP $! $$")));
        using Client client = daemon.Connect("stopped");
        Assert.That(client.ReadToEnd(), Is.EqualTo("up\n"));

        Assert.That(daemon.WaitFor("end", "stopped")["signal"], Is.EqualTo("TERM"));
    }

    [Test]
    public void A_handler_that_is_stopped_goes_with_a_client_that_has_ended_its_side_and_one_that_works_does_not()
    {
        using Daemon daemon = Start(
            ("stopped", s_listen + "instances = 1\n" + TomlText.ExecShell("echo up; kill -STOP $$")),
            ("works", s_listen + $"directory = '{_directory.Path}'\n"
                + TomlText.ExecShell("echo up; read line; echo $line; while [ ! -e go ]; do sleep 0.05; done; echo done")));
        using Client works = daemon.Connect("works");
        using Client stopped = daemon.Connect("stopped");
        Assert.That(works.ReadLine(), Is.EqualTo("up"));
        Assert.That(stopped.ReadLine(), Is.EqualTo("up"));
        works.Send("half\n").EndSending();
        stopped.EndSending();

        Assert.That(daemon.WaitFor("end", "stopped")["reason"], Is.EqualTo("client_gone"));
        Assert.That(works.ReadLine(), Is.EqualTo("half"));
        _directory.Write("go", string.Empty);
        Assert.That(works.ReadToEnd(), Is.EqualTo("done\n"));
    }

    /// <summary>Where a way is not possible, the plain one takes its place.</summary>
    private string Possible(string way) => way == "escape" && means != "cgroups" ? "plain" : way;

    /// <summary>A client whose handler has shown that it is idle.</summary>
    private static Client Idle(Daemon daemon)
    {
        Client idle = daemon.Connect("cat");
        Assert.That(idle.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Array.ForEach(ProcFs.Children(daemon.Pid), ProcFs.WaitUntilAtRest);
        daemon.WaitForLooks();
        return idle;
    }

    /// <summary>A daemon in which a process has been hidden, and its handler has ended, while another service's handler is busy.</summary>
    private Daemon HideBeside(out Client busy, string keys)
    {
        Daemon daemon = Start(
            ("busy", keys + "exec = ['/bin/sh', '-c', 'echo up; while :; do :; done']\n"),
            ("hide", keys + HidingHandler.Exec(_directory, "plain", _mark)));
        busy = daemon.Connect("busy");
        Assert.That(busy.ReadLine(), Is.EqualTo("up"));
        using Client client = daemon.Connect("hide");
        Assert.That(client.ReadToEnd(), Is.EqualTo("hidden\n"));
        _ = daemon.WaitFor("end", "hide");
        return daemon;
    }

    private static long PidOfCat(Daemon daemon) => daemon.WaitFor("accept", "cat").Number("pid");

    private Daemon Start(params (string Name, string Toml)[] services) =>
        Daemon.Start(new DaemonOptions { Wrapper = _means.Wrapper, Directory = _directory }, services);
}
