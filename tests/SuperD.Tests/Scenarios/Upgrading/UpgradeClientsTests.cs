using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Upgrading;

/// <summary>Clients of every kind continue where they were when superd upgrades in the middle of their connection.</summary>
public sealed class UpgradeClientsTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    [Test]
    public void The_handler_of_a_wait_service_keeps_its_socket_and_the_next_one_starts_after_it()
    {
        using Daemon daemon = Daemon.Start(("wait", Listen + "wait = true\n" + TomlText.ExecTestHandler("accept", "2")));
        int port = daemon.Port("wait");
        string first = Ask(port);

        daemon.Upgrade();

        Assert.That(Ask(port), Is.EqualTo(first), "it is the same handler");
        _ = daemon.WaitFor("end", "wait");
        Assert.That(Ask(port), Is.Not.EqualTo(first));
        Assert.That(Ask(port), Is.Not.EqualTo(first));
        _ = daemon.WaitFor(line => line.Is("end", "wait"), 2, "the second has ended");
    }

    [Test]
    public void A_peer_of_a_datagram_service_goes_on_with_its_handler()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(("peer", "listen = 'udp://127.0.0.1:0'\n" + TomlText.ExecTestHandler("dgram", "2")));
        using var peer = new DatagramClient(daemon.Port("peer"));
        string first = peer.Send("one").Receive().Split('\n')[0];

        daemon.Upgrade();

        Assert.That(peer.Send("two").Receive(), Is.EqualTo($"{first}\ntwo"));
        _ = daemon.WaitFor("end", "peer");
        Assert.That(
            peer.Send("three").Receive(), Does.EndWith("\nthree").And.Not.StartsWith(first), "the next datagram begins a new conversation");
        using var another = new DatagramClient(daemon.Port("peer"));
        Assert.That(another.Send("four").Receive(), Does.EndWith("\nfour"));
    }

    [Test]
    public void A_reply_is_not_lost_when_the_upgrade_comes_while_the_connection_is_being_closed()
    {
        using Daemon daemon = Daemon.Start(("http", Listen + TomlText.ExecShell("read line; echo reply")));
        Client[] clients = [.. Enumerable.Range(0, 20).Select(_ => daemon.Connect("http").Send("GET\nand what nobody reads\n"))];
        _ = daemon.WaitFor(line => line.Is("end", "http"), clients.Length, "all handlers have ended");

        daemon.Upgrade();

        foreach (Client client in clients)
        {
            Assert.That(client.Send("more").ReadToEnd(), Is.EqualTo("reply\n"));
            client.Dispose();
        }

        Patience.Until(
            () => ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("server").GetProperty("closing").GetInt32() == 0,
            "all are closed");
    }

    [Test]
    public void A_relayed_transfer_loses_no_byte_and_its_record_counts_them_all()
    {
        const int Size = 64 * 1024 * 1024;
        byte[] sent = new byte[Size];
        new Random(17).NextBytes(sent);
        using var backend = new TestBackend();
        using Daemon daemon = Daemon.Start(("db", Listen + backend.Redirect));
        using Client client = daemon.Connect("db");
        using Socket inner = backend.Accept();
        Task<byte[]> received = Task.Run(() => ReadToEnd(inner));
        Task sending = Task.Run(() =>
        {
            // The upgrade happens between the first half and the rest.
            client.Socket.Send(sent.AsSpan(0, Size / 2));
        });

        daemon.Upgrade();

        Assert.That(sending.Wait(Patience.Limit), Is.True);
        for (int at = Size / 2; at < Size;)
        {
            at += client.Socket.Send(sent.AsSpan(at));
        }

        client.EndSending();
        Assert.That(received.Wait(Patience.Limit), Is.True);
        Assert.That(SHA256.HashData(received.Result), Is.EqualTo(SHA256.HashData(sent)));
        inner.Send("thanks"u8);
        inner.Shutdown(SocketShutdown.Send);
        Assert.That(client.ReadToEnd(), Is.EqualTo("thanks"));
        LogLine end = daemon.WaitFor(line => line.Is("end_relay", "db"), "the relay has ended");
        Assert.That(
            (end.Number("bytes_in"), end.Number("bytes_out"), end.Fields.ContainsKey("reason")), Is.EqualTo(((long)Size, 6L, false)));
    }

    [Test]
    public void A_relay_whose_reader_is_slow_hands_over_what_waits_in_it()
    {
        using var backend = new TestBackend();
        using Daemon daemon = Daemon.Start(("db", Listen + backend.Redirect));
        using Client client = daemon.Connect("db");
        using Socket inner = backend.Accept();
        byte[] block = new byte[1024 * 1024];
        new Random(3).NextBytes(block);
        inner.Blocking = false;
        var sent = new MemoryStream();
        Patience.Until(() => !TrySend(inner, block, sent), "nobody takes more");

        daemon.Upgrade();

        inner.Blocking = true;
        Task<byte[]> reading = Task.Run(client.ReadBytesToEnd);
        inner.Send("the end"u8);
        sent.Write("the end"u8);
        inner.Shutdown(SocketShutdown.Both);
        Assert.That(reading.Wait(Patience.Limit), Is.True);
        Assert.That(reading.Result.AsSpan().SequenceEqual(sent.ToArray()), Is.True);
    }

    [Test]
    public void Conversations_go_on_in_the_middle_of_a_word()
    {
        using Daemon daemon = Daemon.Start(
            ("mux", Listen + "builtin = 'tcpmux'\n"),
            ("cat", "tcpmux = true\nexec = '/bin/cat'\n"),
            ("echo", Listen + "builtin = 'echo'\n"),
            ("chargen", Listen + "builtin = 'chargen'\n"));
        using Client asking = daemon.Connect("mux").Send("ca");
        using Client echo = daemon.Connect("echo").Send("one\n");
        using Client chargen = daemon.Connect("chargen");
        byte[] characters = chargen.ReadBytes(74 * 95 * 2);
        Assert.That(echo.ReadLine(), Is.EqualTo("one"));

        daemon.Upgrade();

        Assert.That(asking.Send("t\r\nhello\n").ReadLine(), Is.EqualTo("+Go\r"));
        Assert.That(asking.ReadLine(), Is.EqualTo("hello"));
        Assert.That(echo.Send("two\n").EndSending().ReadToEnd(), Is.EqualTo("two\n"));
        LogLine end = daemon.WaitFor(line => line.Is("end", "echo"), "echo has ended");
        Assert.That((end["bytes_in"], end["bytes_out"], end.Fields.ContainsKey("reason")), Is.EqualTo(("8", "8", false)));
        byte[] more = chargen.ReadBytes(1024 * 1024);
        byte[] pattern = characters[..(74 * 95)];
        Assert.That(
            more, Is.EqualTo(Enumerable.Range(0, more.Length).Select(i => pattern[i % pattern.Length])), "the pattern has no break");
    }

    [Test]
    public void A_large_banner_arrives_whole_though_the_client_reads_it_late()
    {
        using var directory = new TempDir();
        string text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"line {i}\r\n"));
        string file = directory.Write("banner.txt", text);
        using Daemon daemon = Daemon.Start(("cat", Listen + $"banner = {{ file = {TomlText.Of(file)} }}\nexec = '/bin/cat'\n"));
        using var client = new Client(daemon.Port("cat"), receiveBuffer: 16 * 1024);

        daemon.Upgrade();

        Assert.That(Encoding.UTF8.GetString(client.ReadBytes(text.Length)), Is.EqualTo(text));
        Assert.That(client.Send("x\n").ReadLine(), Is.EqualTo("x"));
    }

    [Test]
    public void A_proxys_header_that_is_half_there_is_awaited_on()
    {
        using Daemon daemon = Daemon.Start(
            ("who", Listen + "proxy_in = ['127.0.0.1']\n" + TomlText.ExecShell("echo $REMOTE_ADDR; read rest; echo $rest")));
        using Client client = daemon.Connect("who").Send("PROXY TCP4 192.0.2.7 198.5");

        daemon.Upgrade();

        Assert.That(client.Send("1.100.1 4711 80\r\nthe rest\n").ReadToEnd(), Is.EqualTo("192.0.2.7\nthe rest\n"));
        Assert.That(daemon.WaitFor("end", "who")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_line_on_stderr_that_has_half_come_is_one_line()
    {
        using Daemon daemon = Daemon.Start(
            ("say", Listen + TomlText.ExecShell("printf 'one half, ' >&2; echo said; read go; echo 'and the other' >&2")));
        using Client client = daemon.Connect("say");
        Assert.That(client.ReadLine(), Is.EqualTo("said"));

        daemon.Upgrade();

        Assert.That(client.Send("go\n").ReadToEnd(), Is.Empty);
        _ = daemon.WaitFor("end", "say");
        Assert.That(
            daemon.Log.Where(line => line.Is("stderr", "say")).Select(line => line["text"]),
            Is.EqualTo(new[] { "one half, and the other" }));
    }

    [Test]
    public void A_penalty_outlives_the_upgrade()
    {
        using Daemon daemon = Daemon.Start(("login", Listen + "penalty = { exit.77 = '60s' }\nexec = ['/bin/sh', '-c', 'exit 77']\n"));
        using (Client client = daemon.ConnectFrom("127.0.0.2", "login"))
        {
            Assert.That(client.ReadToEnd(), Is.Empty);
        }

        _ = daemon.WaitFor("penalise", "login");

        daemon.Upgrade();

        using Client refused = daemon.ConnectFrom("127.0.0.2", "login");
        Assert.That(refused.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "login")["reason"], Is.EqualTo("penalty"));
    }

    [Test]
    public void A_service_that_is_gone_lets_its_client_finish_and_a_new_one_is_there()
    {
        using Daemon daemon = Daemon.Start(("old", Listen + TomlText.ExecShell("echo old; read word; echo $word")));
        int port = daemon.Port("old");
        using Client client = daemon.Connect("old");
        Assert.That(client.ReadLine(), Is.EqualTo("old"));
        File.Delete(daemon.Directory["services.d/old.toml"]);
        daemon.Directory.Write("services.d/new.toml", Listen + TomlText.ExecShell("echo new"));

        daemon.Upgrade();

        Assert.That(Client.IsRefused(port), Is.True);
        using Client other = daemon.Connect("new");
        Assert.That(other.ReadToEnd(), Is.EqualTo("new\n"));
        Assert.That(client.Send("bye\n").ReadToEnd(), Is.EqualTo("bye\n"));
        Assert.That(daemon.WaitFor("end", "old")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_socket_the_service_manager_has_passed_stays_the_services()
    {
        int port = FreePort.Find();
        var options = new DaemonOptions { Wrapper = SocketPasser.Passing($"cat=tcp4:127.0.0.1:{port}") };
        using Daemon daemon = Daemon.Start(options, ("cat", "listen = 9\nexec = '/bin/cat'\n"));
        using var before = new Client(port);
        Assert.That(before.Send("one\n").ReadLine(), Is.EqualTo("one"));

        daemon.Upgrade();
        daemon.Upgrade();

        using var after = new Client(port);
        Assert.That(after.Send("two\n").ReadLine(), Is.EqualTo("two"));
        Assert.That(before.Send("three\n").ReadLine(), Is.EqualTo("three"));
    }

    [Test]
    public void A_unix_socket_and_its_file_stay_and_who_follows_the_log_goes_on_with_it()
    {
        using var directory = new TempDir();
        string path = directory["han.sock"];
        using Daemon daemon = Daemon.Start(("han", $"listen = {TomlText.Of("unix:" + path)}\nexec = '/bin/cat'\n"));
        using var follower = new ConsoleSocket(daemon);
        Assert.That(follower.Ask("""{"command":"tail","service":"han"}""").GetProperty("ok").GetBoolean(), Is.True);

        daemon.Upgrade();

        using (var client = new Client(new UnixDomainSocketEndPoint(path)))
        {
            Assert.That(client.Send("x\n").EndSending().ReadToEnd(), Is.EqualTo("x\n"));
        }

        string? line = follower.ReadLine();
        Assert.That(JsonDocument.Parse(line!).RootElement.GetProperty("event").GetString(), Is.EqualTo("accept"));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(File.Exists(path), Is.False, "the file is removed at the end");
    }

    private static string Ask(int port)
    {
        using var client = new Client(port);
        return client.ReadLine();
    }

    private static byte[] ReadToEnd(Socket socket)
    {
        var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count = socket.Receive(buffer); count > 0; count = socket.Receive(buffer))
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    private static bool TrySend(Socket socket, byte[] block, MemoryStream sent)
    {
        int count = socket.Send(block, 0, block.Length, SocketFlags.None, out SocketError error);
        sent.Write(block, 0, Math.Max(0, count));
        return error != SocketError.WouldBlock;
    }
}
