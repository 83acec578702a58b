using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.ProxyProtocol;
using SuperD.Tests.ProxyProtocol;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Relaying;

/// <summary>A service behind proxies: which proxies are trusted, how their headers are used, and what a bad header causes.</summary>
public sealed class ProxyProtocolTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n", Trust = "proxy_in = ['127.0.0.1']\n";
    private const string WhoAndRest =
        "echo \"$REMOTE_ADDR $REMOTE_PORT $REMOTE_HOST $TCPREMOTEIP $TCPREMOTEPORT $TCPLOCALIP $TCPLOCALPORT\"; cat";

    private static readonly string s_behind = Listen + Trust + TomlText.ExecShell(WhoAndRest);

    [TestCase("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n", "192.0.2.7", "198.51.100.1", "192.0.2.7:50112")]
    [TestCase("PROXY TCP6 2001:db8::5 2001:db8::1 50112 443\r\n", "2001:db8::5", "2001:db8::1", "[2001:db8::5]:50112")]
    [TestCase("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 50112 443\r\n", "192.0.2.7", "198.51.100.1", "192.0.2.7:50112")]
    public void The_client_a_line_names_is_the_one_that_is_logged_and_told_to_the_handler(
        string line, string source, string destination, string peer)
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind));
        using Client client = daemon.Connect("behind");

        string answer = client.Send(line + "the rest\nof it").EndSending().ReadToEnd();

        Assert.That(answer, Is.EqualTo($"{source} 50112 {source} {source} 50112 {destination} 443\nthe rest\nof it"));
        Assert.That(daemon.WaitFor("accept", "behind")["peer"], Is.EqualTo(peer));
        LogLine proxied = daemon.WaitFor("proxied", "behind");
        Assert.That((proxied["peer"], proxied["proxy"]), Is.EqualTo((peer, client.Address)));
    }

    [Test]
    public void The_client_a_block_names_is_the_one_that_is_logged_and_told_to_the_handler()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind));
        using Client client = daemon.Connect("behind");
        byte[] header = ProxyHeaderBytes.WithChecksum(
            ProxyHeaderBytes.V2("[2001:db8::5]:50112", "[2001:db8::1]:443", ProxyHeaderBytes.Field(0x02, "example.net"u8.ToArray())));

        client.Socket.Send([.. header, .. "the rest"u8]);

        Assert.That(
            client.EndSending().ReadToEnd(), Is.EqualTo("2001:db8::5 50112 2001:db8::5 2001:db8::5 50112 2001:db8::1 443\nthe rest"));
        Assert.That(daemon.WaitFor("accept", "behind")["peer"], Is.EqualTo("[2001:db8::5]:50112"));
    }

    [Test]
    public void A_proxy_that_speaks_for_itself_is_a_client_like_any_other()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind));
        byte[][] headers =
        [
            "PROXY UNKNOWN\r\n"u8.ToArray(), ProxyHeaderBytes.V2(ProxyHeaderBytes.Local, 0), ProxyHeaderBytes.V2(ProxyHeaderBytes.Proxy, 0)
        ];
        foreach (byte[] header in headers)
        {
            using Client client = daemon.Connect("behind");
            client.Socket.Send([.. header, (byte)'x']); // without a byte it would be a health check
            int port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port; // connected
            Assert.That(
                client.EndSending().ReadToEnd(),
                Is.EqualTo($"127.0.0.1 {port} 127.0.0.1 127.0.0.1 {port} 127.0.0.1 {daemon.Port("behind")}\nx"));
        }

        Assert.That(daemon.Log.Where(line => line.Is("proxied", "behind")), Is.Empty);
    }

    [Test]
    public void Nobody_but_the_proxies_is_believed_or_let_in()
    {
        using Daemon daemon = Daemon.Start(
            ("behind", Listen + "proxy_in = ['10.0.0.0/8', '127.0.0.2']\n" + TomlText.ExecShell(WhoAndRest)));
        using Client stranger = daemon.Connect("behind");

        Assert.That(stranger.Send("PROXY TCP4 10.0.0.1 198.51.100.1 50112 443\r\n").IsClosedWithoutReply(), Is.True);

        LogLine refusal = daemon.WaitFor("refuse", "behind");
        Assert.That((refusal["reason"], refusal["peer"]), Is.EqualTo(("proxy_untrusted", stranger.Address)));
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
    }

    [Test]
    public void A_header_that_is_none_is_refused_with_what_is_wrong()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind));
        (byte[] Bytes, string Error)[] cases =
        [
            ("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), "no PROXY header: it begins with something else"),
            (
                "PROXY TCP4 192.0.2.7 198.51.100.1 50112 0443\r\n"u8.ToArray(),
                "no PROXY header: its line is not \"PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT\""),
            (
                ProxyHeaderBytes.V2("192.0.2.7:1", "192.0.2.8:2", ProxyHeaderBytes.Field(3, 1, 2, 3, 4)),
                "no PROXY header: its checksum is wrong"),
            ("PROXY TCP4"u8.ToArray(), "no PROXY header: the client ended after 10 bytes"),
            ([], "no PROXY header: the client ended after 0 bytes"),
        ];
        foreach ((byte[] bytes, string error) in cases)
        {
            using Client client = daemon.Connect("behind");
            client.Socket.Send(bytes);
            Assert.That(client.EndSending().IsClosedWithoutReply(), Is.True, error);
            LogLine refusal = daemon.WaitFor(
                line => line.Is("proxy_header_failed", "behind") && line["peer"] == client.Address, "it is refused");
            Assert.That(
                (refusal["reason"], refusal.Message),
                Is.EqualTo(
                    ("proxy_header", $"refuse behind conn={refusal["conn"]} peer={client.Address} reason=proxy_header error=\"{error}\"")));
        }

        Assert.That(daemon.Log.Where(line => line.Is("accept", "behind")), Is.Empty);
    }

    [Test]
    public void A_header_may_come_byte_by_byte_and_the_handler_gets_what_follows_and_a_blocking_socket()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind), ("fds", Listen + Trust + TomlText.ExecTestHandler("fds")));
        using Client client = daemon.Connect("behind");
        client.Socket.NoDelay = true;
        foreach (char one in "PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\nrest")
        {
            client.Send(one.ToString());
        }

        Assert.That(client.EndSending().ReadToEnd(), Does.StartWith("192.0.2.7 50112 ").And.EndsWith(" 443\nrest"));

        using Client other = daemon.Connect("fds");
        Assert.That(other.Send("PROXY UNKNOWN\r\n").ReadLine(), Does.StartWith("0 socket:").And.EndsWith("nonblock=0"));
    }

    [Test]
    public void The_largest_header_is_taken_whole()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind));
        using Client client = daemon.Connect("behind");
        byte[] largest = ProxyHeaderBytes.V2(
            "192.0.2.7:50112", "198.51.100.1:443", ProxyHeaderBytes.Field(4, new byte[4096 - 16 - 12 - 3]));
        client.Socket.Send(largest.AsSpan(0, 2000));
        client.Socket.Send([.. largest[2000..], .. "rest"u8]);
        Assert.That(client.EndSending().ReadToEnd(), Does.StartWith("192.0.2.7 50112 ").And.EndsWith(" 443\nrest"));
    }

    [Test]
    public void A_client_that_trickles_is_ended_at_the_deadline_and_nobody_waits_for_it()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind));
        using Client silent = daemon.Connect("behind");
        using Client trickling = daemon.Connect("behind");
        IEnumerator<char> letters = "PROXY UNKNOWN ".Concat(Enumerable.Repeat('x', 1000)).GetEnumerator();
        TimeSpan used = ProcFs.ProcessorTime(daemon.Pid);
        Patience.Until(
            () =>
            {
                // Other clients are served in the meantime.
                using Client other = daemon.Connect("behind");
                Assert.That(
                    other.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\nhello").EndSending().ReadToEnd(), Does.EndWith("\nhello"));
                _ = trickling.Socket.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead);
                letters.MoveNext();
                trickling.Socket.Send([(byte)letters.Current], SocketFlags.None, out _);
                return daemon.Log.Count(line => line.Is("proxy_header_failed", "behind")) == 2;
            },
            "both are refused");

        Assert.That(silent.IsClosedWithoutReply(), Is.True);
        Assert.That(trickling.IsClosedWithoutReply(), Is.True);
        Assert.That(
            daemon.Log.Where(line => line.Is("proxy_header_failed", "behind")).Select(line => line["error"]),
            Is.All.EqualTo("it did not come within 5 s"));
        Assert.That(ProcFs.ProcessorTime(daemon.Pid) - used, Is.LessThan(TimeSpan.FromSeconds(2)), "superd polled for the header");
    }

    [Test]
    public void Access_and_limits_look_at_the_client_and_not_at_the_proxy()
    {
        using Daemon daemon = Daemon.Start(
            ("behind", s_behind + "only_from = ['192.0.2.0/24']\nper_source = 1\n"));
        Client Connect(string source) => daemon.Connect("behind").Send($"PROXY TCP4 {source} 198.51.100.1 50112 443\r\n");
        using Client first = Connect("192.0.2.7");
        Assert.That(first.ReadLine(), Does.StartWith("192.0.2.7 "));
        using Client again = Connect("192.0.2.7");
        using Client other = Connect("192.0.2.8");
        using Client outsider = Connect("203.0.113.1");

        Assert.That(other.ReadLine(), Does.StartWith("192.0.2.8 "));
        Assert.That(again.IsClosedWithoutReply(), Is.True);
        Assert.That(outsider.IsClosedWithoutReply(), Is.True);
        LogLine[] refusals = daemon.WaitFor(line => line.Is("refuse", "behind"), 2, "two are refused");
        Assert.That(
            refusals.Select(line => $"{line["peer"]} {line["reason"]}"),
            Is.EquivalentTo(new[] { "192.0.2.7:50112 per_source", "203.0.113.1:50112 only_from" }));

        Assert.That(first.EndSending().ReadToEnd(), Is.Empty);
        daemon.WaitFor("end", "behind");
        using Client later = Connect("192.0.2.7");
        Assert.That(later.ReadLine(), Does.StartWith("192.0.2.7 "));
    }

    [Test]
    public void A_queue_keeps_its_promise_to_a_client_whose_proxy_was_slow()
    {
        using Daemon daemon = Daemon.Start(("behind", s_behind + "instances = 1\nwhen_full = 'queue'\n"));
        using Client slow = daemon.Connect("behind");
        using Client first = daemon.Connect("behind");
        Assert.That(first.Send("PROXY TCP4 192.0.2.7 198.51.100.1 50112 443\r\n").ReadLine(), Does.StartWith("192.0.2.7 "));

        slow.Send("PROXY TCP4 192.0.2.8 198.51.100.1 50112 443\r\n");
        daemon.WaitFor(line => line.Is("proxied", "behind"), 2, "the second proxy has spoken");
        Assert.That(ProcFs.Children(daemon.Pid), Has.Length.EqualTo(1));
        using Client last = daemon.Connect("behind");
        last.Send("PROXY TCP4 192.0.2.9 198.51.100.1 50112 443\r\n");
        Assert.That(first.EndSending().ReadToEnd(), Is.Empty);

        Assert.That(slow.ReadLine(), Does.StartWith("192.0.2.8 "));
        Assert.That(slow.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(last.ReadLine(), Does.StartWith("192.0.2.9 "));
        Assert.That(daemon.Log.Where(line => line.Is("refuse", "behind")), Is.Empty);
    }

    [Test]
    public void Superd_ends_though_a_proxy_has_not_spoken_yet()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "shutdown_grace = '1ms'" }, ("behind", s_behind));
        using Client silent = daemon.Connect("behind");
        Patience.Until(
            () => ProcFs.Descriptors(daemon.Pid).Values.Count(link => link.StartsWith("socket:", StringComparison.Ordinal)) >= 2,
            "it is accepted");

        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(silent.IsClosedWithoutReply(), Is.True);
    }

    [TestCase("v1")]
    [TestCase("v2")]
    public void A_chain_of_redirects_tells_the_last_handler_who_came_first(string version)
    {
        using Daemon last = Daemon.Start(("who", s_behind));
        using Daemon middle = Daemon.Start(
            ("middle", Listen + Trust + $"redirect = '127.0.0.1:{last.Port("who")}'\nproxy_out = '{(version == "v1" ? "v2" : "v1")}'\n"));
        using Daemon first = Daemon.Start(("first", Listen + $"redirect = '127.0.0.1:{middle.Port("middle")}'\nproxy_out = '{version}'\n"));
        using Client client = first.Connect("first");
        int port = ((IPEndPoint)client.Socket.LocalEndPoint!).Port; // connected

        string answer = client.Send("hello").EndSending().ReadToEnd();

        Assert.That(answer, Is.EqualTo($"127.0.0.1 {port} 127.0.0.1 127.0.0.1 {port} 127.0.0.1 {first.Port("first")}\nhello"));
        Assert.That(middle.WaitFor("accept_relay", "middle")["peer"], Is.EqualTo(client.Address));
        LogLine end = first.WaitFor("end_relay", "first");
        Assert.That((end.Number("bytes_in"), end.Number("bytes_out")), Is.EqualTo((5, answer.Length)), "headers are not counted");
    }

    [Test]
    public void Mutated_headers_never_crash_or_hang_superd_and_good_ones_name_their_client()
    {
        using Daemon daemon = Daemon.Start(
            ("behind", Listen + Trust + TomlText.ExecShell("echo $REMOTE_ADDR $REMOTE_PORT; cat >/dev/null")));
        var random = new Random(63);
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = HeaderCorpus.Good(random, out _, out _);
            bytes = round % 4 == 0 ? bytes : HeaderCorpus.Mutate(random, bytes);
            HeaderState state = HeaderParser.Parse(bytes, out ProxyHeader header, out _);
            using Client client = daemon.Connect("behind");
            client.Socket.Send(bytes);
            client.EndSending();
            string what = $"round {round}: {Convert.ToHexString(bytes)}";
            bool isCheck = !header.Source.IsKnown && header.Length == bytes.Length;
            if (state != HeaderState.Complete || isCheck)
            {
                Assert.That(client.IsClosedWithoutReply(), Is.True, what);
                continue;
            }

            var expected = header.Source.IsKnown
                ? new IPEndPoint(header.Source.ToIPAddress(), header.Source.Port)
                : (IPEndPoint)client.Socket.LocalEndPoint!;
            Assert.That(
                client.ReadLine(), Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"{expected.Address} {expected.Port}")), what);
        }

        Assert.That(daemon.Stop(), Is.Zero);
    }
}
