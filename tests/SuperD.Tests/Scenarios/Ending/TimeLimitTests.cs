using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>run_timeout, first_byte_timeout, idle_timeout, and vanished clients: each has its reason in the record.</summary>
public sealed class TimeLimitTests
{
    private const string Listen = "listen = '127.0.0.1:0'\nstop_grace = '5s'\n";

    [TestCase("run_timeout", "exec sleep 1000")]
    [TestCase("first_byte_timeout", "exec cat")]
    [TestCase("idle_timeout", "exec cat")]
    public void A_handler_is_ended_when_its_time_is_over(string key, string script)
    {
        using Daemon daemon = Daemon.Start(("slow", Listen + $"{key} = '300ms'\n" + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("slow");

        Assert.That(client.ReadToEnd(), Is.Empty);

        LogLine end = daemon.WaitFor("end", "slow");
        Assert.That((end["reason"], end["signal"]), Is.EqualTo((key, "TERM")));
        Assert.That(end.Number("duration_ms"), Is.GreaterThanOrEqualTo(290));
    }

    [Test]
    public void A_client_that_has_sent_something_is_not_ended_by_first_byte_timeout()
    {
        using Daemon daemon = Daemon.Start(
            ("talk", Listen + "first_byte_timeout = '500ms'\n" + TomlText.ExecShell("read a; sleep 1; echo $a")));
        using Client client = daemon.Connect("talk");

        Assert.That(client.Send("still here\n").ReadToEnd(), Is.EqualTo("still here\n"));

        Assert.That(daemon.WaitFor("end", "talk").Fields, Does.Not.ContainKey("reason"));
    }

    [Test]
    public void A_connection_on_which_something_moves_is_not_idle()
    {
        using Daemon daemon = Daemon.Start(
            ("talk", Listen + "idle_timeout = '1s'\n" + TomlText.ExecShell("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.3; done")));
        using Client client = daemon.Connect("talk");

        Assert.That(client.ReadToEnd(), Is.EqualTo("1\n2\n3\n4\n5\n6\n7\n8\n"));

        LogLine end = daemon.WaitFor("end", "talk");
        Assert.That(end.Number("exit"), Is.Zero);
        Assert.That(end.Number("duration_ms"), Is.GreaterThan(1_000));
    }

    [Test]
    public void A_client_that_reads_nothing_is_idle_though_its_handler_writes()
    {
        using Daemon daemon = Daemon.Start(("pour", Listen + "idle_timeout = '500ms'\n" + TomlText.ExecShell("exec cat /dev/zero")));
        using Client client = daemon.Connect("pour");

        Assert.That(daemon.WaitFor("end", "pour")["reason"], Is.EqualTo("idle_timeout"));
    }

    [Test]
    public void A_handler_that_ignores_TERM_gets_KILL_after_stop_grace()
    {
        using Daemon daemon = Daemon.Start(
            (
                "deaf",
                "listen = '127.0.0.1:0'\nrun_timeout = '200ms'\nstop_grace = '300ms'\n"
                    + TomlText.ExecShell("trap '' TERM; while :; do sleep 1; done")));
        using Client client = daemon.Connect("deaf");

        LogLine end = daemon.WaitFor("end", "deaf");

        Assert.That((end["reason"], end["signal"]), Is.EqualTo(("run_timeout", "KILL")));
        Assert.That(end.Number("duration_ms"), Is.GreaterThanOrEqualTo(490));
    }

    [Test]
    public void A_client_that_resets_takes_its_handler_with_it()
    {
        using Daemon daemon = Daemon.Start(("work", Listen + TomlText.ExecShell("echo hello; exec sleep 1000")));
        using Client client = daemon.Connect("work");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));

        client.Reset();

        Assert.That(daemon.WaitFor("end", "work")["reason"], Is.EqualTo("client_gone"));
    }

