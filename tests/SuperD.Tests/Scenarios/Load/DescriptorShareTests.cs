using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Load;

/// <summary>
/// No service can take the descriptors that other services and the console need,
/// whatever its clients do; tested with a low limit of open files.
/// </summary>
public sealed class DescriptorShareTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Many = "instances = 100000\n";
    private const int Clients = 250;

    private static readonly (string, string) s_other = ("other", Listen + "exec = '/bin/cat'\n");

    /// <summary>Services whose clients take as much as they can for as long as they like.</summary>
    private static IEnumerable<TestCaseData> Greedy =>
    [
        new TestCaseData(TomlText.ExecShell("read line"), "").SetArgDisplayNames("exec"),
        new TestCaseData("close = 'immediate'\n" + TomlText.ExecShell("read line"), "").SetArgDisplayNames("exec_immediate"),
        new TestCaseData("builtin = 'echo'\n", "x").SetArgDisplayNames("builtin"),
        new TestCaseData("builtin = 'tcpmux'\n", "").SetArgDisplayNames("tcpmux"),
        new TestCaseData("redirect = 'unix:backend.sock'\n", "").SetArgDisplayNames("redirect"),
        new TestCaseData("proxy_in = '127.0.0.0/8'\n" + TomlText.ExecShell("read line"), "PROXY ").SetArgDisplayNames("proxy_header"),
        new TestCaseData("banner = { file = '../banner' }\n" + TomlText.ExecShell("read line"), "").SetArgDisplayNames("banner"),
        new TestCaseData(
            "only_from = '192.0.2.1'\nbanner_fail = { file = '../banner' }\n" + TomlText.ExecShell("read line"),
            "").SetArgDisplayNames("refused"),
    ];

    [TestCaseSource(nameof(Greedy))]
    public void One_service_leaves_room_for_the_others_and_the_console(string action, string opening)
    {
        using TempDir folder = new();
        folder.Write("banner", new string('x', 8 << 20));
        using TestBackend backend = new(new System.Net.Sockets.UnixDomainSocketEndPoint(folder["backend.sock"]), backlog: 1000);
        action = action.Replace("unix:backend.sock", $"unix:{folder["backend.sock"]}").Replace("../banner", folder["banner"]);
        using Daemon daemon = Start(("greedy", Listen + Many + action), s_other);
        AssertServes(daemon);
        int before = ProcFs.CountSockets(daemon.Pid);

        Client[] clients = [.. Enumerable.Range(0, Clients).Select(number =>
            new Client(daemon.Port("greedy"), from: System.Net.IPAddress.Parse($"127.0.1.{number / 25 + 1}"), receiveBuffer: 2048))];
        Array.ForEach(clients, client => client.Send(opening));
        LogLine pause = daemon.WaitFor("accept_paused", "greedy");

        Assert.That(pause["error"], Does.Match("^it has [0-9]+ of the [0-9]+ descriptors that one service may take$"));
        AssertServes(daemon);
        AssertAnswers(daemon);
        Assert.That(daemon.Log.Where(line => line.Is("accept_paused", "other") || line.Event == "launch_failed"), Is.Empty);
        Array.ForEach(clients, client => client.Reset());
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) <= before, "all are closed");
        Patience.Until(() => Live(daemon) == 0, "all have ended");
        AssertServes(daemon);
    }

    [Test]
    public void All_services_together_leave_room_for_the_console_and_a_reload()
    {
        string[] names = ["one", "two", "three"];
        using Daemon daemon = Start([.. names.Select(name => (name, Listen + Many + "builtin = 'discard'\n"))]);
        Client[] clients = [.. names.SelectMany(name => Enumerable.Range(0, Clients).Select(_ => daemon.Connect(name)))];
        _ = daemon.WaitFor(
            line => line.Event == "accept_paused" && line["error"].StartsWith("Too many open files", StringComparison.Ordinal),
            "all that is free is taken");

        ConsoleSocket[] consoles = [.. Enumerable.Range(0, 20).Select(_ => new ConsoleSocket(daemon))];
        Assert.That(consoles.Select(console => console.Ask("""{"command":"status"}""").GetProperty("ok").GetBoolean()), Is.All.True);
        daemon.Write("four", Listen + "builtin = 'echo'\n");
        Assert.That(daemon.Reload(), Is.EqualTo("added 1, changed 0, removed 0, kept 3"));

        Array.ForEach(consoles, console => console.Dispose());
        Array.ForEach(clients, client => client.Dispose());
        using Client late = daemon.Connect("four");
        Assert.That(late.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    [Test]
    public void Clients_that_waited_for_their_proxy_are_refused_where_no_room_is_left()
    {
        using Daemon daemon = Start(("greedy", Listen + Many + "proxy_in = '127.0.0.1'\n" + TomlText.ExecShell("read line")), s_other);
        Client[] clients = [.. Enumerable.Range(0, Clients).Select(_ => daemon.Connect("greedy"))];
        _ = daemon.WaitFor("accept_paused", "greedy");

        Array.ForEach(clients, client => client.Send("PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n"));

        LogLine refusal = daemon.WaitFor("refuse", "greedy");
        Assert.That(refusal.Reason, Is.EqualTo("descriptors"));
        AssertServes(daemon);
        AssertAnswers(daemon);
        Assert.That(daemon.Log.Where(line => line.Event == "launch_failed"), Is.Empty);
        Array.ForEach(clients, client => client.Reset());
    }

    [Test]
    public void Clients_that_tcpmux_leads_to_a_service_are_counted_as_its_own()
    {
        using Daemon daemon = Start(
            ("mux", Listen + Many + "builtin = 'tcpmux'\n"),
            ("target", "tcpmux = true\n" + Many + TomlText.ExecShell("read line")),
            s_other);
        Client[] clients = [.. Enumerable.Range(0, Clients).Select(_ => daemon.Connect("mux").Send("target\r\n"))];

        LogLine refusal = daemon.WaitFor("refuse", "target");

        Assert.That(refusal.Reason, Is.EqualTo("descriptors"));
        AssertServes(daemon);
        Assert.That(daemon.Log.Where(line => line.Event == "launch_failed"), Is.Empty);
        Array.ForEach(clients, client => client.Reset());
    }

    private static Daemon Start(params (string Name, string Toml)[] services)
    {
        Needs.Program("prlimit");
        return Daemon.Start(new DaemonOptions { Wrapper = ["prlimit", "--nofile=256:256"] }, services);
    }

    private static void AssertServes(Daemon daemon)
    {
        using Client client = daemon.Connect("other");
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    private static void AssertAnswers(Daemon daemon) => Assert.That(daemon.Reload(), Does.EndWith("kept 2"));

    private static long Live(Daemon daemon) => ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("services")
        .EnumerateArray().Sum(service => service.GetProperty("live").GetInt64());
}
