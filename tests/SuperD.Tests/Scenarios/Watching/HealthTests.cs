using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Watching;

/// <summary>The builtin <c>health</c>: its pages in every state of superd, and against bad clients.</summary>
public sealed class HealthTests
{
    private const string Health = "listen = 0\nbuiltin = 'health'\n";

    private static readonly string s_talk = "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello; read line; echo \"got $line\"");

    [Test]
    public async Task A_superd_that_serves_is_live_and_ready_and_so_is_each_service()
    {
        using Daemon daemon = Daemon.Start(("health", Health), ("talk", s_talk));
        using HttpClient http = HttpOf(daemon);

        foreach ((string path, string status) in ((string, string)[])[("/live", "live"), ("/ready", "ready"), ("/ready/talk", "ready")])
        {
            using HttpResponseMessage response = await http.GetAsync(path);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
            Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/json"));
            Assert.That(response.Headers.CacheControl!.NoStore, Is.True);
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo($"{{\"status\":\"{status}\"}}\n"));
        }

        using HttpResponseMessage unknown = await http.GetAsync("/ready/tlak");
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task In_a_lame_duck_and_drained_it_is_not_ready_but_lives_and_the_page_itself_is_served_on()
    {
        using Daemon daemon = Daemon.Start(("health", Health), ("talk", s_talk));
        using HttpClient http = HttpOf(daemon);

        foreach ((string request, string reason) in ((string, string)[])
            [("\"for_ms\":3600000", "lame duck: it is drained in 3"), ("\"for_ms\":0", "drained; 'superd resume' ends it")])
        {
            ConsoleSocket.Ask(daemon, $"{{\"command\":\"drain\",{request}}}");

            foreach (string path in (string[])["/ready", "/ready/talk"])
            {
                using HttpResponseMessage response = await http.GetAsync(path);
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                string body = await response.Content.ReadAsStringAsync();
                Assert.That(body, Does.StartWith($"{{\"status\":\"not_ready\",\"reason\":\"{reason}"));
            }

            Assert.That((await http.GetAsync("/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        ConsoleSocket.Ask(daemon, """{"command":"resume"}""");
        Assert.That((await http.GetAsync("/ready")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"talk"}""");
        Assert.That((await http.GetAsync("/ready")).StatusCode, Is.EqualTo(HttpStatusCode.OK), "others serve");
        Assert.That(
            await (await http.GetAsync("/ready/talk")).Content.ReadAsStringAsync(),
            Is.EqualTo("{\"status\":\"not_ready\",\"reason\":\"it is draining\"}\n"));
    }

    [Test]
    public async Task After_TERM_it_says_so_until_superd_stops_listening()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "lame_duck = '1h'" }, ("health", Health), ("talk", s_talk));
        using HttpClient http = HttpOf(daemon);
        daemon.Signal(Signal.SIGTERM);
        daemon.WaitFor(line => line.Event == "shutdown_lame_duck", "superd announces its end");

        using HttpResponseMessage response = await http.GetAsync("/ready");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("\"lame duck: it ends in "));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_port_alone_means_this_machine_only_and_an_address_means_what_it_says()
    {
        using Daemon daemon = Daemon.Start(("health", Health), ("open", "listen = '0.0.0.0:0'\nbuiltin = 'metrics'\n"));

        Assert.That(daemon.WaitFor("listen", "health")["address"], Is.EqualTo($"127.0.0.1:{daemon.Port("health")}"));
        Assert.That(daemon.WaitFor("listen", "open")["address"], Does.StartWith("0.0.0.0:"));
        IEnumerable<IPEndPoint> listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
        int port = daemon.Port("health");
        Assert.That(listeners.Where(one => one.Port == port).Select(one => one.Address), Is.All.EqualTo(IPAddress.Loopback));
    }

    [Test]
    public void Its_connections_are_logged_at_debug_only()
    {
        using Daemon daemon = Daemon.Start(("health", Health));

        Assert.That(Exchange(daemon, "GET /live HTTP/1.0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 OK\r\n"));

        Assert.That(daemon.WaitFor("accept", "health").Level, Is.EqualTo("debug"));
        LogLine end = daemon.WaitFor("end", "health");
        Assert.That((end.Level, end.Number("bytes_in")), Is.EqualTo(("debug", 22)));
    }

    [TestCase("GET /live HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK")]
    [TestCase("HEAD /ready HTTP/1.0\r\n\r\n", "200 OK")]
    [TestCase("GET /nothing HTTP/1.0\r\n\r\n", "404 Not Found")]
    [TestCase("POST /live HTTP/1.0\r\n\r\n", "405 Method Not Allowed")]
    [TestCase("OPTIONS / HTTP/1.0\r\n\r\n", "404 Not Found")]
    [TestCase("hello\r\n", "400 Bad Request")]
    [TestCase("\x16\x03\x01\x02", "400 Bad Request")]
    public void Every_request_gets_a_whole_response_and_the_connection_ends(string request, string status)
    {
        using Daemon daemon = Daemon.Start(("health", Health));

        string response = Exchange(daemon, request);

        string[] parts = response.Split("\r\n\r\n", 2);
        Assert.That(parts[0], Does.StartWith($"HTTP/1.1 {status}\r\n"));
        Assert.That(parts[0], Does.Contain("\r\nConnection: close"));
        bool isHead = request.StartsWith("HEAD", StringComparison.Ordinal);
        int length = isHead ? "{\"status\":\"ready\"}\n".Length : parts[1].Length;
        Assert.That(parts[0], Does.Contain($"\r\nContent-Length: {length}"));
        Assert.That(parts[1], isHead ? Is.Empty : Is.Not.Empty);
        Assert.That(parts[0].Contains("\r\nAllow: GET, HEAD"), Is.EqualTo(status.StartsWith("405", StringComparison.Ordinal)));
    }

    [Test]
    public void A_request_may_come_byte_by_byte_and_with_more_behind_it()
    {
        using Daemon daemon = Daemon.Start(("health", Health));
        using Client client = daemon.Connect("health");
        client.Socket.NoDelay = true;
        foreach (char one in "GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        {
            client.Send(one.ToString());
        }

        client.Send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n").EndSending();

        Assert.That(client.ReadToEnd().Split("HTTP/1.1 200 OK"), Has.Length.EqualTo(2), "one answer, and no reset for what came after it");
    }

    [Test]
    public void A_head_without_end_costs_eight_kilobytes_and_is_refused()
    {
        using Daemon daemon = Daemon.Start(("health", Health));
        using Client client = daemon.Connect("health");

        client.Send("GET /live HTTP/1.0\r\nX: " + new string('x', 100_000)).EndSending();

        Assert.That(client.ReadToEnd(), Does.StartWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    }

    [Test]
    public void Clients_that_say_nothing_do_not_keep_others_out_and_are_ended()
    {
        using Daemon daemon = Daemon.Start(("health", Health + "instances = 20\n"));
        Client[] silent = [.. Enumerable.Range(0, 19).Select(_ => daemon.Connect("health"))];
        silent[0].Send("GET /live HTTP/1.0\r\n");

        Assert.That(Exchange(daemon, "GET /live HTTP/1.0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 OK\r\n"));

        foreach (Client client in silent)
        {
            Assert.That(client.ReadToEnd(), Is.Empty);
            client.Dispose();
        }

        LogLine[] ends = daemon.WaitFor(line => line.Event == "end" && line.Reason == "deadline", silent.Length, "their time is over");
        Assert.That(ends.Select(line => line.Number("duration_ms")), Is.All.GreaterThanOrEqualTo(9_900));
    }

    [Test]
    public void Random_bytes_never_harm_superd()
    {
        using Daemon daemon = Daemon.Start(("health", Health));
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] words =
            ["GET ", "HEAD ", "/live", "/ready/", " HTTP/1.1", " HTTP/1.0", "\r\n", "\r\n\r\n", "\n", "Host: ", ":", "\0", " "];
        for (int i = 0; i < 200; i++)
        {
            using Client client = daemon.Connect("health");
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => words[random.Next(words.Length)]));
            client.Send(text).EndSending();
            string answer = client.ReadToEnd();
            Assert.That(answer, Is.Empty.Or.StartsWith("HTTP/1.1 "), text);
        }

        Assert.That(Exchange(daemon, "GET /live HTTP/1.0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 OK\r\n"));
    }

    [Test]
    public void An_upgrade_loses_neither_half_a_request_nor_half_an_answer()
    {
        Needs.Root();
        string[] names = [.. Enumerable.Range(0, 300).Select(number => $"s{number:000}")];
        (string, string)[] many = [.. names.Select(name => (name, "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"))];
        using Daemon daemon = Daemon.Start([("health", Health), ("metrics", "listen = 0\nbuiltin = 'metrics'\n"), .. many]);
        using Client half = daemon.Connect("health");
        half.Send("GET /live HT");
        using var slow = new Client(daemon.Port("metrics"), receiveBuffer: 4096);
        slow.Send("GET /metrics HTTP/1.0\r\n\r\n");
        string head = slow.ReadLine();

        daemon.Upgrade();

        Assert.That(half.Send("TP/1.0\r\n\r\n").ReadToEnd(), Does.EndWith("{\"status\":\"live\"}\n"));
        string rest = slow.ReadToEnd();
        Assert.That(head, Is.EqualTo("HTTP/1.1 200 OK\r"));
        Assert.That(rest, Does.EndWith("superd_connection_duration_seconds_count{service=\"s299\"} 0\n"));
    }

    private static HttpClient HttpOf(Daemon daemon) => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{daemon.Port("health")}"),
        Timeout = Patience.Limit,
    };

    private static string Exchange(Daemon daemon, string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)Patience.Limit.TotalMilliseconds,
        };
        socket.Connect(IPAddress.Loopback, daemon.Port("health"));
        socket.Send(Encoding.Latin1.GetBytes(request));
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
