using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Datagrams;

/// <summary>superd's builtin services over UDP: they do not answer every sender, and they never enter an endless exchange.</summary>
public sealed class BuiltinUdpTests
{
    private const string Local = "udp://127.0.0.1:0";
    private const int LargestPayload = 65_507;

    [Test]
    public void Every_builtin_answers_a_datagram_with_a_datagram_and_starts_no_process()
    {
        using Daemon daemon = Daemon.Start(
            Builtin("echo"), Builtin("daytime"), Builtin("time"), Builtin("qotd"), Builtin("chargen"), Builtin("status"),
            ("off", "listen = '127.0.0.1:0'\nenabled = false\nbuiltin = 'echo'\n"));
        DateTime before = DateTime.UtcNow;

        Assert.That(Encoding.ASCII.GetString(Ask(daemon, "echo", "hello")), Is.EqualTo("hello"));
        Assert.That(Ask(daemon, "echo", ""), Is.Empty);
        DateTime said = DateTime.ParseExact(
            Encoding.ASCII.GetString(Ask(daemon, "daytime")),
            "dd MMM yyyy HH:mm:ss 'UTC\r\n'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        Assert.That(said, Is.InRange(before.AddSeconds(-1), DateTime.UtcNow));
        byte[] time = Ask(daemon, "time");
        Assert.That(time, Has.Length.EqualTo(4));
        Assert.That(
            new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(BinaryPrimitives.ReadUInt32BigEndian(time)),
            Is.InRange(before.AddSeconds(-1), DateTime.UtcNow));
        Assert.That(Encoding.ASCII.GetString(Ask(daemon, "qotd")), Does.EndWith(".\r\n").And.Length.LessThan(512));
        Assert.That(Ask(daemon, "chargen"), Has.Length.AtMost(512));
        Assert.That(
            Encoding.ASCII.GetString(Ask(daemon, "status")),
            Does.Contain($"echo 127.0.0.1:{daemon.Port("echo")}/udp 0 listening\r\n").And.Not.Contain("off"));

        LogLine answer = daemon.WaitFor("answer_datagram", "echo");
        Assert.That((answer.Number("bytes_in"), answer.Number("bytes_out")), Is.EqualTo((5L, 5L)));
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
        JsonElement echo = ConsoleSocket.Ask(daemon, """{"command":"status","service":"echo"}""").GetProperty("services")[0];
        Assert.That(
            (echo.GetProperty("accepted").GetInt32(), echo.GetProperty("ended").GetProperty("none").GetInt32(),
                echo.GetProperty("bytes_out").GetInt32()),
            Is.EqualTo((2, 2, 5)));
    }

    [Test]
    public void Echo_sends_back_the_largest_datagram_there_is()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        byte[] bytes = new byte[LargestPayload];
        new Random(1).NextBytes(bytes);
        using DatagramClient client = new(daemon.Port("echo"));
        Assert.That(client.Send(bytes).ReceiveBytes(), Is.EqualTo(bytes));
    }

    [Test]
    public void Discard_answers_nothing()
    {
        using Daemon daemon = Daemon.Start(Builtin("discard"));
        using DatagramClient client = new(daemon.Port("discard"));
        client.Send("x");
        Assert.That(daemon.WaitFor("answer_datagram", "discard").Number("bytes_out"), Is.Zero);
        Assert.That(client.HasDatagram, Is.False);
    }

