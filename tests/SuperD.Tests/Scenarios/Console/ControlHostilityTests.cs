using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Control;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>Whatever a console client does, superd serves its services and the console's other clients.</summary>
public sealed class ControlHostilityTests
{
    private static readonly (string, string) s_talk = (
        "talk", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello; read line; echo bye"));

    [Test]
    public void A_line_of_a_megabyte_is_refused_and_costs_its_sender_the_connection()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using var console = new ConsoleSocket(daemon);
        byte[] line = new byte[1024 * 1024];
        Array.Fill(line, (byte)'x');

        console.TrySend(line);

        JsonElement reply = console.ReadReply();
        Assert.That(reply.GetProperty("kind").GetString(), Is.EqualTo("bad_request"));
        Assert.That(reply.GetProperty("error").GetString(), Does.Contain("4096 bytes"));
        Assert.That(console.ReadLine(), Is.Null);
        AssertServes(daemon);
    }

    [Test]
    public void A_request_of_the_longest_allowed_length_is_read()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using var console = new ConsoleSocket(daemon);
        string request = """{"command":"status"}""";

        JsonElement reply = console.Ask(request.PadRight(RequestBuffer.Size - 1));

        Assert.That(reply.GetProperty("ok").GetBoolean(), Is.True);
    }

    [Test]
    public void A_thousand_idle_clients_lock_nobody_out_and_take_a_bounded_number_of_descriptors()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        int before = Sockets(daemon);
        var idle = new List<ConsoleSocket>();
        try
        {
            for (int i = 0; i < 1000; i++)
            {
                idle.Add(new ConsoleSocket(daemon));
            }

            AssertServes(daemon);
            Patience.Until(
                () => Sockets(daemon) <= before + ControlServer.MaxClients, "no more clients are held than may be");
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }

        Patience.Until(() => Sockets(daemon) <= before, "all descriptors are closed");
    }

    [Test]
    public void Idle_clients_do_not_push_out_one_who_follows_the_log()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using var tail = new ConsoleSocket(daemon);
        tail.Ask("""{"command":"tail"}""");
        ConsoleSocket[] idle = [.. Enumerable.Range(0, 3 * ControlServer.MaxClients).Select(_ => new ConsoleSocket(daemon))];
        AssertServes(daemon);

        Assert.That(tail.ReadReply().GetProperty("event").GetString(), Is.EqualTo("accept"));
        Array.ForEach(idle, client => client.Dispose());
    }

    [Test]
    public void A_half_open_client_is_answered_and_one_that_vanishes_is_forgotten()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        int before = Sockets(daemon);
        using (var half = new ConsoleSocket(daemon))
        {
            half.Send("""{"command":"status"}""").EndSending();
            Assert.That(half.ReadReply().GetProperty("ok").GetBoolean(), Is.True);
            Assert.That(half.ReadLine(), Is.Null);
        }

        for (int i = 0; i < 100; i++)
        {
            using var vanishing = new ConsoleSocket(daemon);
            vanishing.Send("{\"command\":\"status\"}\n{\"comm");
        }

        for (int i = 0; i < 20; i++)
        {
            using var vanishing = new ConsoleSocket(daemon);
            vanishing.Send("{\"command\":\"tail\"}\n").EndSending();
        }

        AssertServes(daemon);
        Patience.Until(() => Sockets(daemon) <= before, "all descriptors are closed");
        ProcFs.WaitUntilAtRest(daemon.Pid);
    }

    [Test]
    public void A_client_that_asks_and_never_reads_blocks_nobody()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using var greedy = new ConsoleSocket(daemon);
        greedy.Socket.Blocking = false;
        byte[] requests = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"command\":\"status\"}\n", 1000)));
        long sent = Patience.UntilStill(() => Pour(greedy.Socket, requests), "no more requests are taken");

        Assert.That(sent, Is.LessThan(100L * 1024 * 1024));
        AssertServes(daemon);
        ProcFs.WaitUntilAtRest(daemon.Pid);
    }

    [Test]
    public void A_follower_who_does_not_read_loses_lines_and_is_told_how_many()
    {
        using Daemon daemon = Daemon.Start(
            (
                "chatty",
                "listen = '127.0.0.1:0'\n"
                    + TomlText.ExecShell(
                        "seq 900 | sed s/$/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ >&2; echo done")));
        using var tail = new ConsoleSocket(daemon);
        tail.Ask("""{"command":"tail"}""");
        for (int i = 0; i < 4; i++)
        {
            using Client client = daemon.Connect("chatty");
            client.ReadToEnd();
        }

        daemon.WaitFor(line => line.Is("end", "chatty"), 4, "all have ended");
        long logged = daemon.Log.Count;

        // The client reads again and receives what was queued, then the count of lost lines, although nothing more is logged.
        long dropped = 0;
        for (long read = 0; dropped == 0; read++)
        {
            Assert.That(read, Is.LessThanOrEqualTo(logged), "no line was lost");
            if (tail.ReadReply().TryGetProperty("dropped", out JsonElement count))
            {
                dropped = count.GetInt64();
            }
        }

        Assert.That(dropped, Is.GreaterThan(0));
        AssertServes(daemon, "chatty");
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Whatever_is_asked_is_answered_with_a_line_of_JSON(int seed)
    {
        string[] seeds =
        [
            """{"command":"status","service":"talk"}""", """{"command":"connections","after":17}""", """{"command":"end","id":999999}""",
            """{"command":"why","address":"192.0.2.7","service":"talk"}""", """{"command":"end","from":"198.51.100.0/24"}""",
            """{"command":"pause","service":"nobody"}""", """{"command":"status","after_service":"a"}""", "[]", "null", "17", "\"\"", "{}",
            """{"command":null}""",
            """{"command":"tail","service":{"a":[]}}""",
            """{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}""",
            """{"id":9223372036854775808,"command":"end"}""",
            """{"id":1e400}""",
            """{"command":"\ud800"}""",
            """{"command":"status","command":"end"}""",
        ];
        var random = new Random(seed);
        using Daemon daemon = Daemon.Start(s_talk);
        for (int i = 0; i < 1500; i++)
        {
            byte[] request = Mutate(random, Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Length)]));
            using var console = new ConsoleSocket(daemon);
            console.TrySend([.. request, (byte)'\n']).EndSending();
            JsonElement reply = console.ReadReply();
            Assert.That(reply.TryGetProperty("ok", out _), Is.True, $"request {Convert.ToHexString(request)} was answered with {reply}");
        }

        AssertServes(daemon);
        Assert.That(daemon.Log.Where(line => line.Event == "crash"), Is.Empty);
    }

    [Test]
    public void Bytes_of_no_sense_are_refused()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        var random = new Random(17);
        for (int i = 0; i < 300; i++)
        {
            // Up to more than the kernel buffers: data keeps arriving while superd answers, until superd disconnects the client.
            byte[] noise = new byte[random.Next(1, (i % 2 == 0 ? 3 : 60) * RequestBuffer.Size)];
            random.NextBytes(noise);
            using var console = new ConsoleSocket(daemon);
            console.TrySend(noise);
        }

        AssertServes(daemon);
    }

    /// <summary>superd's open sockets; files are left out because the runtime opens its own on demand.</summary>
    private static int Sockets(Daemon daemon) =>
        ProcFs.Descriptors(daemon.Pid).Values.Count(link => link.StartsWith("socket:", StringComparison.Ordinal));

    private static long s_poured;

    private static long Pour(Socket socket, byte[] bytes)
    {
        try
        {
            s_poured += socket.Send(bytes);
        }
        catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
        {
            // superd reads no more until its replies are read.
        }

        return s_poured;
    }

    private static byte[] Mutate(Random random, byte[] request)
    {
        var bytes = request.ToList();
        for (int count = random.Next(0, 4); count > 0; count--)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 1 when bytes.Count > 1:
                    bytes.RemoveAt(place);
                    break;
                case 2:
                    bytes.InsertRange(place, bytes.GetRange(0, place));
                    break;
                default:
                    bytes.Insert(place, "{}[]\",:\\\0"u8[random.Next(9)]);
                    break;
            }
        }

        // A newline would split it into two requests, and a mutated tail would follow the log.
        return [.. bytes.Select(value => value == (byte)'\n' ? (byte)' ' : value)];
    }

    private static void AssertServes(Daemon daemon, string service = "talk")
    {
        using Client client = daemon.Connect(service);
        Assert.That(client.ReadLine(), Is.Not.Empty);
        Assert.That(ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("ok").GetBoolean(), Is.True);
    }
}
