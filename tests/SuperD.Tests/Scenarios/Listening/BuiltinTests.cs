using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Conversing;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Listening;

/// <summary>superd's builtin services over TCP.</summary>
public sealed class BuiltinTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const int Megabyte = 1024 * 1024;

    [Test]
    public void Echo_sends_back_what_comes_and_the_end_after_it()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        using Client client = daemon.Connect("echo");

        client.Send("one\n");
        Assert.That(client.ReadLine(), Is.EqualTo("one"));
        Assert.That(client.Send("two").EndSending().ReadToEnd(), Is.EqualTo("two"));

        LogLine accept = daemon.WaitFor("accept", "echo");
        Assert.That((accept["peer"], accept["handlers"], accept["builtin"]), Is.EqualTo((client.Address, "1/1000", "echo")));
        LogLine end = daemon.WaitFor("end", "echo");
        Assert.That(
            (end["conn"], end.Reason, end.Number("bytes_in"), end.Number("bytes_out"), end["handlers"]),
            Is.EqualTo((accept["conn"], default(string), 7L, 7L, "0/1000")));
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
    }

    [Test]
    public void Echo_brings_eight_megabytes_back_unchanged()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        using Client client = daemon.Connect("echo");
        byte[] bytes = new byte[8 * Megabyte];
        new Random(1).NextBytes(bytes);

        Task writer = Task.Run(() =>
        {
            client.Socket.Send(bytes);
            client.EndSending();
        });

        Assert.That(client.ReadBytesToEnd(), Is.EqualTo(bytes));
        Assert.That(writer.Wait(Patience.Limit), Is.True);
        LogLine end = daemon.WaitFor("end", "echo");
        Assert.That((end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo((8L * Megabyte, 8L * Megabyte)));
    }

    [Test]
    public void Echo_to_clients_that_never_read_takes_no_more_of_them_and_grows_no_memory()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        Client[] deaf = [.. Enumerable.Range(0, 20).Select(_ => new Client(daemon.Port("echo"), receiveBuffer: 4096))];
        try
        {
            long before = MemoryKiB(daemon.Pid);
            byte[] chunk = new byte[64 * 1024];
            foreach (Client client in deaf)
            {
                client.Socket.Blocking = false;
                Patience.Until(() => IsStuck(client, chunk), "superd takes no more from a client that does not read");
            }

            Assert.That(MemoryKiB(daemon.Pid) - before, Is.LessThan(16 * 1024));
            using Client other = daemon.Connect("echo");
            Assert.That(other.Send("hi").EndSending().ReadToEnd(), Is.EqualTo("hi"));
        }
        finally
        {
            Array.ForEach(deaf, client => client.Dispose());
        }

        _ = daemon.WaitFor(line => line.Is("end", "echo"), 21, "all have ended");
    }

    [Test]
    public void Discard_reads_and_says_nothing()
    {
        using Daemon daemon = Daemon.Start(Builtin("discard"));
        using Client client = daemon.Connect("discard");
        client.Socket.Send(new byte[Megabyte]);

        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);

        LogLine end = daemon.WaitFor("end", "discard");
        Assert.That((end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo(((long)Megabyte, 0L)));
    }

    [Test]
    public void Daytime_and_time_and_qotd_answer_and_close_whatever_the_client_sends()
    {
        using Daemon daemon = Daemon.Start(Builtin("daytime"), Builtin("time"), Builtin("qotd"));
        DateTime before = DateTime.UtcNow;
        for (int i = 0; i < 20; i++)
        {
            Assert.That(Ask("daytime").Length, Is.EqualTo("22 NOV 2026 11:15:00 UTC\r\n".Length));
            Assert.That(Ask("time"), Has.Length.EqualTo(4));
            Assert.That(Encoding.ASCII.GetString(Ask("qotd")), Does.EndWith(".\r\n"));
        }

        string line = Encoding.ASCII.GetString(Ask("daytime"));
        DateTime said = DateTime.ParseExact(
            line,
            "dd MMM yyyy HH:mm:ss 'UTC\r\n'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        uint seconds = BinaryPrimitives.ReadUInt32BigEndian(Ask("time"));
        DateTime counted = new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(seconds);
        Assert.That(said, Is.InRange(before.AddSeconds(-1), DateTime.UtcNow));
        Assert.That(counted, Is.InRange(before.AddSeconds(-1), DateTime.UtcNow));
        Assert.That(daemon.WaitFor("end", "time").Number("bytes_out"), Is.EqualTo(4));

        byte[] Ask(string service)
        {
            using Client client = daemon.Connect(service);
            client.Send(new string('x', 50_000));
            return client.ReadBytesToEnd();
        }
    }

    [Test]
    public void Chargen_sends_its_pattern_until_the_client_goes()
    {
        using Daemon daemon = Daemon.Start(Builtin("chargen"));
        byte[] pattern = CharacterPattern.Bytes.ToArray();
        using (Client client = daemon.Connect("chargen"))
        {
            client.Send("anything\n");
            byte[] bytes = client.ReadBytes(3 * Megabyte);
            for (int i = 0; i < bytes.Length; i++)
            {
                if (bytes[i] != pattern[i % pattern.Length])
                {
                    Assert.Fail($"byte {i} is {bytes[i]}");
                }
            }

            // A half-closed client still reads.
            Assert.That(client.EndSending().ReadBytes(Megabyte)[0], Is.EqualTo(pattern[3 * Megabyte % pattern.Length]));
        }

        LogLine end = daemon.WaitFor("end", "chargen");
        Assert.That((end.Reason, end.Number("bytes_in")), Is.EqualTo((default(string), 9L)));
    }

    [Test]
    public void Services_that_never_rest_let_all_others_have_their_turn()
    {
        using Daemon daemon = Daemon.Start(Builtin("chargen"), Builtin("daytime"), ("han", Listen + TomlText.ExecShell("echo hello")));
        Client[] greedy = [.. Enumerable.Range(0, 4).Select(_ => daemon.Connect("chargen"))];
        Task[] readers = [.. greedy.Select(client => Task.Run(() => ReadOn(client)))];

        for (int i = 0; i < 20; i++)
        {
            using Client day = daemon.Connect("daytime");
            Assert.That(day.ReadToEnd(), Does.EndWith("UTC\r\n"));
            using Client han = daemon.Connect("han");
            Assert.That(han.ReadToEnd(), Is.EqualTo("hello\n"));
        }

        Array.ForEach(greedy, client => client.Dispose());
        Assert.That(Task.WaitAll(readers, Patience.Limit), Is.True);
    }

    [Test]
    public void Instances_count_the_connections_of_a_builtin_and_queue_them()
    {
        using Daemon daemon = Daemon.Start(
            ("few", Listen + "builtin = 'echo'\ninstances = 1\nbanner_fail = \"{reason}\\n\"\n"),
            ("queue", Listen + "builtin = 'echo'\ninstances = 1\nwhen_full = 'queue'\n"));
        using Client first = daemon.Connect("few");
        Assert.That(first.Send("a\n").ReadLine(), Is.EqualTo("a"));
        using Client second = daemon.Connect("few");
        Assert.That(second.ReadToEnd(), Is.EqualTo("instances\n"));

        using Client holder = daemon.Connect("queue");
        Assert.That(holder.Send("a\n").ReadLine(), Is.EqualTo("a"));
        using Client waiting = daemon.Connect("queue");
        waiting.Send("b\n");
        Assert.That(waiting.Socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead), Is.False);
        holder.Dispose();
        Assert.That(waiting.ReadLine(), Is.EqualTo("b"));
    }

    [Test]
    public void A_banner_comes_before_the_answer_of_a_builtin()
    {
        using Daemon daemon = Daemon.Start(("echo", Listen + "builtin = 'echo'\nbanner = \"hi\\n\"\nbanner_success = \"in\\n\"\n"));
        using Client client = daemon.Connect("echo");
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("hi\nin\nx"));
    }

    [Test]
    public void Status_tells_of_every_service_where_it_is_and_how_full()
    {
        using Daemon daemon = Daemon.Start(
            Builtin("status"),
            ("busy", Listen + "instances = 1\n" + TomlText.ExecShell("echo hello; read line")),
            ("drained", Listen + TomlText.ExecShell("echo drained")),
            ("hidden", "tcpmux = true\n" + TomlText.ExecShell("echo hidden")),
            ("off", Listen + "enabled = false\n" + TomlText.ExecShell("echo off")));
        using Client holder = daemon.Connect("busy");
        Assert.That(holder.ReadLine(), Is.EqualTo("hello"));
        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"drained"}""");

        using Client client = daemon.Connect("status");

        Assert.That(client.ReadToEnd(), Is.EqualTo(
            $"busy 127.0.0.1:{daemon.Port("busy")} 1/1 full\r\ndrained 127.0.0.1:{daemon.Port("drained")} 0 drained\r\n"
                + $"hidden - 0 tcpmux\r\nstatus 127.0.0.1:{daemon.Port("status")} 1/1000 "
                + "listening\r\n"));
    }

    [Test]
    public void Superd_ends_in_time_though_builtins_are_in_use()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "shutdown_grace = '100ms'" }, Builtin("echo"), Builtin("chargen"));
        using Client echo = daemon.Connect("echo");
        Assert.That(echo.Send("a\n").ReadLine(), Is.EqualTo("a"));
        using Client chargen = daemon.Connect("chargen");
        _ = chargen.ReadLine();

        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.WaitFor("end", "echo")["reason"], Is.EqualTo("shutdown"));
        Assert.That(daemon.WaitFor("end", "chargen")["reason"], Is.EqualTo("shutdown"));
    }

    [Test]
    public void Superd_lets_a_conversation_finish_when_it_ends()
    {
        using Daemon daemon = Daemon.Start(Builtin("echo"));
        using Client client = daemon.Connect("echo");
        Assert.That(client.Send("a\n").ReadLine(), Is.EqualTo("a"));
        daemon.Signal(SuperD.Linux.Signal.SIGTERM);
        _ = daemon.WaitFor(line => line.Event == "shutdown_draining", "the end has begun");

        Assert.That(client.Send("b").EndSending().ReadToEnd(), Is.EqualTo("b"));

        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    private static (string Name, string Toml) Builtin(string name) => (name, Listen + $"builtin = '{name}'\n");

    private static bool IsStuck(Client client, byte[] chunk)
    {
        // superd reads far faster than this, so data not accepted within a quarter of a second never will be.
        while (client.Socket.Poll(TimeSpan.FromMilliseconds(250), SelectMode.SelectWrite))
        {
            client.Socket.Send(chunk, SocketFlags.None, out _);
        }

        return true;
    }

    private static void ReadOn(Client client)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (client.Socket.Receive(buffer) > 0)
            {
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test has closed the socket.
        }
    }

    private static long MemoryKiB(int pid) => long.Parse(ProcFs.Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture);
}