    [Test]
    public void With_both_directions_closed_the_client_is_gone()
    {
        string[] handler =
        [
            Needs.Program("python3"), "-c", "import socket, time; socket.socket(fileno=0).shutdown(socket.SHUT_WR); time.sleep(1000)"
        ];
        using Daemon daemon = Daemon.Start(("work", Listen + $"exec = {TomlText.Of(handler)}\n"));
        using Client client = daemon.Connect("work");
        Assert.That(client.ReadToEnd(), Is.Empty);

        client.EndSending();

        Assert.That(daemon.WaitFor("end", "work")["reason"], Is.EqualTo("client_gone"));
    }

    [Test]
    public void A_half_close_is_not_the_end()
    {
        using Daemon daemon = Daemon.Start(("work", Listen + TomlText.ExecShell("cat >/dev/null; sleep 2; echo done")));
        using Client client = daemon.Connect("work");

        Assert.That(client.Send("work\n").EndSending().ReadToEnd(), Is.EqualTo("done\n"));

        Assert.That(daemon.WaitFor("end", "work").Number("exit"), Is.Zero);
    }

    [TestCase("127.0.0.1:0", "")]
    [TestCase("127.0.0.1:0", "orphans = 'keep'\n")]
    [TestCase("unix:work.sock", "")]
    public void A_program_that_overlooks_the_end_of_its_input_ends_by_gone_timeout(string listen, string more)
    {
        using var directory = new TempDir();
        listen = listen.Replace("work.sock", directory["work.sock"], StringComparison.Ordinal);
        using Daemon daemon = Daemon.Start(
            ("work", $"listen = '{listen}'\ngone_timeout = '300ms'\n{more}" + TomlText.ExecShell("echo hello; exec sleep 1000")));
        using Socket client = listen.StartsWith("unix:", StringComparison.Ordinal)
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(client.AddressFamily == AddressFamily.Unix
            ? new UnixDomainSocketEndPoint(directory["work.sock"])
            : new IPEndPoint(IPAddress.Loopback, daemon.Port("work")));
        Assert.That(client.Receive(new byte[16]), Is.Positive);

        client.Shutdown(SocketShutdown.Send);

        LogLine end = daemon.WaitFor("end", "work");
        Assert.That((end["reason"], end["signal"]), Is.EqualTo(("client_gone", "TERM")));
        Assert.That(end.Number("duration_ms"), Is.GreaterThanOrEqualTo(290));
    }

    [Test]
    public void A_program_that_replies_within_gone_timeout_is_left_alone()
    {
        using Daemon daemon = Daemon.Start(
            ("work", Listen + "gone_timeout = '100s'\n" + TomlText.ExecShell("cat >/dev/null; echo done")));
        using Client client = daemon.Connect("work");

        Assert.That(client.Send("work\n").EndSending().ReadToEnd(), Is.EqualTo("done\n"));

        LogLine end = daemon.WaitFor("end", "work");
        Assert.That(end.Fields, Does.Not.ContainKey("reason"));
        Assert.That(end.Number("exit"), Is.Zero);
    }

    [Test]
    public void A_wait_handler_has_a_run_timeout_too()
    {
        using Daemon daemon = Daemon.Start(
            ("door", Listen + "wait = true\nrun_timeout = '300ms'\n" + TomlText.ExecShell("exec sleep 1000")));
        using Client client = daemon.Connect("door");

        Assert.That(daemon.WaitFor("end", "door")["reason"], Is.EqualTo("run_timeout"));
    }

    [Test]
    public void A_time_limit_is_what_the_timeout_of_a_penalty_is_for()
    {
        using Daemon daemon = Daemon.Start(
            ("slow", Listen + "run_timeout = '200ms'\npenalty = { timeout = '60s' }\n" + TomlText.ExecShell("exec sleep 1000")));
        using (Client client = daemon.Connect("slow"))
        {
            _ = client.ReadToEnd();
        }

        _ = daemon.WaitFor("end", "slow");
        using Client again = daemon.Connect("slow");
        Assert.That(again.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "slow")["reason"], Is.EqualTo("penalty"));
    }
}
