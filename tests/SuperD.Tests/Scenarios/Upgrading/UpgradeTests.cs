using System.Text.Json;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Upgrading;

/// <summary>
/// superd becomes its next version in the same process and loses nothing; tested with cgroups, and without them as an ordinary user.
/// </summary>
[TestFixture(true, TestName = "Upgrades with cgroups")]
[TestFixture(false, TestName = "Upgrades as a subreaper")]
public sealed class UpgradeTests(bool withCgroups)
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Cat = Listen + "exec = '/bin/cat'\n";

    [SetUp]
    public void NeedsRoot()
    {
        Needs.Root();
        Needs.Program("setpriv");
    }

    [Test]
    public void Twenty_upgrades_under_two_hundred_connections_a_second_lose_nobody()
    {
        const int Times = 20;
        using Daemon daemon = Start(("cat", Cat), ("long", Listen + TomlText.ExecShell("echo hello; read word; echo \"got $word\"")));
        using Client witness = daemon.Connect("long");
        Assert.That(witness.ReadLine(), Is.EqualTo("hello"));
        daemon.Upgrade();
        int descriptors = ProcFs.CountDescriptors(daemon.Pid);
        using var load = new EchoLoad(daemon.Port("cat"), perSecond: 200);

        for (int i = 1; i < Times; i++)
        {
            daemon.Upgrade();
        }

        (int count, string[] failures) = load.Finish();
        Assert.That(failures, Is.Empty);
        TestContext.Out.WriteLine(
            $"{count} clients; longest pause {daemon.Log.Where(line => line.Event == "upgraded").Max(line => line.Number("pause_ms"))} ms");
        Assert.That(witness.Send("bye\n").ReadToEnd(), Is.EqualTo("got bye\n"));
        _ = daemon.WaitFor(line => line.Event == "end", count + 1, "every connection has ended");
        Assert.That(Counter(daemon, "cat", "accepted"), Is.EqualTo(count));
        Assert.That(daemon.Log.Count(line => line.Event == "upgraded"), Is.EqualTo(Times));
        Patience.Until(() => ProcFs.CountDescriptors(daemon.Pid) <= descriptors + 2, "descriptors are closed");
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
        Assert.That(daemon.Records(), Has.Length.EqualTo(count + 1));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_live_handler_goes_on_and_its_record_tells_of_its_whole_life()
    {
        using Daemon daemon = Start(("cat", Cat));
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("before\n").ReadLine(), Is.EqualTo("before"));
        LogLine accept = daemon.AcceptOf(client);

        Assert.That(daemon.Upgrade().GetProperty("connections").GetInt32(), Is.EqualTo(1));

        JsonElement live = ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections")[0];
        Assert.That(
            (live.GetProperty("pid").GetInt64(), live.GetProperty("peer").GetString()), Is.EqualTo((accept.Number("pid"), client.Address)));
        Assert.That(client.Send("after\n").ReadLine(), Is.EqualTo("after"));
        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
        LogLine end = daemon.WaitFor("end", "cat");
        Assert.That((end["conn"], end["pid"], end["exit"]), Is.EqualTo((accept["conn"], accept["pid"], "0")));
        Assert.That((end["bytes_in"], end["bytes_out"], end["handlers"]), Is.EqualTo(("13", "13", "0")));
        Assert.That(
            end.Number("duration_ms"),
            Is.InRange((end.Time - accept.Time).TotalMilliseconds - 100, (end.Time - accept.Time).TotalMilliseconds + 1000));
    }

    [Test]
    public void A_handler_that_asked_for_a_signal_at_its_parents_end_gets_none()
    {
        using Daemon daemon = Start(("cat", Listen + "exec = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '/bin/cat']\n"));
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("before\n").ReadLine(), Is.EqualTo("before"));

        daemon.Upgrade();

        Assert.That(client.Send("after\n").ReadLine(), Is.EqualTo("after"));
    }

    [Test]
    public void A_handler_that_dies_at_that_moment_has_its_record()
    {
        using Daemon daemon = Start(("cat", Cat));
        Client[] clients = [.. Enumerable.Range(0, 20).Select(_ => daemon.Connect("cat"))];
        int[] pids = [.. clients.Select(daemon.HandlerOf)];
        daemon.Signal(Signal.SIGUSR2);
        _ = daemon.WaitFor(line => line.Event == "upgrade", "the upgrade begins");

        foreach (int pid in pids)
        {
            _ = NativeMethods.Kill(pid, Signal.SIGKILL);
            Thread.Yield();
        }

        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "cat"), clients.Length, "all have their record");
        Assert.That(ends.Select(end => end.Number("pid")), Is.EquivalentTo(pids));
        Assert.That(ends.Select(end => end["signal"]), Is.All.EqualTo("KILL"));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void Counters_and_modes_are_what_they_were()
    {
        using Daemon daemon = Start(
            ("a", Cat), ("b", Listen + "instances = 1\nwhen_full = 'refuse'\nexec = '/bin/cat'\n"), ("d", Cat), ("e", Cat));
        using Client held = daemon.Connect("b");
        _ = daemon.AcceptOf(held);
        using Client refused = daemon.Connect("b");
        Assert.That(refused.IsClosedWithoutReply(), Is.True);
        using Client done = daemon.Connect("a");
        Assert.That(done.Send("x\n").EndSending().ReadToEnd(), Is.EqualTo("x\n"));
        _ = daemon.WaitFor("end", "a");
        _ = ConsoleSocket.Ask(daemon, """{"command":"pause","service":"d"}""");
        _ = ConsoleSocket.Ask(daemon, """{"command":"drain","service":"e"}""");
        string before = Upgrades.ServicesOf(daemon);

        daemon.Upgrade();

        Assert.That(Upgrades.ServicesOf(daemon), Is.EqualTo(before));
        using Client still = daemon.Connect("b");
        Assert.That(still.IsClosedWithoutReply(), Is.True, "the one instance is still in use");
        Assert.That(Client.IsRefused(daemon.Port("e")), Is.True);
        using Client paused = daemon.Connect("d");
        _ = ConsoleSocket.Ask(daemon, """{"command":"resume","service":"d"}""");
        Assert.That(paused.Send("y\n").ReadLine(), Is.EqualTo("y"));
    }

    [Test]
    public void What_a_handler_leaves_behind_is_ended_by_the_next_version()
    {
        using Daemon daemon = Start(
            (
                "leave",
                Listen + "stop_grace = '300ms'\n" + TomlText.ExecShell("setsid sleep 1000 <&- >&- 2>&- & echo $!; read go; echo done")));
        using Client client = daemon.Connect("leave");
        int left = int.Parse(client.ReadLine());

        daemon.Upgrade();

        Assert.That(client.Send("go\n").ReadToEnd(), Is.EqualTo("done\n"));
        Assert.That(daemon.WaitFor("end", "leave")["orphans"], Is.EqualTo("1"));
        Assert.That(ProcFs.IsRunning(left), Is.False);
    }

    [Test]
    public void Who_ignores_TERM_gets_KILL_in_time_though_another_version_has_ended_him()
    {
        using Daemon daemon = Start(
            ("stubborn", Listen + "stop_grace = '4s'\n" + TomlText.ExecShell("trap '' TERM; echo ready; read never; echo no")));
        using Client client = daemon.Connect("stubborn");
        Assert.That(client.ReadLine(), Is.EqualTo("ready"));
        _ = ConsoleSocket.Ask(daemon, """{"command":"end","service":"stubborn"}""");

        daemon.Upgrade();

        Assert.That(client.ReadToEnd(), Is.Empty);
        LogLine end = daemon.WaitFor("end", "stubborn");
        Assert.That((end["reason"], end["signal"]), Is.EqualTo(("operator", "KILL")));
    }

    [Test]
    public void A_time_limit_goes_on_where_it_was()
    {
        const string exec = "exec = ['/bin/sleep', '1000']\n";
        using Daemon daemon = Start(("slow", Listen + "run_timeout = '10s'\n" + exec), ("later", Listen + "run_timeout = '8s'\n" + exec));
        using Client client = daemon.Connect("slow");
        _ = daemon.AcceptOf(client);
        Patience.Until(() => AgeMs() >= 5000, "five of the ten seconds are over, however fast the upgrade is");

        daemon.Upgrade();

        using Client laterClient = daemon.Connect("later");
        LogLine end = daemon.WaitFor("end", "slow");
        Assert.That(end["reason"], Is.EqualTo("run_timeout"));
        Assert.That(end.Number("duration_ms"), Is.GreaterThanOrEqualTo(9990));
        _ = daemon.WaitFor("end", "later");
        string[] order = [.. daemon.Log.Where(line => line.Event == "end").Select(line => line["service"])];
        Assert.That(order, Is.EqualTo((string[])["slow", "later"]), "the time before the upgrade counts");

        long AgeMs() =>
            ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections")[0].GetProperty("age_ms").GetInt64();
    }

    [Test]
    public void A_handler_after_the_upgrade_gets_what_one_before_it_got()
    {
        using Daemon daemon = Start(
            (
                "look",
                Listen
                    + TomlText.ExecShell(
                        "echo /proc/self/fd/*; ulimit -Sn; ulimit -Hn; grep -E 'Sig(Blk|Ign)' /proc/self/status; env | sort | grep -v -E "
                            + "'CONN|PORT'")));
        using Client before = daemon.Connect("look");
        string expected = before.ReadToEnd();

        daemon.Upgrade();
        daemon.Upgrade();

        using Client after = daemon.Connect("look");
        Assert.That(after.ReadToEnd(), Is.EqualTo(expected));
    }

    [Test]
    public void TERM_right_after_the_upgrade_ends_superd_as_ever()
    {
        using Daemon daemon = Start(("cat", Cat));
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        daemon.Signal(Signal.SIGUSR2);
        _ = daemon.WaitFor(line => line.Event == "upgrade", "the upgrade begins");

        daemon.Signal(Signal.SIGTERM);

        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.WaitFor("end", "cat")["exit"], Is.EqualTo("0"));
    }

    private static long Counter(Daemon daemon, string service, string counter) =>
        ConsoleSocket.Ask(daemon, $$"""{"command":"status","service":"{{service}}"}""")
            .GetProperty("services")[0]
            .GetProperty(counter)
            .GetInt64();

    private Daemon Start(params (string Name, string Toml)[] services)
    {
        if (withCgroups)
        {
            return Daemon.Start(services);
        }

        // Another user may not create cgroups. superd creates the console's socket in the directory.
        var directory = new TempDir();
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_111_111);
        string[] asUser = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        return Daemon.Start(new DaemonOptions { Wrapper = asUser, Directory = directory }, services);
    }
}
