using System.Net;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Datagrams;

/// <summary>UDP with wait = true: one handler at a time gets the bound socket and with it all datagrams.</summary>
public sealed class UdpWaitTests
{
    private const string Wait = "listen = 'udp://127.0.0.1:0'\nwait = true\n";

    [Test]
    public void A_datagram_starts_a_handler_that_finds_it_in_the_bound_socket()
    {
        using Daemon daemon = Daemon.Start(("dgram", Wait + TomlText.ExecTestHandler("dgram")));
        using var client = new DatagramClient(daemon.Port("dgram"));

        string answer = client.Send("question").Receive();

        LogLine launch = daemon.WaitFor("start_datagram_wait", "dgram");
        Assert.That(answer, Is.EqualTo($"served by {launch["pid"]}\nquestion"));
        Assert.That(launch["peer"], Is.EqualTo(client.Address));
        Assert.That(launch["address"], Is.EqualTo($"127.0.0.1:{daemon.Port("dgram")}/udp"));
        Assert.That(daemon.WaitFor("end", "dgram")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void After_a_handler_has_ended_the_next_datagram_starts_a_new_one_and_none_is_lost()
    {
        // Each handler reads one datagram, so those sent while it runs wait for the next handler.
        const int Count = 20;
        using Daemon daemon = Daemon.Start(("dgram", Wait + TomlText.ExecTestHandler("dgram")));
        using var client = new DatagramClient(daemon.Port("dgram"));

        string[][] answers = client.SendNumbers(Count);

        Assert.That(answers.Select(answer => answer[1]), Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        Assert.That(answers.Select(answer => answer[0]).Distinct().Count(), Is.EqualTo(Count), "each had a handler of its own");
        daemon.WaitFor(line => line.Is("end", "dgram"), Count, "all handlers have ended");
        Assert.That(daemon.Log.Count(line => line.Is("start_datagram_wait", "dgram")), Is.EqualTo(Count));
    }

    [Test]
    public void One_handler_serves_as_many_datagrams_as_it_likes()
    {
        using Daemon daemon = Daemon.Start(("cat", Wait + TomlText.ExecTestHandler("dgram", "3")));
        using var first = new DatagramClient(daemon.Port("cat"));
        using var second = new DatagramClient(daemon.Port("cat"));

        string[] answers = [first.Send("a").Receive(), second.Send("b").Receive(), first.Send("c").Receive()];

        string pid = daemon.WaitFor("start_datagram_wait", "cat")["pid"];
        Assert.That(answers, Is.EqualTo([$"served by {pid}\na", $"served by {pid}\nb", $"served by {pid}\nc"]));
        daemon.WaitFor("end", "cat");
    }

    [Test]
    public void The_socket_is_blocking_and_named_as_systemd_does_it()
    {
        using Daemon daemon = Daemon.Start(("env", Wait + TomlText.ExecTestHandler("dgram-env")));
        using var client = new DatagramClient(daemon.Port("env"));

        string[] answer = client.Send("env?").Receive().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        string pid = daemon.WaitFor("start_datagram_wait", "env")["pid"];
        Assert.That(answer.Where(line => !line.StartsWith("PATH=")), Is.EqualTo(
        [
            "LISTEN_FDNAMES=env",
            "LISTEN_FDS=1",
            $"LISTEN_PID={pid}",
            "PROTO=UDP",
            "REMOTE_ADDR=127.0.0.1",
            "REMOTE_HOST=127.0.0.1",
            $"REMOTE_PORT={client.LocalPort}",
            "SUPERD_CONNECTION=1",
            "SUPERD_SERVICE=env",
            "UDPLOCALIP=127.0.0.1",
            $"UDPLOCALPORT={daemon.Port("env")}",
            "UDPREMOTEIP=127.0.0.1",
            $"UDPREMOTEPORT={client.LocalPort}",
            "nonblock=0",
        ]));
    }

    [Test]
    public void A_handler_that_does_not_read_is_held_back_and_then_only_that_datagram_is_dropped()
    {
        // The handler does not read datagrams that begin with "bad".
        using Daemon daemon = Daemon.Start(("picky", Wait + TomlText.ExecTestHandler("dgram-unless", "bad")));
        using var bad = new DatagramClient(daemon.Port("picky"));
        using var good = new DatagramClient(daemon.Port("picky"));

        bad.Send("bad packet");
        daemon.WaitFor("start_datagram_wait", "picky");
        good.Send("one");
        good.Send("two");

        Assert.That(good.Receive(), Does.EndWith("\none"));
        Assert.That(good.Receive(), Does.EndWith("\ntwo"));
        LogLine hold = daemon.WaitFor("datagram_held", "picky");
        LogLine drop = daemon.WaitFor("datagram_dropped", "picky");
        Assert.That(hold["peer"], Is.EqualTo(bad.Address));
        Assert.That(drop["peer"], Is.EqualTo(bad.Address));
        Assert.That(drop["bytes"], Is.EqualTo("10"));
        Assert.That(drop["reason"], Is.EqualTo("unread"));
        Assert.That(
            daemon.Log.Count(line => line.Is("start_datagram_wait", "picky") && line["peer"] == bad.Address), Is.EqualTo(5), "bounded");
        Assert.That(daemon.Log.Count(line => line.Is("datagram_held", "picky")), Is.EqualTo(1), "one line");
        Assert.That(bad.HasDatagram, Is.False);
    }

    [Test]
    public void A_retransmission_is_another_datagram_although_it_looks_the_same()
    {
        using Daemon daemon = Daemon.Start(("dgram", Wait + TomlText.ExecTestHandler("dgram")));
        using var client = new DatagramClient(daemon.Port("dgram"));

        // The kernel notes arrivals only some time after superd has asked for it; before, equal datagrams cannot be told apart.
        for (int i = 0; i < 5; i++)
        {
            Assert.That(client.Send($"other {i}").Receive(), Does.EndWith($"\nother {i}"));
        }

        for (int i = 0; i < 10; i++)
        {
            client.Send("same");
        }

        for (int i = 0; i < 10; i++)
        {
            Assert.That(client.Receive(), Does.EndWith("\nsame"));
        }

        daemon.WaitFor(line => line.Is("end", "dgram"), 15, "all handlers have ended");
        Assert.That(daemon.Log.Select(line => line.Event), Has.None.EqualTo("datagram_held").And.None.EqualTo("datagram_dropped"));
    }

    [Test]
    public void A_launch_that_fails_costs_the_one_datagram_that_asked_for_it()
    {
        using var directory = new TempDir();
        string link = directory["handler"];
        File.CreateSymbolicLink(link, SuperdProgram.TestHandler);
        using Daemon daemon = Daemon.Start(("dgram", Wait + $"exec = [{TomlText.Of(link)}, 'dgram']\n"));
        using var client = new DatagramClient(daemon.Port("dgram"));
        File.Delete(link);

        client.Send("lost");
        LogLine failure = daemon.WaitFor("launch_failed", "dgram");
        File.CreateSymbolicLink(link, SuperdProgram.TestHandler);

        Assert.That(failure["peer"], Is.EqualTo(client.Address));
        Assert.That(failure["step"], Is.EqualTo("execve"));
        Assert.That(client.Send("served").Receive(), Does.EndWith("\nserved"));
    }

    [Test]
    public void A_port_alone_is_one_socket_for_both_families()
    {
        Needs.IPv6();
        using Daemon daemon = Daemon.Start(("dgram", "listen = 'udp://:0'\nwait = true\n" + TomlText.ExecTestHandler("dgram")));
        using var v4 = new DatagramClient(daemon.Port("dgram"));
        using var v6 = new DatagramClient(daemon.Port("dgram"), IPAddress.IPv6Loopback);

        Assert.That(v4.Send("four").Receive(), Does.EndWith("\nfour"));
        Assert.That(v6.Send("six").Receive(), Does.EndWith("\nsix"));

        LogLine[] launches = daemon.WaitFor(line => line.Is("start_datagram_wait", "dgram"), 2, "both are served");
        Assert.That(launches.Select(line => line["peer"]), Is.EqualTo([v4.Address, v6.Address]), "IPv4 as IPv4");
    }

    [Test]
    public void A_second_superd_waits_for_the_address()
    {
        using Daemon first = Daemon.Start(("dgram", Wait + TomlText.ExecTestHandler("dgram")));
        int port = first.Port("dgram");
        using Daemon second = Daemon.Start(
            new DaemonOptions { WaitsForReady = false },
            ("dgram", $"listen = 'udp://127.0.0.1:{port}'\nwait = true\n" + TomlText.ExecTestHandler("dgram")));

        LogLine failure = second.WaitFor("bind_failed", "dgram");

        Assert.That(failure["address"], Is.EqualTo($"127.0.0.1:{port}/udp"));
        Assert.That(failure["error"], Does.StartWith("Address already in use"));
        first.Stop();
        second.WaitFor("listen", "dgram");
    }

    [Test]
    public void Superd_ends_while_a_handler_has_the_socket()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '100ms'" }, ("wait", Wait + TomlText.ExecTestHandler("dgram", "1000")));
        using var client = new DatagramClient(daemon.Port("wait"));
        client.Send("hello").Receive();

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(daemon.Log.Count(line => line.Is("end", "wait")), Is.EqualTo(1));
    }

    [TestCase("only_from = '127.0.0.1'", "only_from")]
    [TestCase("no_access = '127.0.0.2'", "no_access")]
    public void A_datagram_of_a_peer_that_may_not_come_starts_nothing_and_costs_no_other_one(string list, string reason)
    {
        const int Count = 10;
        using Daemon daemon = Daemon.Start(("dgram", Wait + list + "\n" + TomlText.ExecTestHandler("dgram")));
        using var bad = new DatagramClient(daemon.Port("dgram"), from: "127.0.0.2");
        using var good = new DatagramClient(daemon.Port("dgram"));
        for (int i = 0; i < Count; i++)
        {
            bad.Send("let me in");
            good.Send($"{i}");
            bad.Send("and me");
        }

        string[] answers = [.. Enumerable.Range(0, Count).Select(_ => good.Receive().Split('\n')[1])];

        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        daemon.WaitFor(line => line.Is("refuse", "dgram"), 2, "refusals are told of");
        daemon.WaitFor(line => line.Is("end", "dgram"), Count, "all handlers have ended");
        daemon.Stop();
        Assert.That(
            daemon.Log.Where(line => line.Is("start_datagram_wait", "dgram")).Select(line => line["peer"]),
            Has.Exactly(Count).EqualTo(good.Address));
        LogLine[] refusals = [.. daemon.Log.Where(line => line.Is("refuse", "dgram"))];
        Assert.That(refusals.Select(line => line["peer"]), Has.All.EqualTo(bad.Address));
        Assert.That(refusals.Select(line => line["reason"]), Has.All.EqualTo(reason));
        Assert.That(bad.HasDatagram, Is.False);
        daemon.Records();
    }

    [Test]
    public void Ten_thousand_refused_datagrams_start_nothing()
    {
        const int Count = 10_000;
        using Daemon daemon = Daemon.Start(("dgram", Wait + "no_access = '127.0.0.2'\n" + TomlText.ExecTestHandler("dgram")));
        using var bad = new DatagramClient(daemon.Port("dgram"), from: "127.0.0.2");
        using var good = new DatagramClient(daemon.Port("dgram"));

        for (int i = 0; i < Count; i++)
        {
            bad.Send("x");
        }

        // The kernel keeps what fits its buffer and drops the rest, whoever sent it, so the good client retries until it is served.
        Patience.Until(() => good.Send("x").IsAnsweredWithin(TimeSpan.FromMilliseconds(500)), "the good one is served");
        Assert.That(
            daemon.Log.Where(line => line.Is("start_datagram_wait", "dgram")).Select(line => line["peer"]), Has.All.EqualTo(good.Address));
        ProcFs.WaitUntilAtRest(daemon.Pid);
    }

    [TestCase("rate = '2/d'", "rate")]
    [TestCase("per_source_rate = '2/d'", "per_source_rate")]
    [TestCase("access_times = 'Sun 00:00-00:01'\ntime_zone = 'UTC'", "access_times")]
    [TestCase("max_load = 0.000001", "max_load")]
    public void A_datagram_beyond_a_limit_is_refused_alone(string limit, string reason)
    {
        Assume.That(
            reason != "access_times" || DateTime.UtcNow is not { DayOfWeek: DayOfWeek.Sunday, TimeOfDay.TotalMinutes: < 2 },
            "the service is open just now");
        using Daemon daemon = Daemon.Start(("dgram", Wait + limit + "\n" + TomlText.ExecTestHandler("dgram")));
        using var client = new DatagramClient(daemon.Port("dgram"));

        int served = reason.EndsWith("rate") ? 2 : 0;
        for (int i = 0; i < served; i++)
        {
            Assert.That(client.Send($"{i}").Receive(), Does.EndWith($"\n{i}"));
        }

        client.Send("beyond");
        LogLine refusal = daemon.WaitFor("refuse", "dgram");
        Assert.That(refusal["reason"], Is.EqualTo(reason));
        Assert.That(refusal["peer"], Is.EqualTo(client.Address));
        daemon.Stop();
        Assert.That(daemon.Log.Count(line => line.Is("start_datagram_wait", "dgram")), Is.EqualTo(served));
    }

    [Test]
    public void While_superd_is_full_datagrams_wait_in_the_socket()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "max_handlers = 1" },
            ("dgram", Wait + TomlText.ExecTestHandler("dgram")),
            ("busy", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo ready; read line")));
        using Client busy = daemon.Connect("busy");
        Assert.That(busy.ReadLine(), Is.EqualTo("ready"));
        using var client = new DatagramClient(daemon.Port("dgram"));
        client.Send("patient");
        ProcFs.WaitUntilAtRest(daemon.Pid);
        Assert.That(daemon.Log.Select(line => line.Event), Has.None.EqualTo("start_datagram_wait").And.None.EqualTo("refuse"));

        busy.Send("go\n");

        Assert.That(client.Receive(), Does.EndWith("\npatient"));
    }
}
