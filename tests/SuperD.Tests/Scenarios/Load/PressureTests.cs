using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Load;

/// <summary>
/// When descriptors or ports run out, or clients misbehave, superd continues, loses no client that it could serve, and does not spin.
/// </summary>
public sealed class PressureTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private static readonly string s_conversation = TomlText.ExecShell("echo hello; read line; echo bye");

    [Test]
    public void Clients_beyond_the_descriptors_wait_and_all_are_served()
    {
        Needs.Program("prlimit");
        const int count = 200;
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = ["prlimit", "--nofile=256:256"] },
            ("talk", Listen + s_conversation));
        Client[] clients = [.. Enumerable.Range(0, count).Select(_ => daemon.Connect("talk"))];

        LogLine pause = daemon.WaitFor("accept_paused", "talk");

        Assert.That(pause["error"], Does.Match("^it has [0-9]+ of the [0-9]+ descriptors that one service may take$"));
        ProcFs.WaitUntilAtRest(daemon.Pid);
        Assert.That(ProcFs.Children(daemon.Pid), Has.Length.InRange(1, count - 1), "some are served, and not all");
        Array.ForEach(clients, client => client.Send("go\n"));
        Assert.That(clients.Select(client => client.ReadToEnd()), Is.All.EqualTo("hello\nbye\n"));
        Array.ForEach(clients, client => client.Dispose());
        _ = daemon.WaitFor(line => line.Is("end", "talk"), count, "all connections have ended");
        Assert.That(daemon.Records().Select(line => line.Event), Is.All.EqualTo("end"));
        Assert.That(daemon.Log.Count(line => line.Event == "accept_paused"), Is.LessThan(5), "it is said now and then, not every time");
    }

    [Test]
    public void Wait_services_wait_for_descriptors_too()
    {
        Needs.Program("prlimit");
        const int count = 20;
        string[] doors = [.. Enumerable.Range(0, count).Select(number => $"door{number}")];
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = ["prlimit", "--nofile=256:256"] },
            [
                ("talk", Listen + s_conversation),
                .. doors.Select(door => (door, Listen + "wait = true\n" + TomlText.ExecShell("exec sleep 1000"))),
            ]);
        Client[] talkers = [.. Enumerable.Range(0, 200).Select(_ => daemon.Connect("talk"))];
        _ = daemon.WaitFor("accept_paused", "talk");

        Client[] clients = [.. doors.Select(daemon.Connect)];
        ProcFs.WaitUntilAtRest(daemon.Pid);
        Array.ForEach(talkers, client => client.Dispose());

        _ = daemon.WaitFor(line => line.Event == "start_wait", count, "every door has its handler");
        Assert.That(daemon.Log.Where(line => line.Event == "launch_failed"), Is.Empty);
        Array.ForEach(clients, client => client.Dispose());
    }

    [TestCase(false, TestName = "A_client_that_cannot_be_accepted_is_accepted_when_it_can")]
    [TestCase(true, TestName = "A_wait_service_that_cannot_lend_its_socket_does_so_when_it_can")]
    public void A_service_without_descriptors_recovers(bool wait)
    {
        string exec = wait ? "wait = true\n" + TomlText.ExecTestHandler("accept") : TomlText.ExecShell("echo served by $$");
        using Daemon daemon = Daemon.Start(("talk", Listen + exec));
        var shortage = new DescriptorShortage(daemon);

        using Client client = daemon.Connect("talk");

        _ = daemon.WaitFor("accept_paused", "talk");
        ProcFs.WaitUntilAtRest(daemon.Pid);
        shortage.Dispose();
        Assert.That(client.ReadLine(), Does.StartWith("served by"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Orders_fail_and_nothing_crashes_while_superd_cannot_open_a_file(bool isJit)
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Executable = isJit ? SuperdProgram.JitPath : null },
            ("talk", Listen + TomlText.ExecShell("echo served by $$")));
        var shortage = new DescriptorShortage(daemon);
        using Client client = daemon.Connect("talk");
        _ = daemon.WaitFor("accept_paused", "talk");

        daemon.Signal(NativeMethods.SIGHUP);
        _ = daemon.WaitFor(line => line.Event == "reload_failed", "the reload fails");
        daemon.Signal(Signal.SIGUSR2);
        LogLine stays = daemon.WaitFor(line => line.Event == "upgrade_failed", "the upgrade fails");

        Assert.That(stays["problem"], Does.Contain("Too many open files"));
        shortage.Dispose();
        Assert.That(client.ReadLine(), Does.StartWith("served by"));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void Clients_that_reset_before_they_are_accepted_leave_superd_as_it_was()
    {
        const int count = 50;
        using Daemon daemon = Daemon.Start(("talk", Listen + s_conversation));
        int port = daemon.Port("talk");
        ProcFs.WaitUntilAtRest(daemon.Pid);
        int descriptors = OpenConnections(daemon);
        daemon.Signal(NativeMethods.SIGSTOP);
        for (int i = 0; i < count; i++)
        {
            new Client(port).Reset();
        }

        using var last = new Client(port);
        daemon.Signal(NativeMethods.SIGCONT);

        Assert.That(last.ReadLine(), Is.EqualTo("hello"));
        Assert.That(last.Send("go\n").ReadToEnd(), Is.EqualTo("bye\n"));
        Patience.Until(() => OpenConnections(daemon) <= descriptors, "superd has closed what it opened");
        Assert.That(daemon.Stop(), Is.Zero);
        _ = daemon.Records();
    }

    [Test]
    public void A_port_that_is_taken_is_tried_again_while_the_other_services_run()
    {
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        int port = ((IPEndPoint)owner.LocalEndpoint).Port;
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false },
            ("late", $"listen = '127.0.0.1:{port}'\n" + TomlText.ExecShell("echo late")),
            ("other", Listen + TomlText.ExecShell("echo other")));

        LogLine failure = daemon.WaitFor("bind_failed", "late");
        Assert.That(failure["address"], Is.EqualTo($"127.0.0.1:{port}"));
        Assert.That(failure["error"], Does.StartWith("Address already in use"));
        LogLine missing = daemon.WaitFor(line => line.Event == "not_all_bound", "superd says that a listener is missing");
        Assert.That(missing.Number("missing"), Is.EqualTo(1));
        using Client other = daemon.Connect("other");
        Assert.That(other.ReadToEnd(), Is.EqualTo("other\n"));
        _ = daemon.WaitFor(line => line.Is("bind_failed", "late") && line.Number("retry_seconds") == 2, "it is tried again, less often");
        Assert.That(daemon.Log.Where(line => line.Event == "ready"), Is.Empty);

        owner.Stop();
        _ = daemon.WaitFor(line => line.Event == "ready", "superd is ready");
        using var late = new Client(port);
        Assert.That(late.ReadToEnd(), Is.EqualTo("late\n"));
    }

    [Test]
    public void A_superd_that_waits_for_a_port_ends_like_any_other()
    {
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false },
            ("late", $"listen = '{owner.LocalEndpoint}'\n" + TomlText.ExecShell("echo late")));
        _ = daemon.WaitFor("bind_failed", "late");

        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_bare_port_serves_both_families_and_shows_each_client_its_own_address()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(("who", $"listen = {port}\n" + TomlText.ExecShell("echo $REMOTE_ADDR $TCPLOCALIP")));

        using var v4 = new Client(port, IPAddress.Loopback);
        using var v6 = new Client(port, IPAddress.IPv6Loopback);

        Assert.That(v4.ReadToEnd(), Is.EqualTo("127.0.0.1 127.0.0.1\n"));
        Assert.That(v6.ReadToEnd(), Is.EqualTo("::1 ::1\n"));
        LogLine[] accepts = daemon.WaitFor(line => line.Is("accept", "who"), 2, "both are accepted");
        Assert.That(accepts.Select(line => line["peer"]), Is.EquivalentTo((string[])[v4.Address, v6.Address]));
        Assert.That(daemon.WaitFor(line => line.Event == "ready", "superd is ready").Number("listeners"), Is.EqualTo(2));
    }

    [Test]
    public void Ten_thousand_refused_connections_leave_nothing_behind()
    {
        const int count = 10_000;
        const int warmUp = 2_000;
        const long maxGrowthKiB = 64 * 1024;
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = "format = \"json\"\nlevel = \"info\"" },
            ("one", $"listen = '127.0.0.1:0'\ninstances = 1\nwhen_full = 'refuse'\n" + s_conversation));
        int port = PortOf(daemon, "one");
        using var busy = new Client(port);
        Assert.That(busy.ReadLine(), Is.EqualTo("hello"));
        BeRefused(port, warmUp);
        ProcFs.WaitUntilAtRest(daemon.Pid);
        int descriptors = ProcFs.CountDescriptors(daemon.Pid);
        long memory = ProcFs.ResidentKiB(daemon.Pid);

        BeRefused(port, count - warmUp);

        Patience.Until(() => daemon.Refusals("one") == count, "every refusal is told, by itself or in a number");
        ProcFs.WaitUntilAtRest(daemon.Pid);
        Patience.Until(() => ProcFs.CountDescriptors(daemon.Pid) <= descriptors, "all are closed");
        Assert.That(ProcFs.ResidentKiB(daemon.Pid) - memory, Is.LessThan(maxGrowthKiB));
        Assert.That(busy.Send("go\n").ReadToEnd(), Is.EqualTo("bye\n"));
    }

    private static void BeRefused(int port, int count) =>
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using var client = new Client(port);
            Assert.That(client.IsClosedWithoutReply(), Is.True);
            client.Reset(); // leaves no TIME_WAIT behind, for which the machine has too few ports
        });

    /// <summary>The descriptors of connections and their handlers; the runtime's own files come and go.</summary>
    private static int OpenConnections(Daemon daemon) =>
        ProcFs.Descriptors(daemon.Pid).Values.Count(
            name => name.StartsWith("socket:", StringComparison.Ordinal) || name.StartsWith("pipe:", StringComparison.Ordinal));

    private static int PortOf(Daemon daemon, string service)
    {
        string ready = daemon.WaitFor(line => line.Event == "ready", "superd is ready")["addresses"];
        string address = ready.Split(' ').First(entry => entry.StartsWith($"{service}=", StringComparison.Ordinal));
        return int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }
}
