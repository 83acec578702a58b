using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.ServiceManager;

/// <summary>
/// superd under a service manager, played by the test: the notifications it gets and when, and what handlers inherit of it.
/// </summary>
public sealed class ServiceManagerTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    // superd sets these for wait handlers itself, so pass_env may not name them.
    private static readonly string[] s_setBySuperd = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

    private TempDir _directory = null!; // set before each test
    private DatagramInbox _manager = null!; // set before each test

    [SetUp]
    public void Be_the_manager()
    {
        _directory = new TempDir();
        _manager = new DatagramInbox(_directory["notify"]);
    }

    [TearDown]
    public void Clean_up()
    {
        _manager.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void Ready_is_told_when_every_listener_is_bound_and_stopping_when_the_end_begins()
    {
        using Daemon daemon = Daemon.Start(
            Managed() with { Top = "shutdown_grace = '7s'" },
            ("one", Listen + "exec = '/bin/cat'\nstop_grace = '3s'\n"),
            ("two", Listen + "exec = '/bin/cat'\n"));

        Assert.That(_manager.Next(), Is.EqualTo("READY=1\nSTATUS=serving 2 services at 2 listeners"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(
            _manager.Next(),
            Does.Match("^STOPPING=1\nEXTEND_TIMEOUT_USEC=22000000\nSTATUS=.+$"),
            "7 s, 5 s (the default of two), and 10 s");
    }

    [Test]
    public void A_superd_that_is_out_of_rotation_says_so_in_its_status()
    {
        using Daemon daemon = Daemon.Start(Managed(), ("one", Listen + "exec = '/bin/cat'\n"));
        _manager.Next();

        ConsoleSocket.Ask(daemon, """{"command":"drain","for_ms":3600000}""");
        Assert.That(_manager.Next(), Is.EqualTo("STATUS=lame duck, serving 1 service at 1 listener"));
        ConsoleSocket.Ask(daemon, """{"command":"drain","for_ms":0}""");
        Assert.That(_manager.Next(), Is.EqualTo("STATUS=drained, 'superd resume' ends it: 1 service at 1 listener"));
        ConsoleSocket.Ask(daemon, """{"command":"resume"}""");
        Assert.That(_manager.Next(), Is.EqualTo("STATUS=serving 1 service at 1 listener"));
    }

    [Test]
    public void A_lame_duck_counts_in_the_time_that_the_end_may_take()
    {
        using Daemon daemon = Daemon.Start(
            Managed() with { Top = "lame_duck = '100ms'\nshutdown_grace = '7s'" }, ("one", Listen + "exec = '/bin/cat'\n"));
        _manager.Next();

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(_manager.Next(), Does.StartWith("STOPPING=1\nEXTEND_TIMEOUT_USEC=22100000\n"));
    }

    [Test]
    public void A_reload_is_told_from_its_beginning_to_its_end_whether_it_succeeds_or_not()
    {
        using Daemon daemon = Daemon.Start(Managed(), ("one", Listen + "exec = '/bin/cat'\n"));
        _manager.Next();
        daemon.Write("two", Listen + "exec = '/bin/cat'\n");

        daemon.Signal(NativeMethods.SIGHUP);
        Assert.That(_manager.Next(), Does.Match("^RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=.+$"));
        Assert.That(_manager.Next(), Is.EqualTo("READY=1\nSTATUS=serving 2 services at 2 listeners"));

        daemon.Write("two", "nonsense\n");
        daemon.Signal(NativeMethods.SIGHUP);
        Assert.That(_manager.Next(), Does.StartWith("RELOADING=1\n"));
        Assert.That(_manager.Next(), Is.EqualTo("READY=1\nSTATUS=serving 2 services at 2 listeners"));
    }

    [Test]
    public void An_upgrade_is_told_like_a_reload_and_signs_of_life_go_on_after_it()
    {
        DaemonOptions options = Managed();
        options.Environment["WATCHDOG_USEC"] = "60000000";
        using Daemon daemon = Daemon.Start(options, ("one", Listen + "exec = '/bin/cat'\n"));
        Assert.That(NextButSignsOfLife(), Does.StartWith("READY=1\n"));
        long begun = MonotonicMicroseconds();

        daemon.Upgrade();

        string reloading = NextButSignsOfLife();
        Assert.That(reloading, Does.Match("^RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=.+$"));
        Assert.That(long.Parse(reloading.Split('\n', '=')[3], CultureInfo.InvariantCulture), Is.InRange(begun, MonotonicMicroseconds()));
        string[] messages = [_manager.Next(), _manager.Next()];
        Assert.That(
            messages, Is.EquivalentTo((string[])["WATCHDOG=1", "READY=1\nSTATUS=serving 1 service at 1 listener"]), "of the next version");
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(NextButSignsOfLife(), Does.StartWith("STOPPING=1\n"));
    }

    [Test]
    public void An_upgrade_that_fails_at_the_last_step_is_told_to_be_over()
    {
        string link = _directory["superd"], breaks = _directory["breaks"];
        File.CreateSymbolicLink(link, SuperdProgram.Path);
        using Daemon daemon = Daemon.Start(Managed() with { Executable = link }, ("one", Listen + "exec = '/bin/cat'\n"));
        string ready = _manager.Next();
        File.Delete(link);
        File.CreateSymbolicLink(
            link,
            _directory.Write(
                "breaks",
                $"#!/bin/sh\nformat=$3\nwhile [ \"$1\" != --nonce ]; do shift; done\nchmod 644 {breaks}\n"
                    + "echo \"superd-upgrade $2 $format 9.9.9\"\n",
                "755"));

        Assert.That(daemon.RefuseToUpgrade(), Does.Contain("has changed"));

        Assert.That(_manager.Next(), Does.StartWith("RELOADING=1\n"));
        Assert.That(_manager.Next(), Is.EqualTo(ready));
    }

    [Test]
    public void Ready_waits_for_a_listener_that_cannot_be_bound_yet()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using Daemon daemon = Daemon.Start(
            Managed() with { WaitsForReady = false },
            ("late", $"listen = '127.0.0.1:{port}'\nexec = '/bin/cat'\n"),
            ("other", Listen + "exec = '/bin/cat'\n"));
        _ = daemon.WaitFor("bind_failed", "late");
        Assert.That(_manager.HasMail, Is.False);

        taken.Stop();

        Assert.That(_manager.Next(), Is.EqualTo("READY=1\nSTATUS=serving 2 services at 2 listeners"));
    }

    [Test]
    public void One_address_that_can_never_be_bound_does_not_have_the_manager_give_up_on_the_other_services()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using Daemon daemon = Daemon.Start(
            Managed() with { WaitsForReady = false },
            ("never", $"listen = '127.0.0.1:{port}'\nexec = '/bin/cat'\n"),
            ("other", Listen + "exec = '/bin/cat'\n"));

        Assert.That(_manager.Next(), Is.EqualTo("READY=1\nSTATUS=serving 2 services at 1 listener; 1 could not be bound yet, see the log"));
    }

    [Test]
    public void A_watched_superd_gives_signs_of_life_until_its_loop_stands_still()
    {
        DaemonOptions options = Managed();
        options.Environment["WATCHDOG_USEC"] = "400000";
        using Daemon daemon = Daemon.Start(options, ("cat", Listen + "exec = '/bin/cat'\n"));
        for (int i = 0; i < 3; i++)
        {
            _ = _manager.Next(message => message == "WATCHDOG=1");
        }

        daemon.Signal(NativeMethods.SIGSTOP);
        Patience.Until(() => ProcFs.Stat(daemon.Pid, 3) == "T", "superd is stopped");
        while (_manager.HasMail)
        {
            _ = _manager.Next();
        }

        Assert.That(_manager.HasMail, Is.False);
        daemon.Signal(NativeMethods.SIGCONT);
        _ = _manager.Next(message => message == "WATCHDOG=1");
    }

    [Test]
    public void A_watchdog_meant_for_another_process_gets_no_sign()
    {
        DaemonOptions options = Managed();
        options.Environment["WATCHDOG_USEC"] = "1000";
        options.Environment["WATCHDOG_PID"] = "1";
        using Daemon daemon = Daemon.Start(options, ("cat", Listen + "exec = '/bin/cat'\n"));
        Assert.That(_manager.Next(), Does.StartWith("READY=1"));

        daemon.Stop();

        Assert.That(_manager.Next(), Does.StartWith("STOPPING=1"));
    }

    [Test]
    public void Handlers_hear_nothing_of_the_manager_even_when_its_variables_are_to_be_passed_on()
    {
        string[] names =
        [
            "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "FDSTORE"
        ];
        DaemonOptions options = Managed();
        foreach (string name in names[1..])
        {
            options.Environment[name] = "1";
        }

        using var cat = new CatHandler(
            $"pass_env = {TomlText.Of([.. names.Where(name => !s_setBySuperd.Contains(name)), "HOME"])}", options);

        Assert.That(ProcFs.Environment(cat.Pid).Keys.Intersect(names), Is.Empty);
        Assert.That(ProcFs.Environment(cat.Pid), Does.ContainKey("HOME"), "others are passed on");
    }

    [Test]
    public void A_manager_that_does_not_listen_keeps_superd_from_nothing()
    {
        _manager.Dispose();
        using Daemon daemon = Daemon.Start(Managed(), ("cat", Listen + "exec = '/bin/cat'\n"));
        using Client client = daemon.Connect("cat");

        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        LogLine warning = daemon.WaitFor(line => line.Event == "notify_failed", "the failure is logged");
        Assert.That(warning.Message, Does.Contain("No such file or directory"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.Log.Count(line => line.Event == "notify_failed"), Is.EqualTo(1));
    }

    [Test]
    public void The_shipped_unit_is_one_systemd_understands()
    {
        // systemd before 253 lacks notify-reload and reports it; the unit works without it too.
        const string sinceVersion253 = "Failed to parse service type, ignoring: notify-reload";
        const string sinceVersion254 = "Unknown key 'DelegateSubgroup' in section [Service], ignoring.";
        string program = Needs.Program("systemd-analyze");
        int version = int.Parse(Tool.Run(program, "--version").Split(' ', 3)[1], CultureInfo.InvariantCulture);
        string unit = File.ReadAllText(Repository.PathOf("src/packaging/superd.service")).Replace("/usr/sbin/superd", SuperdProgram.Path);
        string path = _directory.Write("superd.service", unit);

        ProgramResult verify = RunningProgram.RunToEnd(program, ["verify", "--man=no", path]);

        string[] said = [.. verify.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => version >= 253 || !line.EndsWith(sinceVersion253, StringComparison.Ordinal))
            .Where(line => version >= 254 || !line.EndsWith(sinceVersion254, StringComparison.Ordinal))
            .Where(line => line.Contains("superd", StringComparison.Ordinal))];
        Assert.That(said, Is.Empty);
        Assert.That(verify.ExitCode, Is.Zero, verify.StandardError);
        Assert.That(unit, Does.Contain("\nType=notify-reload\n"));
    }

    private string NextButSignsOfLife() => _manager.Next(message => message != "WATCHDOG=1");

    private static long MonotonicMicroseconds() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    [Test]
    public void A_manager_that_keeps_too_few_descriptors_is_named()
    {
        DaemonOptions managed = Managed();
        managed.Environment.Add("FDSTORE", "2");
        using Daemon daemon = Daemon.Start(managed, ("one", Listen + "exec = '/bin/cat'\n"));

        LogLine warning = daemon.WaitFor(line => line.Event == "store_too_small", "superd says so");

        Assert.That((warning.Number("size"), warning.Number("needed")), Is.EqualTo((2L, 3L)));
    }

    private DaemonOptions Managed() => new() { Environment = { ["NOTIFY_SOCKET"] = _directory["notify"] } };
}
