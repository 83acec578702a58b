using System.Text.Json;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Upgrading;

/// <summary>The next version continues with the configuration of the last reload, and a reload and an upgrade never overlap.</summary>
public sealed class UpgradeAndReloadTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_talk = Listen + TomlText.ExecShell("echo hello; read word; echo \"got $word\"");

    [Test]
    public void What_a_reload_added_and_removed_outlives_an_upgrade()
    {
        using Daemon daemon = Daemon.Start(("gone", s_talk), ("cat", Listen + "exec = '/bin/cat'\n"));
        using Client last = daemon.Connect("gone");
        Assert.That(last.ReadLine(), Is.EqualTo("hello"));
        File.Delete(daemon.Directory["services.d/gone.toml"]);
        daemon.Write("new", s_talk);
        Assert.That(daemon.Reload(), Is.EqualTo("added 1, changed 0, removed 1, kept 1"));
        using Client first = daemon.Connect("new");
        Assert.That(first.ReadLine(), Is.EqualTo("hello"));
        string socket = daemon.ListenerAt(daemon.Port("new"));

        daemon.Upgrade();

        Assert.That(daemon.ListenerAt(daemon.Port("new")), Is.EqualTo(socket));
        Assert.That(first.Send("one\n").ReadToEnd(), Is.EqualTo("got one\n"));
        daemon.Write("gone", s_talk);
        Assert.That(daemon.Reload(), Is.EqualTo("added 1, changed 0, removed 0, kept 2"));
        Assert.That(
            State(daemon, "gone").GetProperty("live").GetInt32(), Is.EqualTo(1), "it is the same service, and its last client counts");
        Assert.That(last.Send("two\n").ReadToEnd(), Is.EqualTo("got two\n"));
        daemon.WaitFor("end", "gone");
        Assert.That(State(daemon, "gone").GetProperty("live").GetInt32(), Is.Zero);
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void Both_at_once_lose_nobody_and_all_who_asked_are_answered()
    {
        using Daemon daemon = Daemon.Start(("cat", Listen + "exec = '/bin/cat'\n"));
        using var load = new EchoLoad(daemon.Port("cat"), perSecond: 50);
        for (int i = 0; i < 5; i++)
        {
            daemon.Write("other", $"{Listen}description = '{i}'\nexec = '/bin/cat'\n");
            using var reloading = new ConsoleSocket(daemon);
            using var upgrading = new ConsoleSocket(daemon);
            using var late = new ConsoleSocket(daemon);

            reloading.Send("{\"command\":\"reload\"}\n");
            upgrading.Send("{\"command\":\"upgrade\"}\n");
            late.Send("{\"command\":\"reload\"}\n");

            JsonElement[] replies = [reloading.ReadReply(), upgrading.ReadReply(), late.ReadReply()];
            Assert.That(
                replies.Select(reply => reply.GetProperty("ok").GetBoolean()),
                Is.All.True,
                string.Join('\n', replies.Select(reply => reply.GetRawText())));
            Assert.That(State(daemon, "other").GetProperty("description").GetString(), Is.EqualTo($"{i}"));
        }

        (int count, string[] failures) = load.Finish();
        Assert.That(failures, Is.Empty);
        daemon.WaitFor(line => line.Is("end", "cat"), count, "every connection has ended");
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void An_upgrade_asked_for_while_superd_ends_is_refused_at_once()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using Client live = daemon.Connect("talk");
        Assert.That(live.ReadLine(), Is.EqualTo("hello"));
        using var console = new ConsoleSocket(daemon);
        daemon.Signal(Signal.SIGTERM);
        daemon.WaitFor(line => line.Event == "shutdown_draining", "it ends");

        Assert.That(console.Ask("""{"command":"upgrade"}""").GetProperty("error").GetString(), Is.EqualTo("not upgraded: superd ends"));
        live.Send("x\n").ReadToEnd();
        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    private static JsonElement State(Daemon daemon, string service) =>
        ConsoleSocket.Ask(daemon, $$"""{"command":"status","service":"{{service}}"}""").GetProperty("services")[0];
}
