using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Datagrams;

/// <summary>UDP without wait: each peer gets its own handler and its own connected socket.</summary>
/// <remarks>cat acts as a datagram echo: it reads its peer's datagrams from fd 0, and its output goes to that peer.</remarks>
public sealed class UdpPeerTests
{
    private const string Listen = "listen = 'udp://127.0.0.1:0'\n";
    private const string Cat = "exec = '/bin/cat'\n";

    [SetUp]
    public void NeedRoot() => Needs.Root(); // CAP_NET_RAW

    [Test]
    public void Each_peer_has_a_handler_of_its_own_for_all_its_datagrams()
    {
        using Daemon daemon = Daemon.Start(("cat", Listen + Cat));
        using var first = new DatagramClient(daemon.Port("cat"));
        using var second = new DatagramClient(daemon.Port("cat"));

        for (int i = 0; i < 5; i++)
        {
            Assert.That(first.Send($"first {i}").Receive(), Is.EqualTo($"first {i}"));
            Assert.That(second.Send($"second {i}").Receive(), Is.EqualTo($"second {i}"));
        }

        LogLine[] accepts = daemon.WaitFor(line => line.Is("accept", "cat"), 2, "both are served");
        Assert.That(accepts.Select(line => line["peer"]), Is.EquivalentTo([first.Address, second.Address]));
        Assert.That(accepts.Select(line => line["handlers"]), Has.All.EndWith("/100"));
        Assert.That(ProcFs.Children(daemon.Pid), Is.EquivalentTo(accepts.Select(line => (int)line.Number("pid"))));
    }

    [Test]
    public void The_socket_is_connected_to_the_peer()
    {
        using Daemon daemon = Daemon.Start(("peername", Listen + TomlText.ExecTestHandler("peername")));
        using var client = new DatagramClient(daemon.Port("peername"));

        Assert.That(client.Send("who am I?").Receive(), Is.EqualTo($"127.0.0.1 {client.LocalPort}\n"));
    }

    [Test]
    public void A_handler_is_told_its_peer_and_the_address_the_peer_wrote_to()
    {
        // On a wildcard address, the datagram tells which local address it was sent to.
        using Daemon daemon = Daemon.Start(("env", "listen = 'udp://:0'\n" + TomlText.ExecTestHandler("dgram-env")));
        using var client = new DatagramClient(daemon.Port("env"), IPAddress.Parse("127.0.0.2"));

        string[] answer = client.Send("env?").Receive().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(answer.Where(line => !line.StartsWith("PATH=")), Is.EqualTo(
        [
            "PROTO=UDP",
            "REMOTE_ADDR=127.0.0.1",
            "REMOTE_HOST=127.0.0.1",
            $"REMOTE_PORT={client.LocalPort}",
            "SUPERD_CONNECTION=1",
            "SUPERD_SERVICE=env",
            "UDPLOCALIP=127.0.0.2",
            $"UDPLOCALPORT={daemon.Port("env")}",
            "UDPREMOTEIP=127.0.0.1",
            $"UDPREMOTEPORT={client.LocalPort}",
            "nonblock=0",
        ]));
    }

    [Test]
    public void An_answer_comes_from_the_address_the_peer_wrote_to()
    {
        // A connected client receives nothing from any other address.
        using Daemon daemon = Daemon.Start(("cat", "listen = 'udp://:0'\n" + Cat));
        foreach (string address in (string[])["127.0.0.1", "127.0.0.2", "127.1.2.3"])
        {
            using var client = new DatagramClient(daemon.Port("cat"), IPAddress.Parse(address));
            Assert.That(client.Send(address).Receive(), Is.EqualTo(address));
            Assert.That(client.Send("again").Receive(), Is.EqualTo("again"));
        }
    }

