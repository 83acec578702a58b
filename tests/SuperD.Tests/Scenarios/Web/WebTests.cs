using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Web;

/// <summary>superd's page: there while somebody looks, and tells what the console tells.</summary>
public sealed class WebTests
{
    private static readonly string s_talk = "listen = '127.0.0.1:0'\n" + TomlText.OwnUser
        + TomlText.ExecShell("echo '<img src=x>' >&2; echo hello; read line");

    [Test]
    public void Its_process_is_there_while_somebody_looks_and_ends_by_itself()
    {
        using Daemon daemon = Daemon.Start((PageService.Name, PageService.File));
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty, "nobody has looked");

        using (Client client = daemon.Request("GET /api/events"))
        {
            ReadUntil(client, "event: state");
            Assert.That(daemon.Ask("GET /"), Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain("<title>superd</title>"));
            daemon.WaitForPages(1); // it serves all
        }

        LogLine end = daemon.WaitFor("end", PageService.Name);
        Assert.That((end["exit"], end.Reason), Is.EqualTo(("0", (string?)null)));
        Assert.That(PageService.StatusOf(daemon.Ask("GET /")), Is.EqualTo("200"), "the next one starts for the next client");
        daemon.WaitForPages(2);
    }

    [Test]
    public void It_tells_of_services_connections_refusals_and_the_log()
    {
        using Daemon daemon = Daemon.Start((PageService.Name, PageService.File), ("talk", s_talk + "per_source = 1\n"));
        using Client first = daemon.Connect("talk"), second = daemon.Connect("talk");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        _ = daemon.WaitFor("refuse", "talk");
        _ = daemon.WaitFor("stderr", "talk");

        using JsonDocument state = JsonDocument.Parse(daemon.Ask("GET /api/state").Split("\r\n\r\n")[1]);
        JsonElement talk = state.RootElement.GetProperty("services").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == "talk");
        int[] minutes = [.. talk.GetProperty("refused_lately").GetProperty("per_source").EnumerateArray().Select(one => one.GetInt32())];
        Assert.That((minutes.Length, minutes.Sum()), Is.EqualTo((60, 1)));
        Assert.That(
            state.RootElement.GetProperty("connections").EnumerateArray().Select(one => one.GetProperty("service").GetString()),
            Is.EquivalentTo(new[] { "talk", "web" }));

        using Client events = daemon.Request("GET /api/events");
        string text = ReadUntil(events, "<img src=x>");
        Assert.That(text, Does.Contain("Content-Type: text/event-stream\r\n").And.Contain("event: hello\ndata: {\"write\":false}\n\n"));
        Assert.That(text.Split('\n').Single(line => line.Contains("<img", StringComparison.Ordinal)), Does.StartWith("data: {"));
    }

    [Test]
    public void Nothing_of_others_runs_in_it_and_nobody_shows_it_in_a_frame()
    {
        using Daemon daemon = Daemon.Start((PageService.Name, PageService.File));
        foreach (string path in (string[])["/", "/page.js", "/page.css", "/icon.svg", "/api/state", "/nothing"])
        {
            string head = daemon.Ask($"GET {path}").Split("\r\n\r\n")[0];
            Assert.That(head, Does.Contain("Content-Security-Policy: default-src 'none'; script-src 'self'; ").And
                .Contain("frame-ancestors 'none'").And.Contain("X-Content-Type-Options: nosniff").And
                .Contain("Referrer-Policy: no-referrer").And.Contain("Cross-Origin-Resource-Policy: same-origin").And
                .Contain("Cache-Control: no-store"));
        }

        Assert.That(daemon.Ask("HEAD /page.js"), Does.EndWith("\r\n\r\n").And.Contain("Content-Length: "));
        Assert.That(daemon.Ask("GET /"), Does.Not.Contain("style=").And.Not.Contain("onclick"));
    }

    [Test]
    public void A_proxy_reaches_it_over_a_unix_domain_socket_by_the_name_of_the_service_file()
    {
        using Daemon daemon = Daemon.Start((PageService.Name, PageService.File.Replace("'127.0.0.1:0'", "'unix:../web.sock'")
            + "web = { hosts = ['superd.example.org'] }\n"));
        string Ask(string host, string origin)
        {
            using var client = new Client(new UnixDomainSocketEndPoint(daemon.Directory["web.sock"]));
            return client.Send($"GET /api/state HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n").ReadToEnd();
        }

        Assert.That(PageService.StatusOf(Ask("superd.example.org", "https://superd.example.org")), Is.EqualTo("200"));
        Assert.That(PageService.StatusOf(Ask("superd.example.com", "https://superd.example.com")), Is.EqualTo("403"));
    }

    [Test]
    public void A_reload_that_changes_it_and_an_upgrade_replace_its_process()
    {
        using Daemon daemon = Daemon.Start((PageService.Name, PageService.File));
        using (Client events = daemon.Request("GET /api/events"))
        {
            ReadUntil(events, "event: state");
            _ = ConsoleSocket.Ask(daemon, """{"command":"reload"}""");
            ReadUntil(events, "event: state");
            ReadUntil(events, "event: state");
            daemon.WaitForPages(1); // a reload that does not change it leaves it alone
            daemon.Directory.Write("services.d/web.toml", PageService.File + "web.hosts = 'superd.example.org'\n");
            _ = ConsoleSocket.Ask(daemon, """{"command":"reload"}""");
            Assert.That(events.ReadToEnd(), Does.Contain("event: over\ndata: {\"ok\":false,"));
        }

        Assert.That(PageService.StatusOf(daemon.Ask("GET /", "Host: superd.example.org")), Is.EqualTo("200"), "the new one knows the name");
        using (Client events = daemon.Request("GET /api/events"))
        {
            ReadUntil(events, "event: state");
            _ = daemon.Upgrade();
            Assert.That(events.ReadToEnd(), Does.Contain("event: over"));
        }

        using Client again = daemon.Request("GET /api/events");
        ReadUntil(again, "event: state");
    }

    [Test]
    public void The_end_of_superd_does_not_wait_for_those_who_look()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Top = "shutdown_grace = '1h'" }, (PageService.Name, PageService.File));
        using Client events = daemon.Request("GET /api/events");
        ReadUntil(events, "event: state");

        Assert.That(daemon.Stop(), Is.Zero);
        LogLine end = daemon.WaitFor("end", PageService.Name);
        Assert.That((end["exit"], end.Reason), Is.EqualTo(("0", (string?)null)), "it went by itself");
    }

    [Test]
    public void By_hand_it_says_who_runs_it()
    {
        ProgramResult result = SuperdProgram.Run("/", "web");
        Assert.That(result.ExitCode, Is.EqualTo(64));
        Assert.That(result.StandardError, Does.Contain("write builtin = \"web\" in a service file"));
    }

    /// <summary>Reads on until there is such a text, and returns all of it.</summary>
    internal static string ReadUntil(Client client, string text)
    {
        string all = "";
        while (!all.Contains(text, StringComparison.Ordinal))
        {
            int next = client.ReadByte();
            all += next >= 0 ? ((char)next).ToString() : throw new AssertionException($"no '{text}' in: {all}");
        }

        return all;
    }
}
