using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Reloading;

/// <summary>The effect of a reload on sockets: those still wanted stay, and new ones are bound before old ones are closed.</summary>
public sealed class ReloadSocketTests
{
    private const string Cat = "exec = '/bin/cat'\n";

    [Test]
    public void A_service_with_a_new_name_keeps_the_socket_and_those_who_wait_in_it()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            (
                "old",
                $"listen = '127.0.0.1:{port}'\n" + TomlText.ExecShell("echo $SUPERD_SERVICE; read line; echo \"$SUPERD_SERVICE $line\"")));
        string socket = daemon.ListenerAt(port);
        using var live = new Client(port);
        Assert.That(live.ReadLine(), Is.EqualTo("old"));
        ConsoleSocket.Ask(daemon, """{"command":"pause","service":"old"}""");
        using var waiting = new Client(port);
        daemon.Rename("old", "new");

        Assert.That(daemon.Reload(), Is.EqualTo("added 1, changed 0, removed 1, kept 0"));

        Assert.That(daemon.ListenerAt(port), Is.EqualTo(socket));
        Assert.That(waiting.ReadLine(), Is.EqualTo("new"), "the new service is not paused");
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
    }

    [Test]
    public void Two_services_that_change_places_keep_both_sockets()
    {
        int first = FreePort.Find();
        int second = FreePort.Find();
        string Toml(int port) => $"listen = '127.0.0.1:{port}'\n" + TomlText.ExecShell("echo $SUPERD_SERVICE");
        using Daemon daemon = Daemon.Start(("a", Toml(first)), ("b", Toml(second)));
        string[] sockets = [daemon.ListenerAt(first), daemon.ListenerAt(second)];
        daemon.Write("a", Toml(second));
        daemon.Write("b", Toml(first));

        daemon.Reload();

        Assert.That((string[])[daemon.ListenerAt(first), daemon.ListenerAt(second)], Is.EqualTo(sockets));
        using var client = new Client(first);
        Assert.That(client.ReadLine(), Is.EqualTo("b"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Backlog_and_options_of_a_kept_socket_are_changed_on_it(bool isUpgrade)
    {
        int port = FreePort.Find();
        string listen = $"listen = '127.0.0.1:{port}'\n";
        using Daemon daemon = Daemon.Start(("cat", listen + Cat + "backlog = 7\n"));
        string socket = daemon.ListenerAt(port);
        Assert.That(Reloads.BacklogAt(port), Is.EqualTo(7));
        daemon.Write("cat", listen + TomlText.ExecTestHandler("sockopt") + "backlog = 11\nnodelay = true\nkeepalive = false\n");

        if (isUpgrade)
        {
            daemon.Upgrade(); // reads the file anew
        }
        else
        {
            daemon.Reload();
        }

        Assert.That(daemon.ListenerAt(port), Is.EqualTo(socket));
        Assert.That(Reloads.BacklogAt(port), Is.EqualTo(11));
        using var client = new Client(port);
        Assert.That(client.ReadToEnd(), Is.EqualTo("keepalive=0\nnodelay=1\n"));
    }

    [Test]
    public void Keepalive_times_and_the_user_timeout_hold_for_accepted_connections_and_change_in_a_reload()
    {
        int port = FreePort.Find();
        string service = $"listen = '127.0.0.1:{port}'\n" + TomlText.ExecTestHandler("tcpopt");
        const string Times = "keepalive = { idle = '30s', interval = '5s', probes = 3 }\nuser_timeout = '40s'\n";
        using Daemon daemon = Daemon.Start(("cat", service + Times));
        using (var client = new Client(port))
        {
            Assert.That(client.ReadToEnd(), Is.EqualTo("idle=30 interval=5 probes=3 user_timeout=40000\n"));
        }

        daemon.Write("cat", service);
        daemon.Reload();

        using var next = new Client(port);
        Assert.That(next.ReadToEnd(), Is.EqualTo("idle=60 interval=10 probes=6 user_timeout=0\n"));
    }

    [Test]
    public void A_moved_service_has_its_new_port_and_loses_its_old_one()
    {
        int old = FreePort.Find();
        int now = FreePort.Find();
        using Daemon daemon = Daemon.Start(("cat", $"listen = '127.0.0.1:{old}'\n" + Cat));
        using var live = new Client(old);
        Assert.That(live.Send("a\n").ReadLine(), Is.EqualTo("a"));
        daemon.Write("cat", $"listen = '127.0.0.1:{now}'\n" + Cat);

        daemon.Reload();

        using var client = new Client(now);
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Assert.That(Client.IsRefused(old), Is.True);
        Assert.That(live.Send("b\n").ReadLine(), Is.EqualTo("b"));
    }

    [Test]
    public void A_port_that_is_taken_fails_the_whole_reload_at_the_place_that_asks_for_it()
    {
        using var taken = new TestBackend();
        int old = FreePort.Find();
        int free = FreePort.Find();
        using Daemon daemon = Daemon.Start(("cat", $"listen = '127.0.0.1:{old}'\n" + Cat), ("leaver", "listen = '127.0.0.1:0'\n" + Cat));
        int sockets = ProcFs.CountSockets(daemon.Pid);
        daemon.Write("cat", $"{Cat}listen = ['127.0.0.1:{free}', '127.0.0.1:{taken.Port}']\n");
        daemon.Remove("leaver");

        JsonElement reply = daemon.TryReload();

        JsonElement problem = Reloads.Errors(reply).Single();
        Assert.That(
            problem.GetProperty("message").GetString(),
            Does.StartWith($"127.0.0.1:{taken.Port} cannot be bound: Address already in use (errno 98): pid {Environment.ProcessId} "));
        Assert.That(
            (problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32()),
            Is.EqualTo((2, $"listen = ['127.0.0.1:{free}', ".Length + 1)));
        using var client = new Client(old);
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        using Client leaver = daemon.Connect("leaver");
        Assert.That(leaver.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Assert.That(Client.IsRefused(free), Is.True);
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) <= sockets, "what was bound is closed again");
    }

    [Test]
    public void An_address_that_grows_over_the_old_one_replaces_it()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(("cat", $"listen = '127.0.0.1:{port}'\n" + Cat));
        using var live = new Client(port);
        Assert.That(live.Send("a\n").ReadLine(), Is.EqualTo("a"));
        daemon.Write("cat", $"listen = '0.0.0.0:{port}'\n" + Cat);

        daemon.TryReload(",\"dry_run\":true");
        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 1, removed 0, kept 0"));

        using var client = new Client(port, System.Net.IPAddress.Parse("127.0.0.2"));
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Assert.That(live.Send("b\n").ReadLine(), Is.EqualTo("b"));
    }

    [Test]
    public void A_socket_file_is_kept_and_gets_its_new_mode()
    {
        using var directory = new TempDir();
        string path = directory["cat.sock"];
        using Daemon daemon = Daemon.Start(("cat", $"listen = 'unix:{path}'\nsocket_mode = '0600'\n" + Cat));
        string socket = daemon.ListenerAt(path);
        using var live = new Client(new UnixDomainSocketEndPoint(path));
        Assert.That(live.Send("a\n").ReadLine(), Is.EqualTo("a"));
        daemon.Write("cat", $"listen = 'unix:{path}'\nsocket_mode = '0666'\nbacklog = 3\n" + Cat);

        daemon.Reload();

        Assert.That(daemon.ListenerAt(path), Is.EqualTo(socket));
        Assert.That(Convert.ToString((int)File.GetUnixFileMode(path), 8), Is.EqualTo("666"));
        using (var client = new Client(new UnixDomainSocketEndPoint(path)))
        {
            Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        }

        Assert.That(live.Send("b\n").ReadLine(), Is.EqualTo("b"));
        daemon.Remove("cat");
        daemon.Reload();
        Assert.That(File.Exists(path), Is.False, "the file goes with its service");
    }

    [Test]
    public void A_run_of_a_wait_service_goes_on_and_its_socket_is_superds_again_when_it_ends()
    {
        using Daemon daemon = Daemon.Start(("door", "listen = '127.0.0.1:0'\nwait = true\n" + TomlText.ExecTestHandler("accept", "2")));
        int port = daemon.Port("door");
        string socket = daemon.ListenerAt(port);
        string first = Ask(port);
        daemon.Write("door", "listen = '127.0.0.1:0'\nwait = true\ndescription = 'x'\n" + TomlText.ExecTestHandler("accept", "1"));

        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 1, removed 0, kept 0"));

        Assert.That(Ask(port), Is.EqualTo(first), "the run goes on");
        daemon.WaitFor("end", "door");
        Assert.That(Ask(port), Is.Not.EqualTo(first), "the next one is started");
        Assert.That(daemon.ListenerAt(port), Is.EqualTo(socket));
    }

    [Test]
    public void A_service_becomes_a_wait_service_and_back_and_every_client_is_served()
    {
        using Daemon daemon = Daemon.Start(("door", "listen = '127.0.0.1:0'\n" + Cat));
        int port = daemon.Port("door");
        using var live = new Client(port);
        Assert.That(live.Send("a\n").ReadLine(), Is.EqualTo("a"));
        daemon.Write("door", "listen = '127.0.0.1:0'\nwait = true\n" + TomlText.ExecTestHandler("accept", "2"));
        daemon.Reload();

        using var waiting = new Client(port);
        Assert.That(live.Send("b\n").ReadLine(), Is.EqualTo("b"));
        Assert.That(daemon.Log.Any(line => line.Event is "start_wait" or "refuse"), Is.False, "it waits for the end of what lives");
        live.EndSending().ReadToEnd();
        string run = waiting.ReadToEnd();
        Assert.That(run, Does.StartWith("served by "));

        daemon.Write("door", "listen = '127.0.0.1:0'\n" + Cat);
        daemon.Reload();
        Assert.That(Ask(port), Is.EqualTo(run), "the run accepts as long as it lives");
        daemon.WaitFor(line => line.Is("end", "door"), 2, "the run ends");
        using var client = new Client(port);
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    [Test]
    public void Peers_of_datagrams_keep_their_handlers()
    {
        Needs.Root(); // CAP_NET_RAW
        using Daemon daemon = Daemon.Start(("peers", "listen = 'udp://127.0.0.1:0'\n" + Cat));
        int port = daemon.Port("peers");
        string socket = daemon.DatagramSocketAt(port);
        using var peer = new DatagramClient(port);
        Assert.That(peer.Send("a").Receive(), Is.EqualTo("a"));
        daemon.Write("peers", "listen = 'udp://127.0.0.1:0'\n" + "exec = ['/bin/cat', '-u']\nidle_timeout = '2m'\n");

        daemon.Reload();

        Assert.That(daemon.DatagramSocketAt(port), Is.EqualTo(socket));
        Assert.That(peer.Send("b").Receive(), Is.EqualTo("b"));
        using var other = new DatagramClient(port);
        Assert.That(other.Send("c").Receive(), Is.EqualTo("c"));
        LogLine[] accepts = daemon.WaitFor(line => line.Is("accept", "peers"), 2, "both are served");
        Assert.That(
            accepts.Select(line => ProcFs.Arguments((int)line.Number("pid")).Length),
            Is.EqualTo([1, 2]),
            "each by the program of its time");
    }

    [Test]
    public void A_UDP_port_stays_when_another_kind_of_service_takes_it_over()
    {
        Needs.Root(); // CAP_NET_RAW
        const string listen = "listen = 'udp://127.0.0.1:0'\n";
        using Daemon daemon = Daemon.Start(("any", listen + Cat));
        int port = daemon.Port("any");
        string socket = daemon.DatagramSocketAt(port);
        using var peer = new DatagramClient(port);
        Assert.That(peer.Send("a").Receive(), Is.EqualTo("a"));

        daemon.Write("any", listen + "builtin = 'echo'\nbuiltin_udp = true\n");
        daemon.Reload();
        using (var answered = new DatagramClient(port))
        {
            Assert.That(answered.Send("x").Receive(), Is.EqualTo("x"));
        }

        Assert.That(peer.Send("b").Receive(), Is.EqualTo("b"), "the peer's handler goes on");
        ConsoleSocket.Ask(daemon, """{"command":"end","service":"any"}""");
        daemon.WaitFor("end", "any");

        daemon.Write("any", listen + "wait = true\n" + TomlText.ExecTestHandler("dgram"));
        daemon.Reload();
        using var waited = new DatagramClient(port);
        Assert.That(waited.Send("y").Receive(), Does.Contain("y"));

        daemon.Write("any", listen + Cat);
        daemon.Reload();
        Assert.That(daemon.DatagramSocketAt(port), Is.EqualTo(socket));
        using var last = new DatagramClient(port);
        Assert.That(last.Send("z").Receive(), Does.Contain("z"));
    }

    private static string Ask(int port)
    {
        using var client = new Client(port);
        return client.ReadToEnd();
    }
}
