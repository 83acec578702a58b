using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Relaying;

/// <summary>A service that relays its connections to a backend (row 63 of the checklist).</summary>
public sealed class RedirectTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    [Test]
    public void A_client_that_has_ended_its_side_still_gets_its_whole_answer()
    {
        // The answer comes only after the end of the question, a case in which xinetd's redirect returns nothing.
        using Daemon backend = Daemon.Start(("sort", Listen + TomlText.ExecShell("sort; sleep 0.3; echo done")));
        using Daemon daemon = Daemon.Start(("relay", Listen + $"redirect = '127.0.0.1:{backend.Port("sort")}'\n"));
        using Client client = daemon.Connect("relay");

        Assert.That(client.Send("b\na\n").EndSending().ReadToEnd(), Is.EqualTo("a\nb\ndone\n"));

        LogLine end = daemon.WaitFor("end_relay", "relay");
        Assert.That((end.Reason, end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo((default(string), 4, 9)));
        LogLine accept = daemon.WaitFor("accept_relay", "relay");
        Assert.That((accept["peer"], accept["backend"]), Is.EqualTo((client.Address, $"127.0.0.1:{backend.Port("sort")}")));
        Assert.That(accept["conn"], Is.EqualTo(end["conn"]));
    }

    [Test]
    public void A_backend_that_has_ended_its_side_still_gets_what_the_client_sends()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();

        peer.Shutdown(SocketShutdown.Send);
        Assert.That(client.ReadToEnd(), Is.Empty);
        client.Send("still here").EndSending();

        Assert.That(ReadToEnd(peer), Is.EqualTo("still here"));
        Assert.That(daemon.WaitFor("end_relay", "relay").Reason, Is.Null);
    }

    [Test]
    public void Keepalive_times_hold_for_the_connection_to_the_backend()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect + "keepalive = { idle = '1h' }\n"));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        daemon.WaitFor("accept_relay", "relay");

        // proc_net_tcp(5): "02:WHEN" is the keepalive timer and the hundredths of a second until it fires.
        string[] timer = Sockets.FieldsOf(peer.RemoteEndPoint!, peer.LocalEndPoint!)![5].Split(':'); // it is connected
        Assert.That(timer[0], Is.EqualTo("02"));
        Assert.That(Convert.ToInt64(timer[1], 16), Is.GreaterThan(100_000));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Everything_arrives_whichever_side_ends_first(bool clientFirst)
    {
        // Far more than all buffers on the way hold.
        byte[] question = new byte[20 << 20], answer = new byte[20 << 20];
        Random.Shared.NextBytes(question);
        Random.Shared.NextBytes(answer);
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        (Socket first, Socket second) = clientFirst ? (client.Socket, peer) : (peer, client.Socket);

        foreach ((Socket from, Socket to, byte[] bytes) in ((Socket, Socket, byte[])[])[(first, second, question), (second, first, answer)])
        {
            Task sender = Task.Run(() =>
            {
                from.Send(bytes);
                from.Shutdown(SocketShutdown.Send);
            });
            Assert.That(ReadAll(to).AsSpan().SequenceEqual(bytes), Is.True);
            Assert.That(sender.Wait(Patience.Limit), Is.True);
        }

        LogLine end = daemon.WaitFor("end_relay", "relay");
        Assert.That(
            (end.Reason, end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo((default(string), question.Length, answer.Length)));
    }

    [Test]
    public void A_backend_that_leaves_without_reading_everything_loses_no_answer()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect));
        using Client client = daemon.Connect("relay");
        client.Send("question");
        using (Socket peer = backend.Accept())
        {
            Assert.That(peer.Poll(Patience.Limit, SelectMode.SelectRead), Is.True);
            peer.Send("answer"u8);
        }

        // The backend closed with unread data, so its kernel has reset the connection.
        // Data that the client sends now is lost, but must do no harm.
        client.Send(new string('x', 100_000));

        Assert.That(client.ReadToEnd(), Is.EqualTo("answer"));
        client.EndSending();
        LogLine end = daemon.WaitFor("end_relay", "relay");
        Assert.That((end["reason"], end.Number("bytes_out")), Is.EqualTo(("backend_reset", 6)));
    }

    [Test]
    public void A_client_that_breaks_off_ends_its_backend()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect));
        Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        client.Socket.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Assert.That(ReadToEnd(peer), Is.Empty);
        Assert.That(daemon.WaitFor("end_relay", "relay")["reason"], Is.EqualTo("client_reset"));
    }

    [Test]
    public void A_backend_that_refuses_is_told_with_what_was_tried_and_the_client_is_closed()
    {
        int port = TestBackend.ClosedPort();
        using Daemon daemon = Daemon.Start(("relay", Listen + $"redirect = '127.0.0.1:{port}'\n"));
        using Client client = daemon.Connect("relay");

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("backend_failed", "relay");
        Assert.That((refusal["reason"], refusal["peer"]), Is.EqualTo(("backend", client.Address)));
        Assert.That(refusal["tried"], Is.EqualTo($"127.0.0.1:{port}: Connection refused (errno 111)"));
        Assert.That(refusal.Message, Does.StartWith("refuse relay conn="));
    }

    [Test]
    public void A_backend_that_does_not_answer_costs_the_client_connect_timeout_and_nobody_else_anything()
    {
        using DeadEnd deadEnd = new();
        using TestBackend good = new();
        using Daemon daemon = Daemon.Start(
            ("relay", Listen + $"redirect = '127.0.0.1:{deadEnd.Port}'\nconnect_timeout = '700ms'\n"), ("good", Listen + good.Redirect));
        using Client client = daemon.Connect("relay");
        using Client other = daemon.Connect("good");
        using Socket peer = good.Accept();
        peer.Send("hello\n"u8);
        Assert.That(other.ReadLine(), Is.EqualTo("hello"));

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("backend_failed", "relay");
        Assert.That(refusal["tried"], Is.EqualTo($"127.0.0.1:{deadEnd.Port}: no answer (connect_timeout 0.7 s)"));
    }

    [Test]
    public void A_name_is_looked_up_and_one_that_nobody_has_is_told()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(
            ("relay", Listen + $"redirect = 'localhost:{backend.Port}'\n"), ("nowhere", Listen + "redirect = 'no-such-host.invalid:80'\n"));
        using Client client = daemon.Connect("relay");
        using (Socket peer = backend.Accept())
        {
            peer.Send("hello\n"u8);
            Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        }

        using Client lost = daemon.Connect("nowhere");
        Assert.That(lost.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("backend_failed", "nowhere")["tried"], Does.StartWith("no-such-host.invalid: "));
    }

    [Test]
    public void A_unix_socket_is_a_backend_too()
    {
        using TempDir directory = new();
        using TestBackend backend = new(new UnixDomainSocketEndPoint(directory["backend.sock"]));
        string name = $"superd-test-{Guid.NewGuid():N}";
        using TestBackend hidden = new(new UnixDomainSocketEndPoint("\0" + name));
        using Daemon daemon = Daemon.Start(
            ("path", Listen + $"redirect = 'unix:{directory["backend.sock"]}'\n"), ("abstract", Listen + $"redirect = 'unix:@{name}'\n"));
        foreach ((string service, TestBackend target) in ((string, TestBackend)[])[("path", backend), ("abstract", hidden)])
        {
            using Client client = daemon.Connect(service);
            using Socket peer = target.Accept();
            client.Send("ping").EndSending();
            Assert.That(ReadToEnd(peer), Is.EqualTo("ping"));
            peer.Send("pong"u8);
            peer.Close();
            Assert.That(client.ReadToEnd(), Is.EqualTo("pong"));
            Assert.That(daemon.WaitFor("end_relay", service).Reason, Is.Null);
        }
    }

    [Test]
    public void A_silent_connection_ends_after_idle_timeout_and_a_talking_one_does_not()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect + "idle_timeout = '600ms'\n"));
        using Client talking = daemon.Connect("relay");
        using Socket talkingPeer = backend.Accept();
        using Client silent = daemon.Connect("relay");
        using Socket silentPeer = backend.Accept();
        var one = new byte[1];

        // Talks until the silent connection, which is newer, ends.
        LogLine End() => daemon.Log.FirstOrDefault(line => line.Is("end_relay", "relay"))!;
        Patience.Until(
            () =>
            {
                talking.Send("x");
                Assert.That(talkingPeer.Receive(one), Is.EqualTo(1));
                return End() is not null;
            },
            "the silent connection ends");

        Assert.That((End()["reason"], End()["conn"]), Is.EqualTo(("idle_timeout", "2")));
        Assert.That(End().Number("duration_ms"), Is.GreaterThanOrEqualTo(600));
        Assert.That(silent.IsClosedWithoutReply(), Is.True);
        talking.Send("y");
        Assert.That(talkingPeer.Receive(one), Is.EqualTo(1));
        Assert.That(daemon.WaitFor(line => line.Is("end_relay", "relay"), 2, "both end").Last()["conn"], Is.EqualTo("1"));
    }

    [Test]
    public void Instances_count_relays_and_a_queue_waits_for_them()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(
            ("one", Listen + backend.Redirect + "instances = 1\n"),
            ("queue", Listen + backend.Redirect + "instances = 1\nwhen_full = 'queue'\n"));
        using Client first = daemon.Connect("one");
        using Socket firstPeer = backend.Accept();
        using Client second = daemon.Connect("one");
        Assert.That(second.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "one")["reason"], Is.EqualTo("instances"));

        using Client third = daemon.Connect("queue");
        using (Socket thirdPeer = backend.Accept())
        {
            using Client fourth = daemon.Connect("queue");
            thirdPeer.Close();
            Assert.That(third.EndSending().ReadToEnd(), Is.Empty);
            using Socket fourthPeer = backend.Accept();
            fourthPeer.Send("hello\n"u8);
            Assert.That(fourth.ReadLine(), Is.EqualTo("hello"));
        }

        Assert.That(daemon.Log.Where(line => line.Is("refuse", "queue")), Is.Empty);
    }

    [Test]
    public void A_relay_may_finish_while_superd_ends_and_a_second_signal_ends_it()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect));
        using Client finishing = daemon.Connect("relay");
        using Socket finishingPeer = backend.Accept();
        using Client staying = daemon.Connect("relay");
        using Socket stayingPeer = backend.Accept();

        daemon.Signal(SuperD.Linux.Signal.SIGTERM);
        Assert.That(daemon.WaitFor(line => line.Event == "shutdown_draining", "superd drains").Number("handlers"), Is.EqualTo(2));
        finishing.Send("last words").EndSending();
        Assert.That(ReadToEnd(finishingPeer), Is.EqualTo("last words"));
        finishingPeer.Close();
        Assert.That(daemon.WaitFor("end_relay", "relay").Reason, Is.Null);

        daemon.Signal(SuperD.Linux.Signal.SIGTERM);
        Assert.That(daemon.WaitForExit(), Is.Zero);
        Assert.That(daemon.Log.Last(line => line.Is("end_relay", "relay"))["reason"], Is.EqualTo("shutdown"));
        Assert.That(staying.IsClosedWithoutReply(), Is.True);
    }

    [Test]
    public void Relays_leave_no_descriptor_behind()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(
            ("relay", Listen + backend.Redirect), ("nobody", Listen + $"redirect = '127.0.0.1:{TestBackend.ClosedPort()}'\n"));
        int before = 0;
        for (int i = 0; i < 50; i++)
        {
            // Counts only sockets, because the runtime opens assemblies on demand.
            before = i == 1 ? ProcFs.CountSockets(daemon.Pid) : before;
            using Client client = daemon.Connect("relay");
            using (Socket peer = backend.Accept())
            {
                peer.Send("x"u8);
            }

            Assert.That(client.EndSending().ReadToEnd(), Is.EqualTo("x"));
            using Client refused = daemon.Connect("nobody");
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
            daemon.WaitFor(line => line.Is("end_relay", "relay"), i + 1, "the relay has ended");
        }

        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) <= before, "all sockets are closed");
    }

    [Test]
    public void Clients_of_a_backend_that_is_down_do_not_fill_the_log_and_are_all_counted()
    {
        const int Clients = 60;
        using Daemon daemon = Daemon.Start(("nobody", Listen + $"redirect = '127.0.0.1:{TestBackend.ClosedPort()}'\n"));
        for (int i = 0; i < Clients; i++)
        {
            using Client client = daemon.Connect("nobody");
            Assert.That(client.IsClosedWithoutReply(), Is.True);
        }

        Assert.That(daemon.Stop(), Is.Zero);
        int lines = daemon.Log.Count(line => line.Is("backend_failed", "nobody"));
        Assert.That(lines, Is.LessThan(Clients));
        Assert.That(
            lines + daemon.Log.Where(line => line.Is("refuse_repeated", "nobody")).Sum(line => line.Number("repeated")),
            Is.EqualTo(Clients));
    }

    private static string ReadToEnd(Socket socket) => Encoding.UTF8.GetString(ReadAll(socket));

    private static byte[] ReadAll(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count = socket.Receive(buffer); count > 0; count = socket.Receive(buffer))
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
