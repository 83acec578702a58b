using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>superd says that it takes no new clients while it accepts them: before its end, and when it is drained as a whole.</summary>
public sealed class LameDuckTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    /// <summary>So long that a test waiting for it would time out.</summary>
    private const string Long = "lame_duck = '1h'\nshutdown_grace = '1h'";

    private static readonly string s_talk = Listen + TomlText.ExecShell("echo hello; read line; echo \"got $line\"");

    [Test]
    public void A_lame_duck_ends_by_itself_and_then_superd_ends_as_without_one()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "lame_duck = '300ms'\nshutdown_grace = '1h'" }, ("talk", s_talk));
        int port = daemon.Port("talk");
        Assert.That(Ready(daemon), Is.EqualTo((ExitCode.Ok, "superd: ready\n")));
        using Client client = Greeted(daemon);

        daemon.Signal(Signal.SIGTERM);

        LogLine lame = daemon.WaitFor(line => line.Event == "shutdown_lame_duck", "superd announces its end");
        LogLine draining = daemon.WaitFor(line => line.Event == "shutdown_draining", "the lame duck is over");
        Assert.That(lame["seconds"], Is.EqualTo("0.3"));
        Assert.That((draining.Time - lame.Time).TotalMilliseconds, Is.GreaterThanOrEqualTo(295));
        Assert.That(Client.IsRefused(port), Is.True);
        Assert.That(client.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    [Test]
    public void In_the_lame_duck_status_says_so_and_a_second_TERM_ends_it()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = Long }, ("talk", s_talk));
        int port = daemon.Port("talk");
        daemon.Signal(Signal.SIGTERM);
        daemon.WaitFor(line => line.Event == "shutdown_lame_duck", "superd announces its end");
        using Client client = Greeted(daemon);

        (int exit, string sentence) = Ready(daemon);
        string status = Run(daemon, "status").StandardOutput;
        JsonElement server = ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("server");
        string upgrade = daemon.RefuseToUpgrade();
        JsonElement reload = daemon.TryReload();

        Assert.That(exit, Is.EqualTo(ExitCode.No));
        Assert.That(sentence, Does.Match(@"^superd: not ready: lame duck: it ends in 3\d{3}\.\d s\n$"));
        Assert.That(status, Does.Match(@"^superd .*, lame_duck, up .*\n.*\nnot ready: lame duck: it ends in 3"));
        Assert.That(server.GetProperty("phase").GetString(), Is.EqualTo("lame_duck"));
        Assert.That(upgrade, Is.EqualTo("not upgraded: superd ends"));
        Assert.That(reload.GetProperty("ok").GetBoolean(), Is.False, "its end has begun: nothing can change it but signals");

        daemon.Signal(Signal.SIGTERM);

        daemon.WaitFor(line => line.Event == "shutdown_draining", "the second signal ends the lame duck");
        Assert.That(Client.IsRefused(port), Is.True);
        Assert.That(client.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    [Test]
    public void QUIT_ends_a_lame_duck_and_everything_else_at_once()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = Long }, ("talk", s_talk));
        using Client client = Greeted(daemon);
        daemon.Signal(Signal.SIGTERM);
        daemon.WaitFor(line => line.Event == "shutdown_lame_duck", "superd announces its end");

        daemon.Signal(NativeMethods.SIGQUIT);

        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Records().Single()["signal"], Is.EqualTo("KILL"));
    }

    [Test]
    public void Drain_of_all_accepts_for_its_time_then_refuses_and_resume_ends_it()
    {
        using Daemon daemon = Daemon.Start(("other", s_talk), ("talk", s_talk));
        using Client early = Greeted(daemon);

        ProgramResult drain = Run(daemon, "drain", "--all", "--for", "1h");

        Assert.That(drain.StandardOutput, Does.Match(@"^superd: lame duck: it is drained in 3\d{3}\.\d s, 1 connection live\n$"));
        Assert.That(Ready(daemon).Exit, Is.EqualTo(ExitCode.No));
        Assert.That(Run(daemon, "status", "talk", "--ready").ExitCode, Is.EqualTo(ExitCode.No));
        using Client during = Greeted(daemon);
        Assert.That(
            Run(daemon, "drain", "--for", "0s").StandardOutput,
            Is.EqualTo("superd: drained; 'superd resume' ends it, 2 connections live\n"));
        daemon.WaitFor(line => line.Event == "drained", "the services are drained");
        foreach (string service in (string[])["other", "talk"])
        {
            Assert.That(Client.IsRefused(daemon.Port(service)), Is.True);
        }

        Assert.That(early.Send("1\n").ReadToEnd(), Is.EqualTo("got 1\n"));
        Assert.That(during.Send("2\n").ReadToEnd(), Is.EqualTo("got 2\n"));
        Assert.That(Run(daemon, "drain", "--wait").ExitCode, Is.Zero);
        Assert.That(Ready(daemon), Is.EqualTo((ExitCode.No, "superd: not ready: drained; 'superd resume' ends it\n")));

        Assert.That(Run(daemon, "resume").StandardOutput, Is.EqualTo("superd: open, 0 connections live\n"));

        Assert.That(Ready(daemon).Exit, Is.EqualTo(ExitCode.Ok));
        using Client again = Greeted(daemon);
    }

    [Test]
    public void Drain_of_all_lasts_as_long_as_lame_duck_says_unless_told_otherwise()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "lame_duck = '600ms'" }, ("talk", s_talk));

        ProgramResult drain = Run(daemon, "drain", "--wait");

        Assert.That(drain.StandardOutput, Does.StartWith("superd: lame duck: it is drained in 0."));
        Assert.That(drain.ExitCode, Is.Zero);
        LogLine[] lines = [.. daemon.Log.Where(line => line.Event is "drain_all" or "drained")];
        Assert.That((lines[1].Time - lines[0].Time).TotalMilliseconds, Is.GreaterThanOrEqualTo(590));
    }

    [Test]
    public void A_reload_changes_the_next_lame_duck_and_adds_services_that_are_drained_as_well()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "lame_duck = '1h'" }, ("talk", s_talk));
        Run(daemon, "drain", "--all");
        string before = File.ReadAllText(daemon.Directory["superd.toml"]);
        daemon.Directory.Write("superd.toml", before.Replace("lame_duck = '1h'", "lame_duck = '0s'"));
        daemon.Reload();
        Assert.That(Ready(daemon).Sentence, Does.Contain("it is drained in 3"), "the lame duck under way keeps its time");

        Run(daemon, "drain", "--all");
        daemon.WaitFor(line => line.Event == "drained", "the new time is none");
        daemon.Write("new", s_talk);
        daemon.Reload();

        Patience.Until(() => Client.IsRefused(daemon.Port("new")), "the kernel refuses");
        Run(daemon, "resume");
        Assert.That(daemon.Connect("new").ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void A_TERM_counts_what_was_announced_before()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = Long }, ("talk", s_talk));
        Run(daemon, "drain", "--all", "--for", "0s");

        Assert.That(daemon.Stop(), Is.Zero, "nobody is accepted any more, so nothing is to be announced");

        Assert.That(daemon.Log.Select(line => line.Event), Does.Not.Contain("shutdown_lame_duck"));
    }

    [Test]
    public void An_upgrade_keeps_superd_drained_and_a_lame_duck_goes_on_until_its_time()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        Run(daemon, "drain", "--all", "--for", "1h");
        daemon.Upgrade();
        Assert.That(Ready(daemon).Sentence, Does.Match(@"it is drained in 3[45]\d{2}\.\d s"));
        Greeted(daemon).Dispose();

        Run(daemon, "drain", "--all", "--for", "0s");
        daemon.Write("new", s_talk);
        daemon.Upgrade();

        Assert.That(Ready(daemon).Sentence, Does.Contain("drained"));
        foreach (string service in (string[])["new", "talk"])
        {
            Patience.Until(() => Client.IsRefused(daemon.Port(service)), "the kernel refuses");
        }

        Run(daemon, "resume");
        Assert.That(Ready(daemon).Exit, Is.Zero);
        using Client client = Greeted(daemon);
    }

    [Test]
    public void Ready_is_no_before_every_address_is_bound_and_of_one_service_only_its_own_count()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false }, ("talk", s_talk), ("wants", $"listen = '127.0.0.1:{port}'\nexec = '/bin/cat'\n"));
        daemon.WaitFor(line => line.Event == "console_open", "the console is open");

        Assert.That(Ready(daemon), Is.EqualTo((ExitCode.No, "superd: not ready: 1 of 2 listeners not bound yet\n")));
        Assert.That(Run(daemon, "status", "talk", "--ready").ExitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(
            Run(daemon, "status", "wants", "--ready").StandardOutput,
            Is.EqualTo("wants: not ready: it is not bound at all of its addresses\n"));
        Run(daemon, "drain", "talk");
        Assert.That(Run(daemon, "status", "talk", "--ready").StandardOutput, Is.EqualTo("talk: not ready: it is draining\n"));

        taken.Stop();
        Patience.Until(() => Ready(daemon).Exit == ExitCode.Ok, "superd has bound the address");
    }

    [TestCase(new[] { "drain", "talk", "--all" }, "--all and \"talk\" contradict each other; write one of them")]
    [TestCase(new[] { "drain", "talk", "--for", "5s" }, "--for is for all services: a single one is drained at once")]
    [TestCase(new[] { "drain", "--for", "5" }, "(units d, h, m, s, ms), at most \"1d\"; found \"5\"")]
    [TestCase(new[] { "drain", "--for", "2d" }, "(units d, h, m, s, ms), at most \"1d\"; found \"2d\"")]
    [TestCase(new[] { "pause" }, "SERVICE is missing")]
    public void A_mistake_is_named(string[] arguments, string message)
    {
        ProgramResult result = SuperdProgram.Run("/", arguments);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.StandardError, Does.Contain(message));
    }

    [TestCase("""{"command":"drain","for_ms":-1}""")]
    [TestCase("""{"command":"drain","for_ms":86400001}""")]
    [TestCase("""{"command":"resume","for_ms":1}""")]
    [TestCase("""{"command":"drain","service":"talk","for_ms":1}""")]
    [TestCase("""{"command":"pause"}""")]
    public void The_console_refuses_what_makes_no_sense(string request)
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));

        JsonElement reply = ConsoleSocket.Ask(daemon, request);

        Assert.That(reply.GetProperty("kind").GetString(), Is.EqualTo("bad_request"));
    }

    private static Client Greeted(Daemon daemon)
    {
        Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        return client;
    }

    private static (int Exit, string Sentence) Ready(Daemon daemon)
    {
        ProgramResult result = Run(daemon, "status", "--ready");
        return (result.ExitCode, result.StandardOutput);
    }

    private static ProgramResult Run(Daemon daemon, params string[] arguments) =>
        SuperdProgram.Run(daemon.Directory.Path, [.. arguments, "-c", daemon.Directory["superd.toml"]]);
}
