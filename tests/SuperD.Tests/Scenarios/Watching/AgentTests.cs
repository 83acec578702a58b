using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Watching;

/// <summary>The builtin <c>agent</c>: the line for HAProxy's agent-check in every state of a service.</summary>
public sealed class AgentTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";
    private const string Agent = "listen = 0\nbuiltin = 'agent'\n";
    private const string OfTalk = Agent + "agent_for = 'talk'\n";

    private static readonly string s_talk = Listen + TomlText.ExecShell("echo hello; read line; echo \"got $line\"");

    [Test]
    public void The_weight_is_the_percentage_of_free_places()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Top = "max_handlers = 100" }, ("agent", OfTalk), ("talk", "instances = 4\n" + s_talk));
        Assert.That(LineOf(daemon), Does.Match("^ready up (100|99)%\n$"), "the agent's own connection may count");
        var clients = new List<Client>();
        foreach (string percent in (string[])["75", "50", "25", "1"])
        {
            clients.Add(daemon.Connect("talk"));
            Assert.That(clients[^1].ReadLine(), Is.EqualTo("hello"));
            Assert.That(LineOf(daemon), Is.EqualTo($"ready up {percent}%\n"), "a full one keeps one percent");
        }

        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public void Each_state_has_its_word()
    {
        using Daemon daemon = Daemon.Start(
            ("agent", OfTalk),
            ("broken", Agent + "agent_for = 'bad'\n"),
            ("bad", "listen = 'nonsense'\n"),
            ("whole", Agent),
            ("talk", s_talk));
        Assert.That(LineOf(daemon), Is.EqualTo("ready up 100%\n"));
        Assert.That(LineOf(daemon, "broken"), Is.EqualTo("down #it is broken\n"));
        Assert.That(LineOf(daemon, "whole"), Is.EqualTo("ready up 100%\n"));

        ConsoleSocket.Ask(daemon, """{"command":"pause","service":"talk"}""");
        Assert.That(LineOf(daemon), Is.EqualTo("maint #it is paused\n"));
        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"talk"}""");
        Assert.That(LineOf(daemon), Is.EqualTo("drain #it is draining\n"));
        Assert.That(LineOf(daemon, "whole"), Is.EqualTo("ready up 100%\n"));
        ConsoleSocket.Ask(daemon, """{"command":"drain","for_ms":3600000}""");
        Assert.That(LineOf(daemon), Does.StartWith("drain #lame duck: it is drained in "));
        Assert.That(LineOf(daemon, "whole"), Does.StartWith("drain #lame duck: it is drained in "));
        ConsoleSocket.Ask(daemon, """{"command":"resume"}""");
        Assert.That(LineOf(daemon), Is.EqualTo("ready up 100%\n"));
    }

    [Test]
    public void A_service_that_a_reload_removes_is_down()
    {
        using Daemon daemon = Daemon.Start(("agent", OfTalk), ("talk", s_talk));
        daemon.Write("talk", s_talk + "enabled = false\n");

        daemon.Reload();

        Assert.That(LineOf(daemon), Is.EqualTo("down #it is disabled\n"));
    }

    [TestCase("builtin = 'agent'\nagent_for = 'tlak'\n", "agent_for names \"tlak\", and there is no such service; did you mean 'talk'?")]
    [TestCase("builtin = 'health'\nagent_for = 'talk'\n", "agent_for has no meaning without builtin = \"agent\"; delete the line")]
    [TestCase("exec = '/bin/cat'\nagent_for = 'talk'\n", "agent_for has no meaning without builtin = \"agent\"; delete the line")]
    public void A_mistake_is_named(string toml, string message)
    {
        using var directory = new TempDir();
        directory.Write("superd.toml", "");
        directory.MakeDirectory("services.d");
        directory.Write("services.d/talk.toml", s_talk);
        directory.Write("services.d/agent.toml", "listen = 9999\n" + toml);

        ProgramResult result = SuperdProgram.Run(directory.Path, "check");

        Assert.That(result.ExitCode, Is.EqualTo(78));
        Assert.That(result.StandardOutput + result.StandardError, Does.Contain(message));
    }

    [TestCase("health")]
    [TestCase("metrics")]
    [TestCase("agent")]
    public void None_of_the_three_answers_datagrams(string builtin)
    {
        using var directory = new TempDir();
        directory.Write("superd.toml", "");
        directory.MakeDirectory("services.d");
        directory.Write("services.d/it.toml", $"listen = 'udp://127.0.0.1:9999'\nbuiltin = '{builtin}'\nbuiltin_udp = true\n");

        ProgramResult result = SuperdProgram.Run(directory.Path, "check");

        Assert.That(result.ExitCode, Is.EqualTo(78));
        Assert.That(result.StandardOutput + result.StandardError, Does.Contain($"builtin = \"{builtin}\" has no meaning over UDP"));
    }

    private static string LineOf(Daemon daemon, string agent = "agent")
    {
        using Client client = daemon.Connect(agent);
        return client.ReadToEnd();
    }
}
