using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Datagrams;

/// <summary>UDP without wait: which peers get a handler, and how many do.</summary>
/// <remarks>cat acts as a datagram echo, see <see cref="UdpPeerTests"/>.</remarks>
public sealed class UdpPeerAccessTests
{
    private const string Listen = "listen = 'udp://127.0.0.1:0'\n";
    private const string Cat = "exec = '/bin/cat'\n";

    [SetUp]
    public void NeedRoot() => Needs.Root(); // CAP_NET_RAW

    [Test]
    public void A_peer_that_may_not_come_gets_no_handler_and_the_others_are_served()
    {
        using Daemon daemon = Daemon.Start(("cat", Listen + "only_from = '127.0.0.0/30'\nno_access = '127.0.0.2'\n" + Cat));
        using var bad = new DatagramClient(daemon.Port("cat"), from: "127.0.0.2");
        using var worse = new DatagramClient(daemon.Port("cat"), from: "127.0.0.9");
        using var good = new DatagramClient(daemon.Port("cat"));
        for (int i = 0; i < 50; i++)
        {
            bad.Send("let me in");
            worse.Send("me too");
            Assert.That(good.Send($"{i}").Receive(), Is.EqualTo($"{i}"));
        }

        Patience.Until(() => daemon.Refusals("cat") == 40, "the first refusals of each reason have their lines");
        Assert.That(
            daemon.Log.Where(line => line.Is("refuse", "cat")).Select(line => $"{line["reason"]} {line["peer"]}").Distinct(),
            Is.EquivalentTo([$"no_access {bad.Address}", $"only_from {worse.Address}"]));
        ProcFs.WaitUntilAtRest(daemon.Pid); // the good peer's datagrams can overtake the others' because it has its own socket
        daemon.Stop();
        Assert.That(daemon.Refusals("cat"), Is.EqualTo(100), "the others are counted");
        Assert.That(daemon.Log.Count(line => line.Is("accept", "cat")), Is.EqualTo(1), "no launch for those who are refused");
        daemon.Records();
    }

    [TestCase("per_source = 1", "per_source")]
    [TestCase("per_source_rate = '1/d'", "per_source_rate")]
    public void A_source_has_its_limits_whatever_ports_its_peers_have(string limit, string reason)
    {
        using Daemon daemon = Daemon.Start(("cat", Listen + limit + "\n" + Cat));
        using var first = new DatagramClient(daemon.Port("cat"));
        using var second = new DatagramClient(daemon.Port("cat"));
        using var other = new DatagramClient(daemon.Port("cat"), from: "127.0.0.2");
        Assert.That(first.Send("one").Receive(), Is.EqualTo("one"));

        second.Send("refused");
        LogLine refusal = daemon.WaitFor("refuse", "cat");

        Assert.That(refusal["peer"], Is.EqualTo(second.Address));
        Assert.That(refusal["reason"], Is.EqualTo(reason));
        Assert.That(other.Send("served").Receive(), Is.EqualTo("served"));
        Assert.That(first.Send("still").Receive(), Is.EqualTo("still"));
    }

    [Test]
    public void Peers_above_rate_are_refused_and_those_who_are_there_stay()
    {
        using Daemon daemon = Daemon.Start(("cat", Listen + "rate = '2/d'\n" + Cat));
        using var first = new DatagramClient(daemon.Port("cat"));
        using var second = new DatagramClient(daemon.Port("cat"), from: "127.0.0.2");
        using var third = new DatagramClient(daemon.Port("cat"), from: "127.0.0.3");
        Assert.That(first.Send("one").Receive(), Is.EqualTo("one"));
        Assert.That(second.Send("two").Receive(), Is.EqualTo("two"));

        third.Send("three");

        Assert.That(daemon.WaitFor("refuse", "cat")["reason"], Is.EqualTo("rate"));
        Assert.That(first.Send("again").Receive(), Is.EqualTo("again"));
    }

    [Test]
    public void A_flood_of_peers_costs_no_more_than_instances()
    {
        const int Peers = 200, Most = 5; // all fit into a socket's default buffer
        using Daemon daemon = Daemon.Start(("cat", Listen + $"instances = {Most}\n" + Cat));
        int port = daemon.Port("cat");
        int before = ProcFs.CountSockets(daemon.Pid);
        DatagramClient[] clients = [.. Enumerable.Range(0, Peers).Select(_ => new DatagramClient(port).Send("x"))];

        daemon.WaitFor(line => line.Is("accept", "cat"), Most, "as many as may are served");
        Assert.That(ProcFs.Children(daemon.Pid), Has.Length.EqualTo(Most));
        Assert.That(ProcFs.CountSockets(daemon.Pid), Is.LessThanOrEqualTo(before + Most));
        Patience.Until(() => HasNothingUnread(port), "superd has read all datagrams");
        daemon.Stop();
        Assert.That(daemon.Log.Count(line => line.Is("accept", "cat")), Is.EqualTo(Most));
        Assert.That(daemon.Refusals("cat"), Is.EqualTo(Peers - Most));
        foreach (DatagramClient client in clients)
        {
            client.Dispose();
        }
    }

    /// <summary>Whether the unconnected socket on this port has an empty queue, see proc_net_udp(5).</summary>
    private static bool HasNothingUnread(int port) =>
        File.ReadLines("/proc/net/udp").Any(
            line => line.Contains($":{port:X4} 00000000:0000 07 00000000:00000000 ", StringComparison.Ordinal));
}
