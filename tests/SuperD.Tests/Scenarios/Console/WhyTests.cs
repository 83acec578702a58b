using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd why</c> beyond the admission checks: whether a client reaches the service at all, and who a client may be.</summary>
public sealed class WhyTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_talk = Listen + TomlText.ExecShell("echo hello; read line");

    [Test]
    public void The_running_program_of_a_wait_service_takes_the_client()
    {
        using Daemon daemon = Daemon.Start(
            ("door", Listen + $"wait = true\nrate = '1/h'\nexec = ['{SuperdProgram.TestHandler}', 'accept', '9']\n"));
        using Client client = daemon.Connect("door");
        client.ReadLine();

        ProgramResult result = Why(daemon, "127.0.0.1", "door");

        Assert.That(
            (result.ExitCode, LastLine(result)),
            Is.EqualTo(
                (ExitCode.Ok, "127.0.0.1 would be admitted to door: its program runs, and accepts by itself without further checks")));
    }

    [Test]
    public void A_paused_service_lets_the_client_wait_and_refuses_whom_it_would_refuse_anyway()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "no_access = '127.0.0.9'\n"));
        SuperdProgram.Run(daemon.Directory.Path, "pause", "talk");

        ProgramResult waits = Why(daemon, "127.0.0.1", "talk");

        Assert.That(
            (waits.ExitCode, LastLine(waits)),
            Is.EqualTo((ExitCode.No, "127.0.0.1 would wait for talk: paused; 'superd resume talk' ends it")));
        Assert.That(LastLine(Why(daemon, "127.0.0.9", "talk")), Is.EqualTo("127.0.0.9 would be refused by talk: no_access"));
    }

    [Test]
    public void A_full_queue_lets_the_client_wait()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "instances = 1\nwhen_full = 'queue'\n"));
        Assert.That(LastLine(Why(daemon, "192.0.2.7", "talk")), Is.EqualTo("192.0.2.7 would be admitted to talk"));
        using Client live = daemon.Connect("talk");
        live.ReadLine();

        ProgramResult result = Why(daemon, "192.0.2.7", "talk");

        Assert.That((result.ExitCode, LastLine(result)), Is.EqualTo((ExitCode.No, "192.0.2.7 would wait for talk: instances")));
        Assert.That(result.StandardOutput, Does.Contain("instances       waits  1 of 1; clients wait for a place\n"));
    }

    [Test]
    public void An_address_that_is_not_bound_refuses_until_a_reload_which_binds_it_at_once()
    {
        int port = FreePort.Find();
        using var other = new TcpListener(System.Net.IPAddress.Loopback, port);
        other.Start();
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false }, ("late", $"listen = '127.0.0.1:{port}'\n" + TomlText.ExecShell("echo hello")));

        // After the third failure the next attempt is four seconds away.
        daemon.WaitFor(line => line.Is("bind_failed", "late"), 3, "it has tried three times");
        ProgramResult unbound = Why(daemon, "127.0.0.1", "late");
        other.Stop();
        SuperdProgram.Run(daemon.Directory.Path, "reload");

        Assert.That(unbound.ExitCode, Is.EqualTo(ExitCode.No));
        Assert.That(
            LastLine(unbound),
            Does.StartWith($"127.0.0.1 would be refused by late: 127.0.0.1:{port} cannot be bound: Address already in use"));
        ProgramResult bound = Why(daemon, "127.0.0.1", "late");
        Assert.That(
            (bound.ExitCode, LastLine(bound)), Is.EqualTo((ExitCode.Ok, "127.0.0.1 would be admitted to late")), "when reload returns");
    }

    [Test]
    public void A_service_that_is_not_served_refuses_and_a_failing_one_says_so()
    {
        using var gone = new TempDir();
        using Daemon daemon = Daemon.Start(
            ("bad", Listen + "exec = '/bin/cat'\ninstances = 0\n"),
            ("gone", Listen + $"exec = '/bin/true'\ndirectory = '{gone.Path}'\n"),
            ("off", s_talk + "enabled = false\n"));
        Directory.Delete(gone.Path);
        using (Client client = daemon.Connect("gone"))
        {
            Assert.That(client.IsClosedWithoutReply(), Is.True);
        }

        ProgramResult bad = Why(daemon, "127.0.0.1", "bad"), off = Why(daemon, "127.0.0.1", "off");

        Assert.That((bad.ExitCode, off.ExitCode), Is.EqualTo((ExitCode.No, ExitCode.No)));
        Assert.That(LastLine(bad), Does.StartWith(
            $"127.0.0.1 would be refused by bad: broken: {daemon.Directory["services.d/bad.toml"]}:3:13: error: instances must be 1"));
        Assert.That(LastLine(off), Is.EqualTo(
            $"127.0.0.1 would be refused by off: disabled: {daemon.Directory["services.d/off.toml"]} has enabled = false"));
        ProgramResult failing = Why(daemon, "127.0.0.1", "gone");
        Assert.That(LastLine(failing), Does.StartWith("127.0.0.1 would be admitted to gone: failing: "));
        Assert.That(failing.ExitCode, Is.EqualTo(ExitCode.No), "admitted, and not served");
    }

    [Test]
    public void A_client_of_a_family_that_the_service_has_no_address_for_is_refused()
    {
        using Daemon daemon = Daemon.Start(
            ("six", "listen = '[::1]:0'\nexec = '/bin/cat'\n"), ("four", Listen + "exec = '/bin/cat'\n"));

        ProgramResult six = Why(daemon, "127.0.0.1", "six"), four = Why(daemon, "::1", "four");

        Assert.That((six.ExitCode, four.ExitCode), Is.EqualTo((ExitCode.No, ExitCode.No)));
        Assert.That(LastLine(six), Does.StartWith("127.0.0.1 would be refused by six: it has no address for IPv4: it listens at [::1]:"));
        Assert.That(LastLine(four), Does.StartWith("::1 would be refused by four: it has no address for IPv6: it listens at 127.0.0.1:"));
    }

    [Test]
    public void A_service_whose_last_handlers_all_failed_says_how()
    {
        using Daemon daemon = Daemon.Start(("fails", Listen + TomlText.ExecShell("echo 'cannot open database' >&2; exit 77")));
        for (int i = 1; i <= 3; i++)
        {
            using Client client = daemon.Connect("fails");
            client.ReadToEnd();
            daemon.WaitFor(line => line.Is("end", "fails"), i, "it has ended");
        }

        ProgramResult result = Why(daemon, "127.0.0.1", "fails");

        Assert.That(
            (result.ExitCode, LastLine(result)),
            Is.EqualTo((
                ExitCode.Ok,
                "127.0.0.1 would be admitted to fails: its last 3 handlers failed, with exit=77: cannot open database")));
    }

    [Test]
    public void A_wait_service_whose_program_accepts_nobody_says_that_a_client_waits()
    {
        using Daemon daemon = Daemon.Start(("door", Listen + "wait = true\nexec = ['/bin/sleep', '1000']\n"));
        using Client client = daemon.Connect("door");
        daemon.WaitFor("start_wait", "door");

        Assert.That(LastLine(Why(daemon, "127.0.0.1", "door")), Does.EndWith("; a client waits that it has not accepted"));
    }

    [TestCase("uid:5", ExitCode.Ok, "uid:5 would be admitted to local")]
    [TestCase("uid:root", ExitCode.No, "uid:root would be refused by local: no_access")]
    [TestCase("unix:uid=5,gid=60,pid=4711", ExitCode.Ok, "unix:uid=5,gid=60,pid=4711 would be admitted to local")]
    [TestCase("uid:4711,gid:4712", ExitCode.Ok, "uid:4711,gid:4712 would be admitted to local")]
    [TestCase("gid:4712", ExitCode.Ok, "gid:4712 would be admitted to local")]
    [TestCase("uid:4711", ExitCode.No, "uid:4711 would be refused by local: only_from")]
    public void A_client_of_a_unix_domain_socket_is_asked_for_as_only_from_names_it(string client, int exitCode, string line)
    {
        using Daemon daemon = Daemon.Start(Local());
        ProgramResult result = Why(daemon, client, "local");
        Assert.That((result.ExitCode, LastLine(result)), Is.EqualTo((exitCode, line)), result.StandardError);
        Assert.That(LastLine(Why(daemon, "local", client)), Is.EqualTo(line), "in either order");
    }

    [Test]
    public void A_client_of_the_other_kind_is_a_mistake()
    {
        using Daemon daemon = Daemon.Start(Local(), ("talk", s_talk));

        ProgramResult address = Why(daemon, "127.0.0.1", "local"), user = Why(daemon, "uid:5", "talk");
        ProgramResult name = Why(daemon, "uid:nobdy", "local");

        Assert.That((address.ExitCode, user.ExitCode, name.ExitCode), Is.EqualTo((ExitCode.Usage, ExitCode.Usage, ExitCode.Usage)));
        Assert.That(address.StandardError, Is.EqualTo(
            "superd: service \"local\" has only Unix-domain sockets, whose clients have a user and no address; "
            + "ask for uid:USER or gid:GROUP\n"));
        Assert.That(user.StandardError, Does.StartWith("superd: service \"talk\" has no Unix-domain socket, "));
        Assert.That(name.StandardError, Does.StartWith("superd: there is no user \"nobdy\" on this machine; "));
    }

    [TestCase("127.0.0.1:5000")]
    [TestCase("[2001:db8::5]:5000")]
    [TestCase("[2001:db8::5]")]
    public void A_client_is_named_as_in_the_log(string client)
    {
        using Daemon daemon = Daemon.Start(("talk", "listen = ['127.0.0.1:0', '[::1]:0']\n" + TomlText.ExecShell("exit 0")));
        Assert.That(LastLine(Why(daemon, client, "talk")), Is.EqualTo($"{client} would be admitted to talk"));
        Assert.That(LastLine(Why(daemon, "talk", client)), Is.EqualTo($"{client} would be admitted to talk"));
    }

    [Test]
    public void A_service_is_found_by_a_name_that_is_near_and_by_its_port()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        const string End = " (did you mean 'talk'?); 'superd status' lists those that run\n";

        Assert.That(Why(daemon, "127.0.0.1", "tlk").StandardError, Is.EqualTo("superd: there is no service \"tlk\"" + End));
        Assert.That(
            SuperdProgram.Run(daemon.Directory.Path, "status", "takl").StandardError,
            Is.EqualTo("superd: there is no service \"takl\"" + End));
        int port = daemon.Port("talk");
        Assert.That(Why(daemon, "127.0.0.1", $"{port}").StandardError, Is.EqualTo($"superd: there is no service \"{port}\"" + End));
    }

    private static (string, string) Local() => (
        "local",
        $"listen = 'unix:@superd-test-{Guid.NewGuid():N}'\nonly_from = ['uid:5', 'gid:4712', 'uid:root']\nno_access = 'uid:root'\n"
        + TomlText.OwnUser + "exec = '/bin/cat'\n");

    private static ProgramResult Why(Daemon daemon, params string[] words) => SuperdProgram.Run(daemon.Directory.Path, ["why", .. words]);

    private static string LastLine(ProgramResult result) => result.StandardOutput.TrimEnd('\n').Split('\n')[^1];
}
