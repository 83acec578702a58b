using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Web;

/// <summary>What the page may order of superd: nothing, or what somebody with the token asks for.</summary>
public sealed class WebRightTests
{
    private const string Token = "correct-horse-battery-staple";

    private const string Python = "/usr/bin/python3"; // readable for the users of handlers

    private static readonly string s_talk = "listen = '127.0.0.1:0'\n" + TomlText.OwnUser + TomlText.ExecShell("echo hello; read line");

    private static string Writing => PageService.File + "web = { write = 'web.token' }\n";

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void WriteToken()
    {
        _directory = new TempDir();
        _directory.Write("services.d/web.token", Token + "\n", "600");
    }

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public void Without_web_write_it_only_looks()
    {
        using Daemon daemon = Start(PageService.File);
        foreach (string what in (string[])["pause/talk", "resume/talk", "drain/talk", "end/1", "reload"])
        {
            Assert.That(daemon.Order(what, Token), Does.StartWith("HTTP/1.1 403 Forbidden\r\n").And.Contain("this page only looks"));
            Assert.That(daemon.Ask($"GET /api/{what}"), Does.StartWith("HTTP/1.1 405 ").And.Contain("\r\nAllow: POST\r\n"));
        }

        Assert.That(daemon.Ask("DELETE /api/state"), Does.StartWith("HTTP/1.1 403 ").Or.StartsWith("HTTP/1.1 405 "));
        Assert.That(daemon.Log.Any(line => line.Event is "service_steered" or "reload"), Is.False);
    }

    [Test]
    public void With_the_token_it_pauses_resumes_drains_ends_and_reloads()
    {
        using Daemon daemon = Start(Writing);
        using Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        string id = daemon.AcceptOf(client)["conn"];

        foreach ((string what, string mode) in ((string, string)[])
            [("pause/talk", "paused"), ("resume/%74alk", "open"), ("drain/talk", "draining"), ("resume/talk", "open")])
        {
            Assert.That(PageService.StatusOf(daemon.Order(what, Token)), Is.EqualTo("200"), what);
            Assert.That(ModeOf(daemon), Is.EqualTo(mode));
        }

        Assert.That(daemon.Order("pause/tlak", Token), Does.StartWith("HTTP/1.1 409 ").And.Contain("did you mean 'talk'?"));
        Assert.That(PageService.StatusOf(daemon.Order("end/999999", Token)), Is.EqualTo("409"));
        Assert.That(PageService.StatusOf(daemon.Order($"end/{id}", Token)), Is.EqualTo("200"));
        Assert.That(daemon.WaitFor("end", "talk").Reason, Is.EqualTo("operator"));
        Assert.That(PageService.StatusOf(daemon.Order("reload", Token)), Is.EqualTo("200"));
        daemon.Directory.Write("services.d/talk.toml", s_talk + "instances = 0\n");
        Assert.That(daemon.Order("reload", Token), Does.StartWith("HTTP/1.1 409 ").And.Contain("talk.toml"));
    }

    [TestCase("")]
    [TestCase("wrong")]
    [TestCase("Correct-horse-battery-staple")]
    [TestCase("correct-horse-battery-staple\u00e9")]
    public void Without_the_token_superd_does_nothing(string token)
    {
        using Daemon daemon = Start(Writing);

        Assert.That(daemon.Order("pause/talk", token), Does.StartWith("HTTP/1.1 403 ").And.Contain("the token is wrong"));
        Assert.That(daemon.Ask("POST /api/pause/talk?token=" + Token, "Content-Length: 0"), Does.StartWith("HTTP/1.1 403 "), "no origin");
        Assert.That(ModeOf(daemon), Is.EqualTo("open"));
        Assert.That(daemon.WaitFor("stderr", PageService.Name).Message, Does.Contain("denied pause").And.Not.Contain(Token));
    }

    /// <summary>A script in place of superd's program passes on what its client sends, as a process does that was taken over.</summary>
    [Test]
    public void A_process_that_was_taken_over_looks_and_can_do_nothing_else()
    {
        string superd = _directory["bin/superd"];
        Directory.CreateDirectory(_directory["bin"]);
        File.Copy(Needs.NativeSuperd(), superd);
        Needs.File(Python);
        using Daemon daemon = Start(Writing, superd);
        File.Delete(superd);
        _directory.Write("bin/superd", $"""
            #!{Python}
            import os, socket, sys
            console = sys.argv[sys.argv.index('--socket') + 1]
            page = socket.socket(fileno=0)
            page.setblocking(True)
            while True:
                client, _ = page.accept()
                for line in client.makefile():
                    if line == 'fork\n' and os.fork() != 0:
                        os.wait()
                        os._exit(0)
                    superd = socket.socket(socket.AF_UNIX)
                    superd.connect(console)
                    try:
                        superd.sendall(line.replace('fork', '{'{'}"command":"status"{'}'}').encode())
                    except BrokenPipeError:
                        pass  # it has been refused already
                    client.sendall(superd.makefile().readline().encode())
                    if line == 'fork\n':
                        os._exit(0)
            """, "755");
        using Client client = new(daemon.Port(PageService.Name));

        Assert.That(Ask("""{"command":"status"}"""), Does.StartWith("""{"ok":true,"server":"""));
        Assert.That(Ask("""{"command":"pause","service":"talk"}"""), Does.Contain("the token is wrong"));
        Assert.That(Ask("""{"command":"upgrade"}"""), Does.Contain("this page may not ask for that"));
        Assert.That(Ask($$"""{"command":"upgrade","token":"{{Token}}"}"""), Does.Contain("this page may not ask for that"));
        string withToken = $$"""{"command":"pause","service":"talk","token":"{{Token}}"}""";
        Assert.That(Ask(withToken), Does.StartWith("""{"ok":true"""), "who has it may");
        Assert.That(Ask("fork"), Does.Contain("you may not use this console"), "a child of the process has no right at all");

        string Ask(string line) => client.Send(line + "\n").ReadLine();
    }

    [Test]
    public void The_console_opens_its_file_to_the_user_of_the_page_and_still_refuses_other_users()
    {
        Needs.Root();
        Needs.File(Python);
        using Daemon daemon = Start(PageService.File.Replace(TomlText.OwnUser, "user = 'nobody'\n") + "enabled = true\n");
        string socket = daemon.Directory["control.sock"];
        string stranger = $"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{socket}'); print(s.makefile().readline())";
        Assert.That(ModeText(socket), Does.Contain("OtherWrite"));
        Assert.That(
            Tool.Run(Needs.Program("setpriv"), "--reuid=65534", "--clear-groups", Python, "-c", stranger),
            Does.Contain("you may not use this console"));

        daemon.Directory.Write("services.d/web.toml", PageService.File + "enabled = false\n");
        _ = ConsoleSocket.Ask(daemon, """{"command":"reload"}""");
        Assert.That(ModeText(socket), Does.Not.Contain("Other"));
    }

    private static string ModeText(string path) => File.GetUnixFileMode(path).ToString();

    private static string ModeOf(Daemon daemon)
    {
        JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"status","service":"talk"}""");
        return reply.GetProperty("services")[0].GetProperty("mode").GetString()!; // every service has one
    }

    private Daemon Start(string page, string? executable = null) => Daemon.Start(
        new DaemonOptions { Directory = _directory, Executable = executable }, (PageService.Name, page), ("talk", s_talk));
}
