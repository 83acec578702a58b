using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Cli.Web;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Web;

/// <summary>superd's page against bad clients: requests that are none, and those who keep others out.</summary>
public sealed class WebHostilityTests
{
    private Daemon _daemon = null!; // set before each test

    [SetUp]
    public void Start() => _daemon = Daemon.Start((PageService.Name, PageService.File));

    [TearDown]
    public void Stop() => _daemon.Dispose();

    [Test]
    public void A_bad_request_is_answered_with_its_status_and_the_next_is_served()
    {
        (string Text, string Status)[] requests =
        [
            ("GET\r\n\r\n", "400"), ("\x16\x03\x01\x02\0\x01", "400"), ("GET / HTTP/1.1\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n", "400"),
            ("POST /api/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "400"),
            ("POST /api/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + new string('x', 9000) + "\r\n\r\n", "431"),
            ("GET / HTTP/1.0\r\n\r\n", "403"), ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "403"),
            ("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "403"), ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", "403"),
            ("GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
            ("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
            ("GET //page.js HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"), ("GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
            ("GET /api/end/x HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"), ("GET /api/pause/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
            ("PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"), ("TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
        ];
        foreach ((string text, string status) in requests)
        {
            using var client = new Client(_daemon.Port(PageService.Name));
            Assert.That(PageService.StatusOf(client.Send(text).ReadToEnd()), Is.EqualTo(status), text);
        }

        Assert.That(PageService.StatusOf(_daemon.Ask("GET /")), Is.EqualTo("200"));
        _daemon.WaitForPages(1); // none of them has ended it
    }

    [Test]
    public void Clients_that_send_nothing_keep_nobody_out()
    {
        Client[] silent = [.. Enumerable.Range(0, 3 * WebServer.MostClients).Select(_ => new Client(_daemon.Port(PageService.Name)))];
        try
        {
            Array.ForEach(silent, client => TrySend(client, "GET / HT"));
            for (int i = 0; i < 20; i++)
            {
                Assert.That(PageService.StatusOf(_daemon.Ask("GET /")), Is.EqualTo("200"));
            }
        }
        finally
        {
            Array.ForEach(silent, client => client.Dispose());
        }
    }

    [Test]
    public void There_is_a_limit_to_those_who_look_and_the_page_is_still_served_to_others()
    {
        Client[] watching = [.. Enumerable.Range(0, WebServer.MostWatching).Select(_ => _daemon.Request("GET /api/events"))];
        try
        {
            Array.ForEach(watching, client => WebTests.ReadUntil(client, "event: state"));
            Assert.That(_daemon.Ask("GET /api/events"), Does.StartWith("HTTP/1.1 503 ").And.Contain("too many look"));
            Assert.That(PageService.StatusOf(_daemon.Ask("GET /api/state")), Is.EqualTo("200"));
        }
        finally
        {
            Array.ForEach(watching, client => client.Dispose());
        }
    }

    [Test]
    public void One_that_reads_nothing_does_not_hold_up_the_others()
    {
        using var deaf = new Client(_daemon.Port(PageService.Name), receiveBuffer: 1);
        deaf.Send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        using Client events = _daemon.Request("GET /api/events");
        for (int i = 0; i < 3; i++)
        {
            WebTests.ReadUntil(events, "event: state");
        }
    }

    private static void TrySend(Client client, string text)
    {
        try
        {
            client.Send(text);
        }
        catch (SocketException)
        {
            // it had to make room
        }
    }
}
