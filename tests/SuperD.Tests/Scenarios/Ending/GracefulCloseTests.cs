using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Ending;

/// <summary>The end of a connection: the reply arrives although the client has sent data that nothing read.</summary>
public sealed class GracefulCloseTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Reply = "HTTP/1.0 200 OK\n";
    private static readonly string s_replyWithoutReading = $"exec = {TomlText.Of("/bin/echo", Reply.TrimEnd())}\n";

    [Test]
    public void A_thousand_checks_in_two_segments_are_all_answered()
    {
        const int count = 1_000;
        using Daemon daemon = Daemon.Start(("http", Listen + s_replyWithoutReading));
        int port = daemon.Port("http");
        int sockets = Sockets(daemon);

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var client = new Client(port);
            client.Socket.NoDelay = true;
            client.Send("GET / HTTP/1.0\r\n").Send("Host: check\r\n\r\n");
            Assert.That(client.ReadToEnd(), Is.EqualTo(Reply));
        });

        Assert.That(daemon.WaitFor(line => line.Event == "end", count, "every connection has its record"), Has.Length.EqualTo(count));
        Patience.Until(() => Sockets(daemon) <= sockets, "all sockets are closed");
    }

    [Test]
    public void A_reply_is_still_there_when_the_handler_has_gone_without_reading_the_request()
    {
        using Daemon daemon = Daemon.Start(
            ("graceful", Listen + s_replyWithoutReading), ("immediate", Listen + "close = 'immediate'\n" + s_replyWithoutReading));
        using Client lucky = Ask(daemon, "graceful");
        using Client unlucky = Ask(daemon, "immediate");

        Assert.That(lucky.ReadToEnd(), Is.EqualTo(Reply));
        Assert.That(() => unlucky.ReadToEnd(), Throws.InstanceOf<SocketException>(), "the kernel's own way: a reset instead of the reply");
    }

    [Test]
    public void The_client_sees_the_end_at_once_and_one_that_stays_is_closed_after_a_while()
    {
        using Daemon daemon = Daemon.Start(("http", Listen + s_replyWithoutReading));
        int before = Sockets(daemon);
        using Client client = daemon.Connect("http");

        Assert.That(client.ReadToEnd(), Is.EqualTo(Reply), "the end comes though the client keeps its side open");

        _ = daemon.WaitFor("end", "http");
        Patience.Until(() => Sockets(daemon) <= before, "superd does not wait for the client for ever");
    }

    [Test]
    public void A_client_that_sends_without_end_is_cut_off()
    {
        using Daemon daemon = Daemon.Start(("http", Listen + s_replyWithoutReading));
        using Client client = daemon.Connect("http");
        var waste = new byte[64 * 1024];

        Assert.That(
            () =>
            {
                for (int sent = 0; sent < 1024 * 1024 * 1024; sent += waste.Length)
                {
                    client.Socket.Send(waste);
                }
            },
            Throws.InstanceOf<SocketException>());
    }

    [Test]
    public void The_record_tells_the_exact_bytes_of_both_directions_and_the_round_trip_time()
    {
        using Daemon daemon = Daemon.Start(("count", Listen + TomlText.ExecShell("head -c 12345 /dev/zero; cat >/dev/null")));
        using Client client = daemon.Connect("count");
        client.Send(new string('x', 6789)).EndSending();

        Assert.That(client.ReadToEnd(), Has.Length.EqualTo(12345));

        LogLine end = daemon.WaitFor("end", "count");
        Assert.That((end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo((6789, 12345)));
        Assert.That(end.Fields, Contains.Key("rtt_ms"));
    }

    [Test]
    public void Bytes_the_client_has_no_room_for_yet_are_counted_exactly_too()
    {
        const int Reply = 50_000;
        using Daemon daemon = Daemon.Start(("large", Listen + TomlText.ExecShell($"head -c {Reply} /dev/zero")));
        using Client client = new(daemon.Port("large"), receiveBuffer: 4096);

        LogLine end = daemon.WaitFor("end", "large");

        Assert.That(
            end.Number("bytes_out"), Is.EqualTo(Reply), "though most of them, and the end of the stream, are still with the kernel");
        Assert.That(client.ReadToEnd(), Has.Length.EqualTo(Reply));
    }

    [Test]
    public void Superd_ends_when_its_last_client_has_its_reply()
    {
        using Daemon daemon = Daemon.Start(("http", Listen + s_replyWithoutReading));
        using Client client = Ask(daemon, "http");

        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(client.ReadToEnd(), Is.EqualTo(Reply));
    }

    private static int Sockets(Daemon daemon) =>
        ProcFs.Descriptors(daemon.Pid).Values.Distinct().Count(name => name.StartsWith("socket:", StringComparison.Ordinal));

    /// <summary>A client whose request was not read at all, and whose handler has exited.</summary>
    private static Client Ask(Daemon daemon, string service)
    {
        // superd is stopped while the client sends, so that the request is complete before the handler starts.
        int port = daemon.Port(service);
        daemon.Signal(NativeMethods.SIGSTOP);
        var client = new Client(port);
        client.Send("GET / HTTP/1.0\r\n\r\n");
        daemon.Signal(NativeMethods.SIGCONT);
        _ = daemon.WaitFor("end", service);
        return client;
    }
}
