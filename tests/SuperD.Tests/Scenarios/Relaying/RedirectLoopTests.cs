using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Relaying;

/// <summary>
/// superd as its own client: a loop that the configuration does not show is
/// detected when the connection comes back; a finite chain is served.
/// </summary>
public sealed class RedirectLoopTests
{
    [TestCase("127.0.0.1:")]
    [TestCase("")]
    public void A_redirect_that_leads_back_by_a_name_ends_at_the_second_visit(string address)
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            ("relay", $"listen = '{address}{port}'\nredirect = 'localhost:{port}'\n".Replace($"'{port}'", $"{port}")));

        using var client = new Client(port);

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        LogLine refusal = daemon.WaitFor("refuse", "relay");
        Assert.That(refusal.Reason, Is.EqualTo("loop"));
        client.Dispose();
        _ = daemon.WaitFor("end_relay", "relay");
        Assert.That(daemon.Log.Count(line => line.Is("accept_relay", "relay")), Is.EqualTo(1));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_loop_of_several_services_ends_where_it_comes_back_whoever_is_told_of_the_client()
    {
        int first = FreePort.Find(), second = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            ("a", $"listen = '127.0.0.1:{first}'\nredirect = 'localhost:{second}'\nproxy_out = 'v2'\n"),
            ("b", $"listen = '127.0.0.1:{second}'\nproxy_in = ['127.0.0.1', '::1']\nredirect = 'localhost:{first}'\n"));

        using var client = new Client(first);

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        Assert.That(
            daemon.WaitFor(line => line.Event == "refuse", "it is refused") is { Reason: "loop" } refusal && refusal["service"] == "a",
            Is.True);
        Assert.That(daemon.WaitFor("accept_relay", "b")["peer"], Is.EqualTo(client.Address), "the header was believed on the way");
        client.Dispose();
        _ = daemon.WaitFor(line => line.Event == "end_relay", 2, "both have ended");
        Assert.That(daemon.Log.Count(line => line.Event == "accept_relay"), Is.EqualTo(2));
    }

    [Test]
    public void A_way_through_several_services_that_ends_is_served()
    {
        int second = FreePort.Find();
        using TempDir folder = new();
        using Daemon daemon = Daemon.Start(
            ("a", $"listen = '127.0.0.1:0'\nredirect = 'localhost:{second}'\n"),
            ("b", $"listen = {second}\nredirect = 'unix:{folder["c.sock"]}'\n"),
            ("c", $"listen = 'unix:{folder["c.sock"]}'\nredirect = 'unix:@superd-loop-{second}'\n"),
            ("d", $"listen = 'unix:@superd-loop-{second}'\nexec = '/bin/cat'\n"));

        for (int i = 0; i < 3; i++)
        {
            using Client client = daemon.Connect("a");
            Assert.That(client.Send("through").EndSending().ReadToEnd(), Is.EqualTo("through"));
        }

        Assert.That(daemon.Log.Where(line => line.Event == "refuse"), Is.Empty);
    }

    [Test]
    public void A_unix_socket_that_leads_back_by_a_link_is_noticed_too()
    {
        using TempDir folder = new();
        File.CreateSymbolicLink(folder["link.sock"], "own.sock");
        using Daemon daemon = Daemon.Start(("relay", $"listen = 'unix:{folder["own.sock"]}'\nredirect = 'unix:{folder["link.sock"]}'\n"));

        using var client = new Client(new UnixDomainSocketEndPoint(folder["own.sock"]));

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "relay").Reason, Is.EqualTo("loop"));
        client.Dispose();
        _ = daemon.WaitFor("end_relay", "relay");
        Assert.That(daemon.Log.Count(line => line.Is("accept_relay", "relay")), Is.EqualTo(1));
    }

    [Test]
    public void A_loop_through_tcpmux_ends_where_it_comes_back()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            ("mux", $"listen = '127.0.0.1:{port}'\nbuiltin = 'tcpmux'\n"),
            ("relay", $"tcpmux = true\nredirect = 'localhost:{port}'\n"));

        using var client = new Client(port);

        Assert.That(client.Send("relay\r\nrelay\r\n").ReadToEnd(), Is.EqualTo("+Go\r\n"));
        Assert.That(daemon.WaitFor("refuse", "mux").Reason, Is.EqualTo("loop"));
    }

    [Test]
    public void Clients_of_this_machine_are_not_taken_for_superd()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(
            ("relay", "listen = '127.0.0.1:0'\n" + backend.Redirect), ("cat", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"));
        Client[] clients = [.. Enumerable.Range(0, 50).Select(_ => daemon.Connect("relay"))];
        Socket[] backends = [.. clients.Select(_ => backend.Accept())];

        Assert.That(daemon.Connect("cat").Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Assert.That(daemon.Log.Where(line => line.Event == "refuse"), Is.Empty);
        Array.ForEach(clients, client => client.Dispose());
        Array.ForEach(backends, socket => socket.Dispose());
    }

    [Test]
    public void A_way_that_began_before_an_upgrade_is_known_after_it()
    {
        int first = FreePort.Find(), second = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            ("a", $"listen = '127.0.0.1:{first}'\nredirect = 'localhost:{second}'\n"),
            ("b", $"listen = '127.0.0.1:{second}'\nredirect = 'localhost:{first}'\ninstances = 1\nwhen_full = 'queue'\n"));
        using var client = new Client(second);
        _ = daemon.WaitFor("accept_relay", "a"); // it waits in the queue of b, whose only place the client holds

        daemon.Upgrade();
        client.Reset();

        LogLine refusal = daemon.WaitFor(line => line.Event == "refuse", "it is refused");
        Assert.That((refusal["service"], refusal.Reason), Is.EqualTo(("b", "loop")));
    }

    [Test]
    public void A_sensor_does_not_remember_superd_itself()
    {
        int trap = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            ("trap", $"listen = '127.0.0.1:{trap}'\nsensor = '10m'\n"),
            ("relay", $"listen = '127.0.0.1:0'\nredirect = 'localhost:{trap}'\n"),
            ("cat", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"));
        using (Client visitor = daemon.Connect("relay"))
        {
            Assert.That(visitor.IsClosedWithoutReply(), Is.True);
        }

        _ = daemon.WaitFor("refuse", "trap");
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    [Test]
    public void The_console_refuses_superd_itself()
    {
        using TempDir folder = new();
        using Daemon daemon = Daemon.Start(("relay", $"listen = '127.0.0.1:0'\nredirect = 'unix:{folder["link.sock"]}'\n"));
        File.CreateSymbolicLink(folder["link.sock"], daemon.Directory["control.sock"]);

        using Client client = daemon.Connect("relay");
        client.Send("""{"command":"drain","service":"relay"}""" + "\n");

        Assert.That(client.ReadToEnd(), Does.Contain("you may not use this console"));
        _ = daemon.WaitFor(line => line.Event == "console_relayed", "it is told");
        JsonElement services = ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("services");
        Assert.That(services[0].GetProperty("mode").GetString(), Is.EqualTo("open"));
        Assert.That(
            Reloads.Errors(daemon.TryReload()).Single().GetProperty("message").GetString(),
            Does.StartWith("redirect leads to superd's own console"), "a reload sees where the link leads");
    }
}
