using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>superd as PID 1 in its own pid namespace, as in a container: it also inherits the children of processes that died.</summary>
public sealed class FirstProcessTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly DaemonOptions s_asFirstProcess = new()
    {
        Wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
    };

    [SetUp]
    public void Check_the_machine()
    {
        Needs.Root();
        Needs.Program("unshare");
    }

    [Test]
    public void Processes_that_handlers_leave_behind_are_reaped()
    {
        const int count = 20;
        using Daemon daemon = Daemon.Start(
            s_asFirstProcess, ("leave", Listen + "orphans = 'keep'\n" + TomlText.ExecShell("sleep 0.2 >&- 2>&- & echo left")));
        Assert.That(daemon.WaitFor(line => line.Event == "start", "superd has started").Number("pid"), Is.EqualTo(1));

        for (int i = 0; i < count; i++)
        {
            using Client client = daemon.Connect("leave");
            Assert.That(client.ReadLine(), Is.EqualTo("left"));
        }

        LogLine[] reaped = daemon.WaitFor(line => line.Event == "orphan_reaped", count, "all orphans are reaped");
        Assert.That(reaped.Select(line => line["exit"]), Is.All.EqualTo("0"));
        Patience.Until(() => ProcFs.Children(daemon.Pid).Length == 0, "superd has no child left, not even a zombie");
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Records(), Has.Length.EqualTo(count));
    }

    [Test]
    public void The_exit_status_of_every_handler_is_its_own_however_many_orphans_end_beside_it()
    {
        const int count = 200;
        string script = "read n; (sleep 0.01 >&- 2>&- &); (true &); exit $n";
        using Daemon daemon = Daemon.Start(s_asFirstProcess, ("count", Listen + TomlText.ExecShell(script)));
        Client[] clients = [.. Enumerable.Range(0, count).Select(_ => daemon.Connect("count"))];

        for (int n = 0; n < count; n++)
        {
            clients[n].Send(n.ToString(CultureInfo.InvariantCulture) + "\n");
        }

        _ = daemon.WaitFor(line => line.Event == "end", count, "all handlers have ended");
        LogLine[] records = daemon.Records();
        for (int n = 0; n < count; n++)
        {
            LogLine end = records.Single(line => line["conn"] == daemon.AcceptOf(clients[n])["conn"]);
            Assert.That(end.Fields.GetValueOrDefault("exit"), Is.EqualTo(n.ToString(CultureInfo.InvariantCulture)), end.Raw);
        }

        Array.ForEach(clients, client => client.Dispose());
        Patience.Until(() => ProcFs.Children(daemon.Pid).Length == 0, "superd has no child left, not even a zombie");
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void It_ends_at_TERM_within_its_limits_though_a_handler_heeds_nothing_and_has_left_children()
    {
        const string keys = "stop_grace = '300ms'\n";
        DaemonOptions options = s_asFirstProcess with { Top = "shutdown_grace = '300ms'" };
        using Daemon daemon = Daemon.Start(
            options,
            (
                "deaf",
                Listen + keys
                    + TomlText.ExecShell(
                        "trap '' TERM HUP INT; (trap '' TERM; while :; do sleep 1; done) & echo up; while :; do sleep 1; done")));
        using Client client = daemon.Connect("deaf");
        Assert.That(client.ReadLine(), Is.EqualTo("up"));
        int handler = daemon.HandlerOf(client);
        Assert.That(handler, Is.Not.Zero);

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(daemon.Records().Single()["signal"], Is.EqualTo("KILL"));
        Assert.That(daemon.Log.Select(line => line.Event), Does.Contain("shutdown_killing").And.Not.Contain("shutdown_gives_up"));
    }

    [Test]
    public void Signals_that_mean_little_to_it_do_not_end_it_and_every_line_it_writes_is_JSON()
    {
        using Daemon daemon = Daemon.Start(s_asFirstProcess, ("cat", Listen + "exec = '/bin/cat'\n"), ("bad", "nonsense"));
        daemon.Signal(SuperD.Linux.Signal.SIGUSR1);
        daemon.Signal(NativeMethods.SIGHUP);
        using (Client client = daemon.Connect("cat"))
        {
            Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        }

        _ = daemon.WaitFor("end", "cat");
        _ = daemon.WaitFor(line => line.Event == "log_reopened", "SIGUSR1 is heeded");
        daemon.Signal(NativeMethods.SIGINT);

        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Log.Select(line => line.Event), Does.Contain("configuration_problem"));
        Assert.That(daemon.Log[^1].Event, Is.EqualTo("stop"));
    }

    [Test]
    public void Its_next_version_is_the_first_process_too_and_has_all_of_its_children()
    {
        using Daemon daemon = Daemon.Start(
            s_asFirstProcess,
            ("cat", Listen + "exec = '/bin/cat'\n"),
            (
                "leave",
                Listen + "orphans = 'keep'\n" + TomlText.ExecShell("(while [ ! -e go ]; do sleep 0.02; done) >&- 2>&- & echo left")
                    + "directory = '..'\n"));
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("before\n").ReadLine(), Is.EqualTo("before"));
        using (Client leaving = daemon.Connect("leave"))
        {
            Assert.That(leaving.ReadToEnd(), Is.EqualTo("left\n"));
        }

        _ = daemon.WaitFor("end", "leave");
        for (int i = 0; i < 3; i++)
        {
            JsonElement reply = ConsoleSocket.Ask(daemon, Upgrades.Request);
            Assert.That(reply.GetProperty("ok").GetBoolean(), Is.True, reply.ToString());
            Assert.That(reply.GetProperty("upgrade").GetProperty("pid").GetInt32(), Is.EqualTo(1));
            Assert.That(client.Send("after\n").ReadLine(), Is.EqualTo("after"));
        }

        daemon.Directory.Write("go", string.Empty);

        _ = daemon.WaitFor(line => line.Event == "orphan_reaped", "what a handler has left before is reaped");
        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
        _ = daemon.WaitFor("end", "cat");
        Patience.Until(() => ProcFs.Children(daemon.Pid).Length == 0, "superd has no child left, not even a zombie");
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_process_that_came_from_outside_is_left_alone_without_cgroups_too()
    {
        const string grace = "stop_grace = '300ms'\n";
        string mark = $"hidden-{Guid.NewGuid():N}";
        using EndingMeans means = EndingMeans.Take("first", "root");
        using var directory = new TempDir();
        HidingHandler.Compile(directory);
        Needs.Program("nsenter");
        Needs.Program("bash");
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = means.Wrapper, Directory = directory },
            ("cat", Listen + "exec = '/bin/cat'\n"),
            ("hide", Listen + grace + HidingHandler.Exec(directory, "plain", mark)));
        // As docker exec does: the process left behind becomes a child of process 1.
        string script = $"(exec -a {mark}-outside sleep 1000 <&- >&- 2>&-) & sleep 0.1";
        Assert.That(Tool.Succeeds("nsenter", "-t", $"{daemon.Pid}", "-p", "-m", "setsid", "bash", "-c", script), Is.True);
        Patience.Until(() => HidingHandler.Hidden($"{mark}-outside").Length == 1, "it is there");

        // Handlers that are younger than that process cannot have started it.
        using Client idle = daemon.Connect("cat");
        Assert.That(idle.Send("up\n").ReadLine(), Is.EqualTo("up"));
        using Client client = daemon.Connect("hide");
        Assert.That(client.ReadToEnd(), Is.EqualTo("hidden\n"));
        _ = daemon.WaitFor("end", "hide");
        idle.Reset();
        _ = daemon.WaitFor("end", "cat");
        daemon.WaitForLooks(3); // TERM and KILL would have come by then

        int[] outside = HidingHandler.Hidden($"{mark}-outside");
        // the hidden process may be the outsider's child, as far as superd can tell, so it may be alive too
        Array.ForEach([.. outside, .. HidingHandler.Hidden(mark)], pid => NativeMethods.Kill(pid, SuperD.Linux.Signal.SIGKILL));
        Assert.That(outside, Has.Length.EqualTo(1));
    }

    [Test]
    public void It_needs_nothing_it_can_write_to()
    {
        // A container with a read-only root file system and no /tmp; the test's directory stays readable.
        const string script = "mount --make-rprivate / && mount -o remount,bind,ro / && exec \"$@\"";
        DaemonOptions options = s_asFirstProcess with { Wrapper = [.. s_asFirstProcess.Wrapper, "--mount", "sh", "-c", script, "sh"] };
        using Daemon daemon = Daemon.Start(options, ("cat", Listen + "exec = '/bin/cat'\n"));

        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Assert.That(daemon.Stop(), Is.Zero);
    }
}
