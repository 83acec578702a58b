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

    [Test]
    public void A_health_check_of_HAProxy_is_HAProxys_own_connection()
    {
        using Daemon daemon = Daemon.Start(("behind", Behind + TomlText.ExecShell(WhoAndRest)));
        using HAProxy proxy = new(string.Empty, $"127.0.0.1:{daemon.Port("behind")} send-proxy-v2 check-send-proxy check inter 200ms");

        // A LOCAL header names no client, so the connection's own peer counts.
        LogLine[] accepts = daemon.WaitFor(line => line.Is("accept", "behind"), 3, "three health checks");
        Assert.That(accepts.Select(line => line["peer"]), Is.All.StartsWith("127.0.0.1:"));
        Assert.That(daemon.Log.Where(line => line.Is("proxied", "behind")), Is.Empty);
        Assert.That(daemon.Log.Where(line => line.Is("proxy_header_failed", "behind")), Is.Empty);
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