    [Test]
    public void IPv6_peers_are_served_alike()
    {
        Needs.IPv6();
        using Daemon daemon = Daemon.Start(("dgram", "listen = 'udp://[::1]:0'\n" + TomlText.ExecTestHandler("dgram", "2")));
        using var client = new DatagramClient(daemon.Port("dgram"), IPAddress.IPv6Loopback);

        Assert.That(client.Send("one").Receive(), Does.EndWith("\none"));
        Assert.That(client.Send("two").Receive(), Does.EndWith("\ntwo"));
        Assert.That(daemon.WaitFor("accept", "dgram")["peer"], Is.EqualTo(client.Address));
    }

    [Test]
    public void The_first_datagram_has_its_real_sender()
    {
        // This handler answers to the address that recvfrom returned.
        using Daemon daemon = Daemon.Start(("dgram", Listen + TomlText.ExecTestHandler("dgram")));
        using var client = new DatagramClient(daemon.Port("dgram"));

        string answer = client.Send("question").Receive();

        Assert.That(answer, Is.EqualTo($"served by {daemon.WaitFor("accept", "dgram")["pid"]}\nquestion"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(65_507)]
    public void A_first_datagram_of_any_size_arrives_unchanged(int size)
    {
        using Daemon daemon = Daemon.Start(("dgram", Listen + TomlText.ExecTestHandler("dgram-length")));
        using var client = new DatagramClient(daemon.Port("dgram"));
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);

        string answer = client.Send(bytes).Receive();

        Assert.That(answer, Is.EqualTo($"{size} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}"));
        Assert.That(daemon.WaitFor("end", "dgram")["exit"], Is.EqualTo("0"));
        Assert.That(daemon.Log.Count(line => line.Is("accept", "dgram")), Is.EqualTo(1));
    }

    [Test]
    public void Many_peers_at_once_lose_none_of_their_first_datagrams_and_get_nobody_elses()
    {
        const int Peers = 30, Each = 5;
        using Daemon daemon = Daemon.Start(("cat", Listen + Cat));
        int port = daemon.Port("cat");
        DatagramClient[] clients = [.. Enumerable.Range(0, Peers).Select(_ => new DatagramClient(port))];
        for (int i = 0; i < Each; i++)
        {
            for (int peer = 0; peer < Peers; peer++)
            {
                clients[peer].Send($"{peer}:{i}");
            }
        }

        using (Assert.EnterMultipleScope())
        {
            for (int peer = 0; peer < Peers; peer++)
            {
                // UDP guarantees no order, and superd adds none.
                string[] answers = [.. Enumerable.Range(0, Each).Select(_ => clients[peer].Receive())];
                Assert.That(answers, Is.EquivalentTo(Enumerable.Range(0, Each).Select(i => $"{peer}:{i}")));
            }
        }

        daemon.WaitFor(line => line.Is("accept", "cat"), Peers, "every peer has its line");
        Assert.That(daemon.Log.Count(line => line.Is("accept", "cat")), Is.EqualTo(Peers));
        Assert.That(clients.Count(client => client.HasDatagram), Is.Zero, "each datagram arrived once");
        foreach (DatagramClient client in clients)
        {
            client.Dispose();
        }
    }

    [Test]
    public void What_a_handler_leaves_unread_starts_the_next_and_none_is_lost_between()
    {
        const int Count = 20;
        using Daemon daemon = Daemon.Start(("dgram", Listen + TomlText.ExecTestHandler("dgram")));
        using var client = new DatagramClient(daemon.Port("dgram"));

        string[][] answers = client.SendNumbers(Count);

        Assert.That(answers.Select(answer => answer[1]), Is.EquivalentTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        Assert.That(answers.Select(answer => answer[0]).Distinct().Count(), Is.EqualTo(Count), "each had a handler of its own");
        daemon.WaitFor(line => line.Is("end", "dgram"), Count, "all handlers have ended");
        Assert.That(daemon.Log.Select(line => line.Event), Has.None.EqualTo("datagram_dropped"));
    }

    [Test]
    public void A_peer_that_writes_again_as_soon_as_it_is_answered_is_always_answered()
    {
        // Each datagram may arrive while the previous handler is exiting; nothing is sent twice here.
        using Daemon daemon = Daemon.Start(("one", Listen + TomlText.ExecShell("head -c 1 >/dev/null; echo ok")));
        using var client = new DatagramClient(daemon.Port("one"));

        for (int i = 0; i < 200; i++)
        {
            Assert.That(client.Send("x").Receive(), Is.EqualTo("ok\n"), $"exchange {i}");
        }
    }

    [Test]
    public void A_datagram_its_handler_does_not_read_is_dropped_once_and_costs_nobody_else()
    {
        using Daemon daemon = Daemon.Start(("picky", Listen + TomlText.ExecTestHandler("dgram-unless", "bad")));
        using var bad = new DatagramClient(daemon.Port("picky"));
        using var good = new DatagramClient(daemon.Port("picky"));

        bad.Send("bad packet");
        LogLine drop = daemon.WaitFor("datagram_dropped", "picky");
        Assert.That(good.Send("one").Receive(), Does.EndWith("\none"));
        Assert.That(bad.Send("better packet").Receive(), Does.EndWith("\nbetter packet"));

        Assert.That(drop["peer"], Is.EqualTo(bad.Address));
        Assert.That(drop["reason"], Is.EqualTo("unread"));
        daemon.Stop();
        Assert.That(
            daemon.Log.Count(line => line.Is("accept", "picky") && line["peer"] == bad.Address), Is.EqualTo(2), "one handler per datagram");
    }

    [Test]
    public void A_peer_that_falls_silent_loses_its_handler_and_gets_a_new_one_when_it_speaks_again()
    {
        using Daemon daemon = Daemon.Start(("cat", Listen + "idle_timeout = '300ms'\n" + Cat));
        using var client = new DatagramClient(daemon.Port("cat"));
        Assert.That(client.Send("one").Receive(), Is.EqualTo("one"));

        LogLine end = daemon.WaitFor("end", "cat");

        Assert.That((end["conn"], end["reason"]), Is.EqualTo(("1", "idle_timeout")));
        Assert.That(end.Number("duration_ms"), Is.GreaterThanOrEqualTo(290));
        Assert.That(end["signal"], Is.EqualTo("TERM"));
        Assert.That(client.Send("two").Receive(), Is.EqualTo("two"));
        Assert.That(daemon.WaitFor(line => line.Is("accept", "cat"), 2, "a new handler").Last()["conn"], Is.EqualTo("2"));
    }

    [Test]
    public void A_peer_that_goes_on_speaking_keeps_its_handler()
    {
        var limit = TimeSpan.FromSeconds(2);
        using Daemon daemon = Daemon.Start(("cat", Listen + "idle_timeout = '2s'\n" + Cat));
        using var client = new DatagramClient(daemon.Port("cat"));
        TimeSpan longestGap = TimeSpan.Zero;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < 3 * limit;)
        {
            TimeSpan before = clock.Elapsed;
            Assert.That(client.Send("x").Receive(), Is.EqualTo("x"));
            Thread.Sleep(limit / 10);
            longestGap = longestGap > clock.Elapsed - before ? longestGap : clock.Elapsed - before;
        }

        Assume.That(longestGap, Is.LessThan(limit / 2), "this machine was too busy to speak in time");
        daemon.WaitFor("accept", "cat");
        Assert.That(daemon.Log.Count(line => line.Is("accept", "cat")), Is.EqualTo(1));
        Assert.That(daemon.Log.Select(line => line.Event), Has.None.EqualTo("end"));
    }

    [Test]
    public void A_handler_that_ignores_SIGTERM_gets_SIGKILL_after_stop_grace()
    {
        using Daemon daemon = Daemon.Start(
            (
                "stubborn",
                Listen + "idle_timeout = '1s'\nstop_grace = '300ms'\n"
                    + TomlText.ExecShell("trap '' TERM; cat; while :; do sleep 100; done")));
        using var client = new DatagramClient(daemon.Port("stubborn"));
        Assert.That(client.Send("x").Receive(), Is.EqualTo("x"));

        LogLine end = daemon.WaitFor("end", "stubborn");

        Assert.That((end["signal"], end["reason"]), Is.EqualTo(("KILL", "idle_timeout")));
    }

    [Test]
    public void Peers_beyond_instances_are_refused_and_may_come_again()
    {
        using Daemon daemon = Daemon.Start(("dgram", Listen + "instances = 1\n" + TomlText.ExecTestHandler("dgram", "2")));
        using var first = new DatagramClient(daemon.Port("dgram"));
        using var second = new DatagramClient(daemon.Port("dgram"));
        first.Send("one").Receive();

        second.Send("refused");
        LogLine refusal = daemon.WaitFor("refuse", "dgram");

        Assert.That(refusal["peer"], Is.EqualTo(second.Address));
        Assert.That(refusal["reason"], Is.EqualTo("instances"));
        Assert.That(refusal["count"], Is.EqualTo("1/1"));
        first.Send("two").Receive();
        daemon.WaitFor("end", "dgram");
        Assert.That(second.Send("served").Receive(), Does.EndWith("\nserved"));
    }

    [Test]
    public void Nothing_is_left_of_a_conversation_that_has_ended()
    {
        using Daemon daemon = Daemon.Start(("dgram", Listen + TomlText.ExecTestHandler("dgram")));
        int port = daemon.Port("dgram");
        Exchange(1);
        daemon.WaitFor("end", "dgram");
        int before = ProcFs.CountSockets(daemon.Pid);

        Exchange(20);

        daemon.WaitFor(line => line.Is("end", "dgram"), 21, "all handlers have ended");
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) <= before, "superd has closed the peers' sockets");
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);

        void Exchange(int count)
        {
            for (int i = 0; i < count; i++)
            {
                using var client = new DatagramClient(port);
                client.Send("x").Receive();
            }
        }
    }

    [Test]
    public void A_second_superd_does_not_share_the_address_but_waits_for_it()
    {
        using Daemon first = Daemon.Start(("cat", Listen + Cat));
        int port = first.Port("cat");
        using var client = new DatagramClient(port);
        client.Send("x").Receive();
        using Daemon second = Daemon.Start(
            new DaemonOptions { WaitsForReady = false }, ("cat", $"listen = 'udp://127.0.0.1:{port}'\n" + Cat));

        Assert.That(second.WaitFor("bind_failed", "cat")["error"], Does.StartWith("Address already in use"));

        first.Signal(SuperD.Linux.Signal.SIGKILL);
        first.WaitForExit();
        client.Send(string.Empty); // end of input for the remaining handler
        second.WaitFor("listen", "cat");
    }

    [Test]
    public void A_launch_that_fails_costs_its_own_peer_only()
    {
        using var directory = new TempDir();
        string link = directory["handler"];
        File.CreateSymbolicLink(link, "/bin/cat");
        using Daemon daemon = Daemon.Start(("cat", Listen + $"exec = {TomlText.Of(link)}\n"));

        // Repeated: a datagram sent as soon as the failure is logged must not reach the failed launch's socket.
        // All of them at once: a port that is given again belongs to a peer that has its handler.
        DatagramClient[] clients = [.. Enumerable.Range(0, 50).Select(_ => new DatagramClient(daemon.Port("cat")))];
        for (int i = 1; i <= clients.Length; i++)
        {
            DatagramClient client = clients[i - 1];
            File.Delete(link);
            client.Send("lost");
            LogLine failure = daemon.WaitFor(line => line.Is("launch_failed", "cat"), i, "the launch has failed")[^1];
            File.CreateSymbolicLink(link, "/bin/cat");

            Assert.That(failure["peer"], Is.EqualTo(client.Address));
            Assert.That(failure["step"], Is.EqualTo("execve"));
            Assert.That(client.Send("served").Receive(), Is.EqualTo("served"));
        }

        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void Superd_ends_its_peers_handlers_with_itself()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "shutdown_grace = '100ms'" }, ("cat", Listen + Cat));
        using var client = new DatagramClient(daemon.Port("cat"));
        client.Send("x").Receive();

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(daemon.WaitFor("end", "cat")["signal"], Is.EqualTo("TERM"));
    }
}
