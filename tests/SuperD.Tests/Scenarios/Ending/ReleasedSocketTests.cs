using System.Net;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>
/// The byte counts of connections that superd has released, <c>close =
/// "immediate"</c>: the kernel reports them when the socket is destroyed.
/// </summary>
public sealed class ReleasedSocketTests
{
    private const string Listen = "listen = '127.0.0.1:0'\nclose = 'immediate'\n";
    private const string OnV6 = "listen = '[::1]:0'\nclose = 'immediate'\n";

    private static readonly string s_reply = new('y', 12345);

    [TestCase(Listen)]
    [TestCase(OnV6)]
    public void A_client_that_ends_first_is_counted_exactly(string listen)
    {
        Needs.IPv6();
        using Daemon daemon = Daemon.Start(("count", listen + TomlText.ExecShell("cat >/dev/null; printf %12345s | tr ' ' y")));
        using Client client = Connect(daemon, listen);
        client.Send(new string('x', 6789)).EndSending();

        Assert.That(client.ReadToEnd(), Is.EqualTo(s_reply));

        AssertCounted(daemon.WaitFor("end", "count"), 6789, 12345);
    }

    [TestCase(Listen)]
    [TestCase(OnV6)]
    public void A_handler_that_ends_first_is_counted_exactly(string listen)
    {
        Needs.IPv6();
        using Daemon daemon = Daemon.Start(("count", listen + TomlText.ExecShell("head -c 5; sleep 0.05")));
        using Client client = Connect(daemon, listen);
        client.Send("hello");

        Assert.That(client.ReadToEnd(), Is.EqualTo("hello"));

        AssertCounted(daemon.WaitFor("end", "count"), 5, 5);
    }

    [Test]
    public void An_end_of_the_client_that_nobody_has_read_is_no_byte()
    {
        using Daemon daemon = Daemon.Start(("count", Listen + TomlText.ExecShell("head -c 5; sleep 0.05")));
        using Client client = daemon.Connect("count");
        client.Send("hello").EndSending();

        Assert.That(client.ReadToEnd(), Is.EqualTo("hello"));

        AssertCounted(daemon.WaitFor("end", "count"), 5, 5);
    }

    [Test]
    public void A_handler_that_closes_its_socket_and_works_on_is_counted_when_it_closes()
    {
        using Daemon daemon = Daemon.Start(("later", Listen + TomlText.ExecShell("head -c 5; exec <&- >&-; sleep 60")));
        using Client client = daemon.Connect("later");
        client.Send("hello");
        Assert.That(client.ReadToEnd(), Is.EqualTo("hello"), "the client sees the end while the handler lives");

        Patience.Until(() => BytesListed(daemon) == (5, 5), "superd ps tells the bytes");
        ConsoleSocket.Ask(daemon, """{"command":"end","service":"later"}""");
        AssertCounted(daemon.WaitFor("end", "later"), 5, 5);
    }

    [Test]
    public void What_somebody_still_has_open_is_counted_as_far_as_it_has_come()
    {
        using Daemon daemon = Daemon.Start(
            ("keep", Listen + "orphans = 'keep'\n" + TomlText.ExecShell("head -c 5; exec 3<&0; (read line <&3; echo $line) & sleep 0.05")));
        using Client client = daemon.Connect("keep");
        client.Send("hello");

        AssertCounted(daemon.WaitFor("end", "keep"), 5, 5);
        Assert.That(client.Send("more\n").EndSending().ReadToEnd(), Is.EqualTo("hellomore\n"), "the connection goes on");
    }

    [Test]
    public void A_connection_that_was_reset_has_a_record_without_bytes()
    {
        using Daemon daemon = Daemon.Start(
            ("unread", Listen + "directory = '..'\n" + TomlText.ExecShell("head -c 1 >/dev/null; while [ ! -e go ]; do sleep 0.02; done")));
        using Client client = daemon.Connect("unread");
        client.Send("hello");
        _ = daemon.WaitFor("accept", "unread"); // superd has released the socket
        daemon.Directory.Write("go", string.Empty);

        LogLine end = daemon.WaitFor("end", "unread");

        Assert.That(end.Fields, Contains.Key("exit").And.Not.ContainKey("bytes_in"));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void Many_at_once_are_each_counted_exactly()
    {
        const int Count = 60;
        using Daemon daemon = Daemon.Start(("han", Listen + TomlText.ExecShell("read n; printf %${n}s x")));

        _ = Parallel.For(1, Count + 1, new ParallelOptions { MaxDegreeOfParallelism = 8 }, n =>
        {
            using Client client = daemon.Connect("han");
            Assert.That(client.Send($"{n}\n").ReadToEnd(), Has.Length.EqualTo(n));
        });

        LogLine[] ends = daemon.WaitFor(line => line.Is("end", "han"), Count, "all have ended");
        Assert.That(ends.Select(end => end.Number("bytes_out")), Is.EquivalentTo(Enumerable.Range(1, Count)));
        Assert.That(ends.Where(end => end.Number("bytes_in") != (end.Number("bytes_out") < 10 ? 2 : 3)).Select(end => end.Raw), Is.Empty);
    }

    [Test]
    public void An_upgrade_loses_no_count()
    {
        using Daemon daemon = Daemon.Start(
            ("before", Listen + TomlText.ExecShell("head -c 5; exec <&- >&-; sleep 60")),
            ("after", Listen + TomlText.ExecShell("head -c 5; cat >/dev/null")));
        using Client before = daemon.Connect("before").Send("hello"), after = daemon.Connect("after").Send("hello");
        Assert.That(before.ReadToEnd(), Is.EqualTo("hello"));
        Assert.That(after.ReadBytes(5), Is.EqualTo("hello"u8.ToArray()));

        daemon.Upgrade();

        after.Send("more").EndSending();
        AssertCounted(daemon.WaitFor("end", "after"), 9, 5);
        ConsoleSocket.Ask(daemon, """{"command":"end","service":"before"}""");
        AssertCounted(daemon.WaitFor("end", "before"), 5, 5);
    }

    private static Client Connect(Daemon daemon, string listen) =>
        new(daemon.Port("count"), listen == OnV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback);

    /// <summary>Null while superd does not know the counts yet.</summary>
    private static (long, long)? BytesListed(Daemon daemon)
    {
        JsonElement connection = ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections")[0];
        return connection.TryGetProperty("bytes_in", out JsonElement bytesIn)
            ? (bytesIn.GetInt64(), connection.GetProperty("bytes_out").GetInt64())
            : null;
    }

    private static void AssertCounted(LogLine end, long bytesIn, long bytesOut)
    {
        Assert.That(end.Fields, Contains.Key("bytes_in").And.ContainKey("rtt_ms"), end.Raw);
        Assert.That((end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo((bytesIn, bytesOut)), end.Raw);
    }
}
