using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Load;

/// <summary>Combinations of what a service can consist of: banners, builtins, backends, proxies and the kinds of sockets.</summary>
public sealed class StagesTogetherTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n", Trust = "proxy_in = ['127.0.0.1']\n";

    [Test]
    public void A_client_whose_backend_is_away_is_told_so()
    {
        using Daemon daemon = Daemon.Start(
            (
                "relay",
                Listen + $"redirect = '127.0.0.1:{TestBackend.ClosedPort()}'\nbanner = \"hi\\n\"\nbanner_fail = \"no: {{reason}}\\n\"\n"));
        using Client client = daemon.Connect("relay");

        Assert.That(client.Send("unread").ReadToEnd(), Is.EqualTo("hi\nno: backend\n"));
        Assert.That(daemon.WaitFor("backend_failed", "relay")["peer"], Is.EqualTo(client.Address));
    }

    [Test]
    public void A_relayed_client_has_its_texts_before_the_backends_bytes()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", Listen + backend.Redirect + "banner = \"hi\\n\"\nbanner_success = \"come in\\n\"\n"));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        peer.Send("hello\n"u8);
        peer.Close();

        Assert.That(client.EndSending().ReadToEnd(), Is.EqualTo("hi\ncome in\nhello\n"));
    }

    [Test]
    public void Tcpmux_leads_to_a_backend()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("mux", Listen + "builtin = 'tcpmux'\n"), ("db", "tcpmux = true\n" + backend.Redirect));
        using Client client = daemon.Connect("mux");
        client.Send("db\r\nselect").EndSending();
        using Socket peer = backend.Accept();
        var received = new byte[6];
        Assert.That(peer.Receive(received), Is.EqualTo(6));
        peer.Send(received);
        peer.Close();

        Assert.That(client.ReadToEnd(), Is.EqualTo("+Go\r\nselect"));
        Assert.That(daemon.WaitFor("end_relay", "db").Number("bytes_in"), Is.EqualTo(6));
    }

    [Test]
    public void Behind_a_proxy_tcpmux_tells_the_handler_who_came_to_the_proxy()
    {
        using Daemon daemon = Daemon.Start(
            ("mux", Listen + Trust + "builtin = 'tcpmux'\n"), ("who", "tcpmux = true\n" + TomlText.ExecShell("echo $REMOTE_ADDR; cat")));
        using Client client = daemon.Connect("mux");

        client.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\nwho\r\nrest").EndSending();

        Assert.That(client.ReadToEnd(), Is.EqualTo("+Go\r\n192.0.2.7\nrest"));
        Assert.That(daemon.WaitFor("accept", "who")["peer"], Is.EqualTo("192.0.2.7:50112"));
    }

    [TestCase("echo")]
    [TestCase("discard")]
    [TestCase("tcpmux")]
    public void A_silent_client_of_a_builtin_loses_its_place_after_idle_timeout(string builtin)
    {
        using Daemon daemon = Daemon.Start(("service", Listen + $"builtin = '{builtin}'\nidle_timeout = '100ms'\n"));
        using Client client = daemon.Connect("service");

        client.ReadToEnd();
        if (builtin == "tcpmux")
        {
            Assert.That(daemon.WaitFor("refuse", "service")["reason"], Is.EqualTo("request"));
        }
        else
        {
            LogLine end = daemon.WaitFor("end", "service");
            Assert.That(end["reason"], Is.EqualTo("idle_timeout"));
            Assert.That(end.Number("duration_ms"), Is.GreaterThanOrEqualTo(100));
        }
    }

    [Test]
    public void A_client_that_does_not_read_is_silent_too()
    {
        using Daemon daemon = Daemon.Start(("chargen", Listen + "builtin = 'chargen'\nidle_timeout = '100ms'\n"));
        using Client deaf = new(daemon.Port("chargen"), receiveBuffer: 4096);

        Assert.That(daemon.WaitFor("end", "chargen")["reason"], Is.EqualTo("idle_timeout"));
    }

    [Test]
    public void Clients_in_a_queue_that_are_served_at_once_are_all_served()
    {
        // superd has accepted each client, and each is gone before its turn: its service begins and ends within one call.
        const int Clients = 200;
        using Daemon daemon = Daemon.Start(("echo", Listen + Trust + "builtin = 'echo'\ninstances = 1\nwhen_full = 'queue'\n"));
        Client[] clients = [.. Enumerable.Range(0, Clients).Select(_ => daemon.Connect("echo"))];
        try
        {
            Patience.Until(
                () => ProcFs.Descriptors(daemon.Pid).Values.Count(link => link.StartsWith("socket:", StringComparison.Ordinal)) >= Clients,
                "all are accepted");
            clients[0].Send("PROXY UNKNOWN\r\nx");
            Assert.That(clients[0].ReadByte(), Is.EqualTo('x'));
            foreach (Client client in clients[1..])
            {
                client.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n").EndSending();
            }

            daemon.WaitFor(line => line.Is("proxied", "echo"), Clients - 1, "all proxies have spoken");
            clients[0].EndSending();
            Assert.That(daemon.WaitFor(line => line.Is("end", "echo"), Clients, "all are served").Select(line => line.Reason), Is.All.Null);
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    [Test]
    public void Clients_in_superds_own_queue_do_not_keep_it_from_ending()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "shutdown_grace = '1ms'" },
            ("one", Listen + Trust + "exec = '/bin/cat'\ninstances = 1\nwhen_full = 'queue'\n"));
        using Client queued = daemon.Connect("one");
        using Client first = daemon.Connect("one");
        Assert.That(first.Send("PROXY UNKNOWN\r\nx").ReadByte(), Is.EqualTo('x'));
        queued.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n");
        daemon.WaitFor("proxied", "one");

        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(queued.ReadToEnd(), Is.Empty);
        Assert.That(daemon.Log.Where(line => line.Is("refuse", "one")).Select(line => line["peer"]), Is.EqualTo(["192.0.2.7:50112"]));
    }

    [Test]
    public void A_builtin_and_its_texts_are_served_over_a_unix_socket()
    {
        using TempDir directory = new();
        string path = directory["echo.sock"];
        using Daemon daemon = Daemon.Start(
            ("echo", $"listen = 'unix:{path}'\nbuiltin = 'echo'\nbanner = \"{{service}} for {{peer}}\\n\"\n"));
        using var client = new Client(new UnixDomainSocketEndPoint(path));

        string self = $"unix:uid={NativeMethods.EffectiveUserId()},gid={NativeMethods.EffectiveGroupId()},pid={Environment.ProcessId}";
        Assert.That(client.Send("hi").EndSending().ReadToEnd(), Is.EqualTo($"echo for {self}\nhi"));
        Assert.That(daemon.WaitFor("accept", "echo")["peer"], Is.EqualTo(self));
    }

    [Test]
    public void A_redirect_from_a_unix_socket_tells_its_backend_that_the_client_has_no_address()
    {
        const string Header = "PROXY UNKNOWN\r\n";
        using TempDir directory = new();
        string path = directory["front.sock"];
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("front", $"listen = 'unix:{path}'\n{backend.Redirect}proxy_out = 'v1'\n"));
        using var client = new Client(new UnixDomainSocketEndPoint(path));
        using Socket peer = backend.Accept();
        var received = new byte[Header.Length];

        Assert.That(peer.Receive(received), Is.EqualTo(Header.Length));
        Assert.That(Encoding.ASCII.GetString(received), Is.EqualTo(Header));
        peer.Close();
        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
    }

    [Test]
    public void A_proxy_may_come_over_a_unix_socket_and_the_client_it_names_has_an_address()
    {
        using TempDir directory = new();
        string path = directory["behind.sock"];
        using Daemon daemon = Daemon.Start(
            (
                "behind",
                $"listen = 'unix:{path}'\nproxy_in = 'uid:{NativeMethods.EffectiveUserId()}'\nonly_from = '192.0.2.0/24'\n"
                    + TomlText.ExecShell("echo $PROTO $REMOTE_ADDR")));

        using var named = new Client(new UnixDomainSocketEndPoint(path));
        Assert.That(named.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n").ReadToEnd(), Is.EqualTo("TCP 192.0.2.7\n"));
        using var other = new Client(new UnixDomainSocketEndPoint(path));
        Assert.That(other.Send("PROXY TCP4 203.0.113.7 198.51.100.1 50112 443\r\n").ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("refuse", "behind")["reason"], Is.EqualTo("only_from"));
    }

    [Test]
    public void A_builtin_never_answers_a_port_at_which_a_handler_of_superds_listens()
    {
        using Daemon daemon = Daemon.Start(
            ("reader", "listen = 'udp://127.0.0.1:0'\nwait = true\nexec = '/bin/cat'\n"),
            ("echo", "listen = 'udp://127.0.0.2:0'\nbuiltin = 'echo'\nbuiltin_udp = true\n"));
        using var same = new DatagramClient(
            daemon.Port("echo"), IPAddress.Parse("127.0.0.2"), new IPEndPoint(IPAddress.Parse("127.0.0.3"), daemon.Port("reader")));

        same.Send("x");

        Assert.That(daemon.WaitFor("refuse", "echo")["reason"], Is.EqualTo("source_port"));
    }
}
