using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Watching;

/// <summary>Health checks of a service cost no handler: what is one, what is not, and what each leaves behind.</summary>
public sealed class HealthCheckTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Checked = Listen + "check_from = ['127.0.0.2']\n";

    private static readonly string s_first = TomlText.ExecShell("echo hello; read line; echo \"got $line\"");

    [Test]
    public void A_checker_that_ends_without_a_byte_gets_no_handler_and_is_only_counted()
    {
        using Daemon daemon = Daemon.Start(("talk", Checked + "rate = '1/h'\n" + s_first));

        daemon.ConnectFrom("127.0.0.2", "talk").Dispose();
        daemon.ConnectFrom("127.0.0.2", "talk").Reset();

        LogLine[] checks = daemon.WaitFor(line => line.Is("health_check", "talk"), 2, "both are checks");
        Assert.That(checks.Select(line => line.Level), Is.All.EqualTo("debug"));
        Assert.That(checks.Select(line => line["peer"]), Is.All.StartsWith("127.0.0.2:"));
        JsonElement talk = StateOf(daemon);
        Assert.That(talk.GetProperty("checks").GetInt64(), Is.EqualTo(2));
        Assert.That(talk.GetProperty("accepted").GetInt64(), Is.Zero);
        string status = SuperdProgram.Run("/", "status", "talk", "-c", daemon.Directory["superd.toml"]).StandardOutput;
        Assert.That(status, Does.Contain("health checks    2\n"));
        using Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"), "a check takes no token");
    }

    [Test]
    public void A_checker_that_stays_or_sends_is_a_client_and_gets_every_byte()
    {
        using Daemon daemon = Daemon.Start(("echo", Checked + "exec = '/bin/cat'\n"), ("talk", Checked + s_first));

        using Client silent = daemon.ConnectFrom("127.0.0.2", "talk");
        using Client sender = daemon.ConnectFrom("127.0.0.2", "echo");

        Assert.That(sender.Send("1\n2\n").EndSending().ReadToEnd(), Is.EqualTo("1\n2\n"));
        Assert.That(silent.ReadLine(), Is.EqualTo("hello"), "it waits for the server to speak first");
        Assert.That(silent.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
        Assert.That(daemon.Log.Where(line => line.Event == "health_check"), Is.Empty);
    }

    [Test]
    public void A_program_that_only_looks_whether_the_port_is_open_is_a_check()
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + "check_from = '127.0.0.1'\n" + s_first));

        Needs.Success("nc", "-z", "127.0.0.1", $"{daemon.Port("talk")}");

        daemon.WaitFor("health_check", "talk");
        Assert.That(daemon.Log.Where(line => line.Event == "accept"), Is.Empty);
    }

    [Test]
    public void Others_are_clients_at_once_even_if_they_say_nothing()
    {
        using Daemon daemon = Daemon.Start(("talk", Checked + s_first));

        daemon.Connect("talk").Dispose();

        daemon.WaitFor("end", "talk");
        Assert.That(daemon.Log.Where(line => line.Event == "health_check"), Is.Empty);
    }

    [Test]
    public void A_LOCAL_connection_of_a_proxy_is_a_check_unless_it_sends_or_stays()
    {
        byte[] local = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0x00, 0x00, 0x00];
        using Daemon daemon = Daemon.Start(("talk", Listen + "proxy_in = '127.0.0.1'\n" + s_first));
        using (Client check = daemon.Connect("talk"))
        {
            check.Socket.Send(local);
        }

        using (Client check = daemon.Connect("talk"))
        {
            check.Send("PROXY UNKNOWN\r\n");
        }

        daemon.WaitFor(line => line.Is("health_check", "talk"), 2, "both are checks");
        using Client layer7 = daemon.Connect("talk");
        layer7.Socket.Send([.. local, .. "it\n"u8]);
        Assert.That(layer7.ReadToEnd(), Is.EqualTo("hello\ngot it\n"));
        using Client stays = daemon.Connect("talk");
        stays.Socket.Send(local);
        Assert.That(stays.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void The_key_may_stand_in_defaults_and_a_reload_changes_it()
    {
        var options = new DaemonOptions { Tables = "[defaults]\ncheck_from = '127.0.0.2'" };
        using Daemon daemon = Daemon.Start(options, ("talk", Listen + s_first));
        daemon.ConnectFrom("127.0.0.2", "talk").Dispose();
        daemon.WaitFor("health_check", "talk");

        daemon.Write("talk", Listen + "check_from = []\n" + s_first);
        daemon.Reload();
        daemon.ConnectFrom("127.0.0.2", "talk").Dispose();

        daemon.WaitFor("end", "talk");
        Assert.That(daemon.Log.Count(line => line.Event == "health_check"), Is.EqualTo(1));
    }

    [Test]
    public void An_upgrade_keeps_the_counts_and_a_connection_that_is_neither_yet()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(("talk", Checked + s_first));
        daemon.ConnectFrom("127.0.0.2", "talk").Dispose();
        daemon.WaitFor("health_check", "talk");
        using var stop = new CancellationTokenSource();
        Task<string[]> clients = Task.Run(() => Keep(daemon, stop.Token));

        daemon.Upgrade();
        daemon.Upgrade();

        stop.Cancel();
        Assert.That(clients.Result, Is.All.EqualTo("hello"));
        Assert.That(StateOf(daemon).GetProperty("checks").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void Many_checks_at_once_keep_nobody_out()
    {
        using Daemon daemon = Daemon.Start(("talk", Checked + "instances = 1\n" + s_first));
        Client[] checks = [.. Enumerable.Range(0, 200).Select(_ => daemon.ConnectFrom("127.0.0.2", "talk"))];
        Array.ForEach(checks, check => check.Dispose());

        using Client client = daemon.Connect("talk");

        Patience.Until(
            () => StateOf(daemon) is var talk
                && talk.GetProperty("checks").GetInt64() + talk.GetProperty("accepted").GetInt64()
                    + talk.GetProperty("refused").EnumerateObject().Sum(reason => reason.Value.GetInt64()) == 201,
            "all have ended");
        Assert.That(daemon.Log.Any(line => line.Is("health_check", "talk")), Is.True);
    }

    [TestCase("wait = true\n", "check_from has no meaning with wait = true")]
    public void Where_nobody_can_tell_a_check_the_key_is_an_error(string line, string message)
    {
        using var directory = new TempDir();
        directory.Write("superd.toml", "");
        directory.MakeDirectory("services.d");
        directory.Write("services.d/talk.toml", Checked + line + "exec = '/bin/cat'\n");

        ProgramResult result = SuperdProgram.Run(directory.Path, "check");

        Assert.That(result.ExitCode, Is.EqualTo(78));
        Assert.That(result.StandardOutput + result.StandardError, Does.Contain(message));
    }

    private static string[] Keep(Daemon daemon, CancellationToken stop)
    {
        var lines = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            using Client client = daemon.ConnectFrom("127.0.0.2", "talk");
            lines.Add(client.ReadLine());
        }

        return [.. lines];
    }

    private static JsonElement StateOf(Daemon daemon) =>
        ConsoleSocket.Ask(daemon, """{"command":"status","service":"talk"}""").GetProperty("services")[0];
}
