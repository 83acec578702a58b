using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Web;

/// <summary>superd's page in Chromium, as people use it, and beside a hostile one. One browser goes through all parts.</summary>
public sealed class BrowserTests
{
    private const string Token = "correct-horse-battery-staple";

    private static readonly string s_script = Repository.PathOf("tests/SuperD.Tests/Scenarios/Web/browser.cjs");

    private string[] _parts = []; // a line for each
    private string? _mode; // of the service, after all of it

    [OneTimeSetUp]
    public void GoThroughAllParts()
    {
        string chromium = Needs.Program("chromium");
        Needs.Success("node", "-e", "require('playwright-core'); require('axe-core')");
        using var directory = new TempDir();
        directory.Write("services.d/web.token", Token, "600");
        const string Hostile = "echo '<img src=x onerror=\"window.isTaken=1\"><b>bold</b><script>window.isTaken=1</script>' >&2; read line";
        string talk = "listen = '127.0.0.1:0'\nper_source = 2\n" + TomlText.OwnUser + TomlText.ExecShell(Hostile);
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Directory = directory, Executable = Environment.GetEnvironmentVariable("SUPERD_NATIVE") },
            (PageService.Name, PageService.File + "web = { write = 'web.token' }\n"),
            ("talk", talk),
            ("broken", talk + "instances = 0\n"));
        Client[] clients = [.. Enumerable.Range(0, 5).Select(_ => daemon.Connect("talk"))];
        try
        {
            _ = daemon.WaitFor(line => line.Is("stderr", "talk"), 2, "two have come in");
            _ = daemon.WaitFor(line => line.Is("refuse", "talk"), 3, "the others are refused");
            string address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{daemon.Port(PageService.Name)}/");
            ProgramResult result = RunningProgram.RunToEnd(
                "node",
                [
                    s_script, address, Token, directory.Path,
                    "sh", "-c", $"rm services.d/broken.toml && {SuperdProgram.Path} upgrade --socket control.sock",
                ],
                directory.Path,
                new Dictionary<string, string?> { ["CHROMIUM"] = chromium });
            _parts = result.StandardOutput.Split('\n');
            Assert.That(result.StandardError, Is.Empty);
            JsonElement reply = ConsoleSocket.Ask(daemon, """{"command":"status","service":"talk"}""");
            _mode = reply.GetProperty("services")[0].GetProperty("mode").GetString();
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    [TestCase("looks", TestName = "It shows services, problems, connections, charts and the log, and steers nothing without the token")]
    [TestCase("is text", TestName = "What a handler logs is shown as text")]
    [TestCase("is readable", TestName = "Dark and light, on a desk and on a phone, axe finds nothing and nothing is too wide")]
    [TestCase("by keyboard", TestName = "With the keyboard alone somebody unlocks it and pauses a service")]
    [TestCase("is quiet", TestName = "The browser complains of nothing")]
    [TestCase("comes back", TestName = "An upgrade breaks the stream; the page says so and comes back")]
    [TestCase("is alone", TestName = "A page of a stranger reads nothing, orders nothing and does not rebind the name")]
    public void Part(string name) => Assert.That(_parts, Has.One.EqualTo($"{name}: good"), string.Join('\n', _parts));

    [Test]
    public void Only_the_order_with_the_token_was_carried_out() => Assert.That(_mode, Is.EqualTo("paused"));
}
