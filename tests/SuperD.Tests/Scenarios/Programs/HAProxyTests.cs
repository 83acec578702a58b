using System.Net;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary>superd behind a real HAProxy and in front of one: each accepts the client address that the other sends.</summary>
public sealed class HAProxyTests
{
    private const string Behind = "listen = '127.0.0.1:0'\nproxy_in = ['127.0.0.1']\n";
    private const string WhoAndRest = "echo \"$REMOTE_ADDR $REMOTE_PORT $TCPLOCALIP $TCPLOCALPORT\"; cat";

    [TestCase("send-proxy")]
    [TestCase("send-proxy-v2")]
    [TestCase("send-proxy-v2 proxy-v2-options crc32c,unique-id")]
    public void The_handler_behind_HAProxy_sees_HAProxys_client_and_every_byte(string option)
    {
        using Daemon daemon = Daemon.Start(("behind", Behind + TomlText.ExecShell(WhoAndRest)));
        using HAProxy proxy = new(string.Empty, $"127.0.0.1:{daemon.Port("behind")} {option}");
        for (int i = 0; i < 5; i++)
        {
            using Client client = new(proxy.Port);
            int port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port; // connected
            Assert.That(client.ReadLine(), Is.EqualTo($"127.0.0.1 {port} 127.0.0.1 {proxy.Port}"));

            string text = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number}\n"));
            Task sender = Task.Run(() => client.Send(text).EndSending());
            Assert.That(client.ReadToEnd(), Is.EqualTo(text));
            Assert.That(sender.Wait(Patience.Limit), Is.True);
            LogLine accept = daemon.WaitFor(
                line => line.Is("accept", "behind") && line["peer"] == client.Address, "it is logged under its own address");
            Assert.That(
                daemon.WaitFor(line => line.Is("proxied", "behind") && line["conn"] == accept["conn"], "HAProxy is logged")["proxy"],
                Does.StartWith("127.0.0.1:"));
        }
    }

    [Test]
    public void A_client_over_IPv6_is_seen_as_such()
    {
        using Daemon daemon = Daemon.Start(("behind", Behind + TomlText.ExecShell(WhoAndRest)));
        using Daemon front = Daemon.Start(
            ("front", $"listen = '[::1]:0'\nredirect = '127.0.0.1:{daemon.Port("behind")}'\nproxy_out = 'v2'\n"));
        using Client client = new(front.Port("front"), IPAddress.IPv6Loopback);
        int port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port; // connected
        Assert.That(client.ReadLine(), Is.EqualTo($"::1 {port} ::1 {front.Port("front")}"));
    }

    [TestCase("send-proxy")]
    [TestCase("send-proxy-v2")]
    public void A_health_check_of_HAProxy_costs_no_handler(string option)
    {
        using Daemon daemon = Daemon.Start(("behind", Behind + TomlText.ExecShell(WhoAndRest)));
        using HAProxy proxy = new(string.Empty, $"127.0.0.1:{daemon.Port("behind")} {option} check-send-proxy check inter 200ms");

        LogLine[] checks = daemon.WaitFor(line => line.Is("health_check", "behind"), 5, "five health checks");

        Assert.That(checks.Select(line => line["peer"]), Is.All.StartsWith("127.0.0.1:"), "a LOCAL header names no client");
        Assert.That(proxy.StateOf("status"), Is.EqualTo("UP"));
        using Client client = new(proxy.Port);
        Assert.That(client.ReadLine(), Does.StartWith("127.0.0.1 "));
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        daemon.WaitFor("end", "behind");
        Assert.That(daemon.Log.Count(line => line.Is("accept", "behind")), Is.EqualTo(1), "only the client had a handler");
        Assert.That(daemon.Log.Where(line => line.Is("proxy_header_failed", "behind")), Is.Empty);
    }

    [Test]
    public void HAProxy_follows_the_pages_of_the_builtin_health()
    {
        using Daemon daemon = Daemon.Start(
            ("health", "listen = 0\nbuiltin = 'health'\n"), ("talk", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello")));
        using HAProxy proxy = new(
            string.Empty,
            $"127.0.0.1:{daemon.Port("talk")} check port {daemon.Port("health")} inter 100ms",
            "option httpchk GET /ready/talk HTTP/1.1",
            "http-check send hdr Host superd",
            "http-check expect status 200");
        Patience.Until(() => proxy.StateOf("check_status") == "L7OK", () => $"it is up, not {proxy.StateOf("check_status")}");

        ConsoleSocket.Ask(daemon, """{"command":"drain","for_ms":3600000}""");
        Patience.Until(() => proxy.StateOf("status").StartsWith("DOWN", StringComparison.Ordinal), "HAProxy takes it out in its lame duck");
        Assert.That((proxy.StateOf("check_status"), proxy.StateOf("check_code")), Is.EqualTo(("L7STS", "503")));
        using (Client late = daemon.Connect("talk"))
        {
            Assert.That(late.ReadLine(), Is.EqualTo("hello"));
        }

        ConsoleSocket.Ask(daemon, """{"command":"resume"}""");
        Patience.Until(() => proxy.StateOf("status") == "UP", "it is back");
        using Client client = new(proxy.Port);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void HAProxy_follows_the_builtin_agent_with_weight_drain_maint_and_back()
    {
        using Daemon daemon = Daemon.Start(
            ("agent", "listen = 0\nbuiltin = 'agent'\nagent_for = 'talk'\n"),
            ("talk", "listen = '127.0.0.1:0'\ninstances = 4\n" + TomlText.ExecShell("echo hello; cat")));
        using HAProxy proxy = new(
            string.Empty,
            $"127.0.0.1:{daemon.Port("talk")} weight 100 check agent-check agent-port {daemon.Port("agent")} agent-inter 100ms");
        Wait("UP", "100");
        using Client first = daemon.Connect("talk");
        first.ReadLine();
        Wait("UP", "75");

        ConsoleSocket.Ask(daemon, """{"command":"pause","service":"talk"}""");
        Wait("MAINT", null);
        ConsoleSocket.Ask(daemon, """{"command":"resume","service":"talk"}""");
        Wait("UP", "75");
        ConsoleSocket.Ask(daemon, """{"command":"drain","for_ms":3600000}""");
        Wait("DRAIN", null);
        ConsoleSocket.Ask(daemon, """{"command":"resume"}""");
        Wait("UP", "75");

        void Wait(string status, string? weight) => Patience.Until(
            () => proxy.StateOf("status") is var now && now.StartsWith(status, StringComparison.Ordinal)
                && (weight is null || proxy.StateOf("weight") == weight),
            () => $"it is {status} {weight}, not {proxy.StateOf("status")} {proxy.StateOf("weight")}");
    }

    [Test]
    public void A_rolling_drain_behind_HAProxy_loses_nobody()
    {
        const string Services = "listen = '127.0.0.1:0'\n";
        (string, string)[] services = [("health", "listen = 0\nbuiltin = 'health'\n"), ("echo", Services + "exec = '/bin/cat'\n")];
        using Daemon one = Daemon.Start(services), two = Daemon.Start(services);
        using HAProxy proxy = new(
            string.Empty,
            $"127.0.0.1:{one.Port("echo")} check port {one.Port("health")} inter 50ms fall 1 rise 1",
            $"server other 127.0.0.1:{two.Port("echo")} check port {two.Port("health")} inter 50ms fall 1 rise 1",
            "option httpchk GET /ready",
            "timeout check 30s",
            "retries 0");
        foreach (string server in (string[])["back", "other"])
        {
            Patience.Until(() => proxy.StateOf("check_status", server) == "L7OK", "HAProxy has asked both");
        }

        using var load = new EchoLoad(proxy.Port, perSecond: 100);

        for (int round = 0; round < 3; round++)
        {
            foreach ((Daemon node, string server) in ((Daemon, string)[])[(one, "back"), (two, "other")])
            {
                ConsoleSocket.Ask(node, """{"command":"drain","for_ms":3600000}""");
                Patience.Until(() => proxy.StateOf("status", server).StartsWith("DOWN", StringComparison.Ordinal), "HAProxy has noticed");
                ConsoleSocket.Ask(node, """{"command":"drain","for_ms":0}""");
                node.WaitFor(line => line.Event == "drained", round + 1, "it is drained");
                ConsoleSocket.Ask(node, """{"command":"resume"}""");
                Patience.Until(() => proxy.StateOf("status", server) == "UP", "it is back");
            }
        }

        (int count, string[] failures) = load.Finish();
        TestContext.Out.WriteLine($"{count} connections, {failures.Length} lost");
        Assert.That(failures, Is.Empty);
    }

    [TestCase("v1", "send-proxy-v2")]
    [TestCase("v2", "send-proxy")]
    public void HAProxy_believes_what_superd_says_and_passes_it_on(string version, string option)
    {
        using Daemon last = Daemon.Start(("who", Behind + TomlText.ExecShell(WhoAndRest)));
        using HAProxy proxy = new("accept-proxy", $"127.0.0.1:{last.Port("who")} {option}");
        using Daemon first = Daemon.Start(
            ("first", $"listen = '127.0.0.1:0'\nredirect = '127.0.0.1:{proxy.Port}'\nproxy_out = '{version}'\n"));
        using Client client = first.Connect("first");
        int port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port; // connected

        string answer = client.Send("hello").EndSending().ReadToEnd();

        Assert.That(answer, Is.EqualTo($"127.0.0.1 {port} 127.0.0.1 {first.Port("first")}\nhello"));
        Assert.That(last.WaitFor("accept", "who")["peer"], Is.EqualTo(client.Address));
    }
}
