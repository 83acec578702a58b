using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Admission;

/// <summary>Rate and concurrency limits of one source, of a service, and of superd as a whole.</summary>
public sealed class RateTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_hello = Listen + TomlText.ExecShell("echo hello");

    private static readonly string s_stay = Listen + TomlText.ExecShell("echo hello; read line");

    [Test]
    public void Rate_refuses_the_excess_and_keeps_the_port_open()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "rate = '1/h burst 3'"));
        Assert.That(Replies(daemon, "127.0.0.1", 6), Is.EqualTo("sssrrr"));
        Assert.That(daemon.WaitFor("refuse", "han")["reason"], Is.EqualTo("rate"));
        Assert.That(Replies(daemon, "127.0.0.2", 1), Is.EqualTo("r"), "it is the service's");
    }

    [Test]
    public void Rate_recovers_by_itself()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "rate = '2/s burst 1'"));
        Patience.Until(() => Replies(daemon, "127.0.0.1", 1) == "r", "the token is taken, and the next has not come yet");
        Patience.Until(() => Replies(daemon, "127.0.0.1", 1) == "s", "a token has come back");
    }

    [Test]
    public void Per_source_rate_refuses_the_excess_of_one_source_only()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "per_source_rate = '1/h burst 2'"));
        Assert.That(Replies(daemon, "127.0.0.2", 4), Is.EqualTo("ssrr"));
        Assert.That(Replies(daemon, "127.0.0.3", 1), Is.EqualTo("s"));
        Assert.That(daemon.WaitFor("refuse", "han")["reason"], Is.EqualTo("per_source_rate"));
    }

    [Test]
    public void Per_source_refuses_a_source_that_has_its_share_until_a_handler_ends()
    {
        using Daemon daemon = Daemon.Start(("han", s_stay + "per_source = 2"));
        using Client first = daemon.ConnectFrom("127.0.0.2", "han");
        using Client second = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That((first.ReadLine(), second.ReadLine()), Is.EqualTo(("hello", "hello")));
        Assert.That(Replies(daemon, "127.0.0.2", 1), Is.EqualTo("r"));
        LogLine refusal = daemon.WaitFor("refuse", "han");
        Assert.That((refusal["reason"], refusal["count"]), Is.EqualTo(("per_source", "2/2")));
        using Client other = daemon.ConnectFrom("127.0.0.3", "han");
        Assert.That(other.ReadLine(), Is.EqualTo("hello"));
        first.EndSending();
        _ = daemon.WaitFor("end", "han");
        using Client third = daemon.ConnectFrom("127.0.0.2", "han");
        Assert.That(third.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void Per_source_counts_launches_under_way()
    {
        using Daemon daemon = Daemon.Start(("han", s_stay + "per_source = 3"));
        Client[] clients = [.. Enumerable.Range(0, 20).Select(_ => daemon.ConnectFrom("127.0.0.2", "han"))];
        Assert.That(clients.Count(client => !client.IsClosedWithoutReply()), Is.EqualTo(3));
        Array.ForEach(clients, client => client.Dispose());
        _ = daemon.WaitFor(line => line.Is("end", "han"), 3, "the three have ended");
        Assert.That(daemon.Refusals("han"), Is.EqualTo(17));
    }

    [Test]
    public void Source_prefix_makes_a_network_one_source()
    {
        using Daemon daemon = Daemon.Start(("han", s_hello + "per_source_rate = '1/h'\nsource_prefix = { v4 = 24 }"));
        Assert.That(Replies(daemon, "127.0.1.2", 1) + Replies(daemon, "127.0.1.3", 1) + Replies(daemon, "127.0.2.2", 1), Is.EqualTo("srs"));
    }

    [Test]
    public void Max_handlers_is_shared_by_all_services()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "max_handlers = 2" }, ("a", s_stay), ("b", s_stay));
        using Client first = daemon.Connect("a");
        using Client second = daemon.Connect("b");
        Assert.That((first.ReadLine(), second.ReadLine()), Is.EqualTo(("hello", "hello")));
        using Client third = daemon.Connect("a");
        Assert.That(third.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("refuse", "a");
        Assert.That((refusal["reason"], refusal["count"]), Is.EqualTo(("max_handlers", "2/2")));
        second.EndSending();
        _ = daemon.WaitFor("end", "b");
        using Client fourth = daemon.Connect("a");
        Assert.That(fourth.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void At_max_handlers_the_clients_of_a_service_with_a_queue_wait_and_none_is_refused()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "max_handlers = 1" }, ("a", s_stay), ("b", s_stay + "instances = 9\nwhen_full = 'queue'"));
        using Client first = daemon.Connect("a");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        Client[] waiting = [.. Enumerable.Range(0, 3).Select(_ => daemon.Connect("b"))];
        first.EndSending();
        foreach (Client client in waiting)
        {
            Assert.That(client.ReadLine(), Is.EqualTo("hello"));
            Assert.That(ProcFs.Children(daemon.Pid), Has.Length.EqualTo(1));
            client.Dispose();
        }

        Assert.That(daemon.Refusals("b"), Is.Zero);
    }

    [TestCase("per_source = 4")]
    [TestCase("per_source_rate = '20/s'")]
    public void A_flood_from_one_source_never_locks_others_out(string limit)
    {
        const int Visits = 20;
        using Daemon daemon = Daemon.Start(("han", s_hello + limit));
        int port = daemon.Port("han");
        int served = 0;
        long flooded;
        using (Flood flood = new(port, from: "127.0.0.2"))
        {
            using PeriodicTimer tenPerSecond = new(TimeSpan.FromMilliseconds(100));
            for (int i = 0; i < Visits; i++)
            {
                using Client client = new(port);
                served += client.ReadToEnd() == "hello\n" ? 1 : 0;
                _ = tenPerSecond.WaitForNextTickAsync().AsTask().Wait(Patience.Limit);
            }

            flood.Dispose();
            flooded = flood.Connections;

            // Connections are accepted in order: once this one is served, none of the flood is waiting.
            using Client last = new(port);
            served += last.ReadToEnd() == "hello\n" ? 1 : 0;
        }

        Assert.That(served, Is.EqualTo(Visits + 1), "every one of the well-behaved client's connections");
        Assert.That(daemon.Stop(), Is.Zero);
        long accepted = daemon.Log.Count(line => line.Is("accept", "han"));
        long refused = daemon.Refusals("han");
        Assert.That(refused, Is.GreaterThan(100));
        Assert.That(accepted + refused, Is.EqualTo(flooded + Visits + 1), "the records are the connections");
        TestContext.Out.WriteLine($"{limit}: {flooded} connections of the flood, {refused} refused, {daemon.Log.Count} lines");
    }

    /// <summary>Connects that many times in sequence: 's' for served, 'r' for refused.</summary>
    private static string Replies(Daemon daemon, string from, int times) => string.Concat(Enumerable.Range(0, times).Select(_ =>
    {
        using Client client = daemon.ConnectFrom(from, "han");
        return client.IsClosedWithoutReply() ? 'r' : 's';
    }));
}