    [Test]
    public void A_port_below_1024_is_never_answered()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        using DatagramClient low = FromFreePort(daemon.Port("echo"), 600, 1023);
        AssertNotAnswered(daemon, "echo", low, "source_port");
    }

    [Test]
    public void A_port_of_superds_own_is_never_answered_wherever_it_is()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"), Builtin("chargen"));

        // As if another machine's chargen had sent a datagram to this echo, which would answer it: VU#417980.
        using DatagramClient chargen = new(daemon.Port("echo"), from: new IPEndPoint(IPAddress.Parse("127.0.0.2"), daemon.Port("chargen")));
        AssertNotAnswered(daemon, "echo", chargen, "source_port");

        using DatagramClient itself = new(daemon.Port("echo"), from: new IPEndPoint(IPAddress.Parse("127.0.0.2"), daemon.Port("echo")));
        itself.Send("x");
        _ = daemon.WaitFor(line => line.Is("refuse", "echo"), 2, "its own port is refused too");
        Assert.That(itself.HasDatagram, Is.False);
    }

    [Test]
    public void A_datagram_to_a_broadcast_address_is_not_answered()
    {
        using Daemon daemon = Daemon.Start(("echo", "listen = 'udp://0.0.0.0:0'\nbuiltin = 'echo'\nbuiltin_udp = true\n"));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
        socket.SendTo("x"u8, new IPEndPoint(IPAddress.Parse("127.255.255.255"), daemon.Port("echo")));
        Assert.That(daemon.WaitFor("refuse", "echo")["reason"], Is.EqualTo("source_port"));
        Assert.That(socket.Available, Is.Zero);
    }

    [Test]
    public void The_excess_of_one_source_is_not_answered_and_others_are()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo", "per_source_rate = '1/h burst 3'"));
        using DatagramClient greedy = new(daemon.Port("echo"), from: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        for (int i = 0; i < 50; i++)
        {
            greedy.Send($"{i}");
        }

        using DatagramClient modest = new(daemon.Port("echo"));
        Assert.That(modest.Send("mine").Receive(), Is.EqualTo("mine"));
        Assert.That((greedy.Receive(), greedy.Receive(), greedy.Receive(), greedy.HasDatagram), Is.EqualTo(("0", "1", "2", false)));
        LogLine[] refusals = daemon.WaitFor(line => line.Is("refuse", "echo"), 20, "the first of the excess have lines of their own");
        Assert.That(refusals.Select(line => line["reason"]), Is.All.EqualTo("per_source_rate"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.WaitFor("refuse_repeated", "echo").Number("repeated"), Is.EqualTo(50 - 3 - 20), "the others are counted");
    }

    [Test]
    public void Without_a_written_rate_a_source_gets_ten_answers_a_second()
    {
        using Daemon daemon = Daemon.Start(Builtin("daytime"));
        using DatagramClient greedy = new(daemon.Port("daytime"), from: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        for (int i = 0; i < 100; i++)
        {
            greedy.Send("x");
        }

        LogLine refusal = daemon.WaitFor("refuse", "daytime");
        Assert.That(refusal["reason"], Is.EqualTo("per_source_rate"));
        int answered = daemon.Log.TakeWhile(line => line != refusal).Count(line => line.Is("answer_datagram", "daytime"));
        Assert.That(answered, Is.InRange(10, 12), "ten, and what came back meanwhile");
    }

    [Test]
    public void Who_may_not_come_in_is_not_answered()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo", "only_from = ['127.0.0.1']"));
        using DatagramClient stranger = new(daemon.Port("echo"), from: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        AssertNotAnswered(daemon, "echo", stranger, "only_from");
    }

    [Test]
    public void An_answer_comes_from_the_address_the_datagram_was_sent_to()
    {
        using Daemon daemon = Daemon.Start(("echo", "listen = 'udp://0.0.0.0:0'\nbuiltin = 'echo'\nbuiltin_udp = true\n"));

        // A connected socket would not receive an answer from another address.
        using DatagramClient client = new(
            daemon.Port("echo"), IPAddress.Parse("127.0.0.5"), new IPEndPoint(IPAddress.Parse("127.0.0.6"), 0));
        Assert.That(client.Send("x").Receive(), Is.EqualTo("x"));
        Assert.That(daemon.WaitFor("answer_datagram", "echo")["peer"], Is.EqualTo(client.Address));
    }

    [Test]
    public void Datagrams_over_IPv6_are_answered_too()
    {
        Needs.IPv6();
        using Daemon daemon = Daemon.Start(("echo", "listen = 'udp://[::]:0'\nbuiltin = 'echo'\nbuiltin_udp = true\n"));
        using DatagramClient client = new(daemon.Port("echo"), IPAddress.IPv6Loopback);
        Assert.That(client.Send("x").Receive(), Is.EqualTo("x"));
    }

    [Test]
    public void A_flood_of_datagrams_leaves_the_other_services_alone_and_the_log_short()
    {
        using Daemon daemon = Daemon.Start(Builtin("chargen"), ("han", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello")));
        using CancellationTokenSource stop = new();
        int port = daemon.Port("chargen");
        long sent = 0;
        Thread flood = new(() =>
        {
            using DatagramClient client = new(port, from: new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            while (!stop.IsCancellationRequested)
            {
                client.Send("x");
                sent++;
            }
        });
        flood.Start();
        try
        {
            _ = daemon.WaitFor(line => line.Is("refuse", "chargen"), 20, "the flood is noticed");
            for (int i = 0; i < 20; i++)
            {
                using Client client = daemon.Connect("han");
                Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
            }
        }
        finally
        {
            stop.Cancel();
            flood.Join();
        }

        Assert.That(sent, Is.GreaterThan(1000));
        Assert.That(daemon.Log.Count(line => line.Is("refuse", "chargen")), Is.LessThan(sent / 10));
    }

    [Test]
    public void An_address_in_use_is_bound_as_soon_as_it_is_free()
    {
        using Socket holder = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port; // bound
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false },
            ("echo", $"listen = 'udp://127.0.0.1:{port}'\nbuiltin = 'echo'\nbuiltin_udp = true\n"));
        _ = daemon.WaitFor(line => line.Is("bind_failed", "echo"), "the port is somebody else's");
        _ = daemon.WaitFor(line => line.Event == "not_all_bound", "superd says that it waits");

        holder.Dispose();

        Assert.That(daemon.Port("echo"), Is.EqualTo(port));
        using DatagramClient client = new(port);
        Assert.That(client.Send("x").Receive(), Is.EqualTo("x"));
        Assert.That(daemon.WaitFor(line => line.Event == "ready", "all is bound")["addresses"], Is.EqualTo($"echo=127.0.0.1:{port}/udp"));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void Datagrams_of_a_paused_builtin_wait_until_it_is_resumed()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"), Builtin("daytime"));
        using DatagramClient client = new(daemon.Port("echo"));

        ConsoleSocket.Ask(daemon, """{"command":"pause","service":"echo"}""");
        client.Send("one").Send("two");

        // If two sockets are readable at once, superd may serve either first, but never one of them twice.
        Ask(daemon, "daytime");
        Ask(daemon, "daytime");
        Assert.That(client.HasDatagram, Is.False);

        ConsoleSocket.Ask(daemon, """{"command":"resume","service":"echo"}""");
        Assert.That((client.Receive(), client.Receive()), Is.EqualTo(("one", "two")));
        Assert.That(Encoding.ASCII.GetString(Ask(daemon, "echo", "as ever")), Is.EqualTo("as ever"));
    }

    [Test]
    public void A_drained_builtin_refuses_datagrams()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        using DatagramClient client = new(daemon.Port("echo"));

        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"echo"}""");
        client.Send("one");
        LogLine refusal = daemon.WaitFor("refuse", "echo");
        Assert.That((refusal["reason"], refusal["peer"]), Is.EqualTo(("drain", client.Address)));

        ConsoleSocket.Ask(daemon, """{"command":"resume","service":"echo"}""");
        Assert.That(client.Send("two").Receive(), Is.EqualTo("two"));
    }

    private static (string Name, string Toml) Builtin(string name, string more = "") =>
        (name, $"listen = '{Local}'\nbuiltin = '{name}'\nbuiltin_udp = true\n{more}\n");

    private static byte[] Ask(Daemon daemon, string service, string text = "x")
    {
        using DatagramClient client = new(daemon.Port(service));
        return client.Send(text).ReceiveBytes();
    }

    /// <summary>superd answers in order: once a later datagram is answered, an earlier one never will be.</summary>
    private static void AssertNotAnswered(Daemon daemon, string service, DatagramClient client, string reason)
    {
        client.Send("who are you");
        Assert.That(Encoding.ASCII.GetString(Ask(daemon, service, "later")), Is.EqualTo("later"));
        Assert.That(client.HasDatagram, Is.False);
        LogLine refusal = daemon.WaitFor("refuse", service);
        Assert.That((refusal["reason"], refusal["peer"]), Is.EqualTo((reason, client.Address)));
    }

    private static DatagramClient FromFreePort(int port, int first, int last)
    {
        for (int from = first; ; from++)
        {
            try
            {
                return new DatagramClient(port, from: new IPEndPoint(IPAddress.Loopback, from));
            }
            catch (SocketException inUse) when (inUse.SocketErrorCode == SocketError.AddressAlreadyInUse && from < last)
            {
                // Try the next one.
            }
        }
    }
}
