using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Reloading;

/// <summary>A new configuration for a running superd takes effect completely or not at all, and active connections do not notice.</summary>
public sealed class ReloadTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_talk = Listen + TomlText.ExecShell("echo hello; read line; echo \"old $line\"");
    private static readonly string s_newTalk = Listen + TomlText.ExecShell("echo hello; read line; echo \"new $line\"");

    [Test]
    public void A_changed_service_serves_new_clients_anew_and_live_ones_as_they_began()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk), ("other", Listen + "exec = '/bin/cat'\n"));
        string socket = daemon.ListenerAt(daemon.Port("talk"));
        using Client before = Greeted(daemon, "talk");
        daemon.Write("talk", s_newTalk);

        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 1, removed 0, kept 1"));

        using Client after = Greeted(daemon, "talk");
        Assert.That(after.Send("x\n").ReadToEnd(), Is.EqualTo("new x\n"));
        Assert.That(before.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
        Assert.That(daemon.ListenerAt(daemon.Port("talk")), Is.EqualTo(socket), "it is the same socket");
        Assert.That(daemon.WaitFor("service_changed", "talk")["handlers"], Is.EqualTo("1"));
        LogLine reload = daemon.WaitFor(line => line.Event == "reload", "the reload is logged");
        Assert.That(reload.Message, Does.Match("^reload added=0 changed=1 removed=0 kept=1 read_ms=[0-9]+ apply_ms=[0-9]+ by=uid:[0-9]+$"));
        Assert.That(
            daemon.Log.Count(line => line.Event is "service_added" or "service_changed" or "service_removed"),
            Is.EqualTo(1),
            "kept services are counted only");
    }

    [Test]
    public void SIGHUP_reloads_and_the_log_tells_how_it_went()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        daemon.Write("more", Listen + "exec = '/bin/cat'\n");
        daemon.Signal(NativeMethods.SIGHUP);

        Assert.That(
            daemon.WaitFor(line => line.Event == "reload", "it is reloaded").Message,
            Does.StartWith("reload added=1 changed=0 removed=0 kept=1 ").And.EndsWith(" by=SIGHUP"));
        using Client client = daemon.Connect("more");
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));

        daemon.Write("more", Listen + "exec = '/bin/cat'\ninstances = -3\n");
        daemon.Signal(NativeMethods.SIGHUP);

        LogLine failed = daemon.WaitFor(line => line.Event == "reload_failed", "it says that it failed");
        Assert.That(failed.Message, Does.StartWith("reload failed errors=1 by=SIGHUP: ").And.EndsWith("everything is as it was"));
        Assert.That(
            daemon.WaitFor(line => line is { Event: "configuration_problem", Level: "error" }, "it says why").Message,
            Does.Contain("services.d/more.toml:3:13: error: instances must be 1 or more, found -3"));
    }

    [Test]
    public void An_error_in_any_file_leaves_everything_as_it_is()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk), ("leaver", Listen + "exec = '/bin/cat'\n"));
        int sockets = ProcFs.CountSockets(daemon.Pid);
        daemon.Write("talk", s_newTalk);
        daemon.Write("bad", Listen + "exec = '/bin/cat'\nbacklog = 'x'\n");
        daemon.Write("more", Listen + "exec = '/bin/cat'\n");
        daemon.Remove("leaver");

        JsonElement reply = daemon.TryReload();

        Assert.That(reply.GetProperty("kind").GetString(), Is.EqualTo("not_reloaded"));
        JsonElement problem = Reloads.Errors(reply).Single();
        Assert.That(problem.GetProperty("file").GetString(), Does.EndWith("services.d/bad.toml"));
        Assert.That((problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32()), Is.EqualTo((3, 11)));
        using Client talk = Greeted(daemon, "talk");
        Assert.That(talk.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
        using Client leaver = daemon.Connect("leaver");
        Assert.That(leaver.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) == sockets, "nothing listens that did not before");
    }

    [Test]
    public void A_trial_says_what_would_happen_and_changes_nothing()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk), ("leaver", s_talk), ("stayer", s_talk));
        using Client live = Greeted(daemon, "leaver");
        int sockets = ProcFs.CountSockets(daemon.Pid);
        daemon.Write("talk", s_newTalk);
        daemon.Remove("leaver");
        daemon.Write("more", Listen + "exec = '/bin/cat'\n");

        JsonElement reply = daemon.TryReload(",\"dry_run\":true");

        Assert.That(Reloads.Counts(reply), Is.EqualTo("added 1, changed 1, removed 1, kept 1"));
        JsonElement reload = reply.GetProperty("reload");
        Assert.That(reload.GetProperty("applied").GetBoolean(), Is.False);
        Assert.That(reload.GetProperty("added_services")[0].GetString(), Is.EqualTo("more"));
        Assert.That(reload.GetProperty("changed_services")[0].GetString(), Is.EqualTo("talk"));
        Assert.That(reload.GetProperty("removed_services")[0].ToString(), Is.EqualTo("""{"name":"leaver","live":1}"""));
        using Client client = Greeted(daemon, "talk");
        Assert.That(client.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
        using Client other = Greeted(daemon, "leaver");
        Assert.That(daemon.Log.Any(line => line.Event is "reload" or "service_removed"), Is.False);
        Assert.That(daemon.Reload(), Is.EqualTo("added 1, changed 1, removed 1, kept 1"), "and then it does");
    }

    [Test]
    public void A_removed_service_stops_accepting_and_its_handlers_finish()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk), ("stayer", s_talk));
        int port = daemon.Port("talk");
        using Client live = Greeted(daemon, "talk");
        daemon.Remove("talk");

        daemon.Reload();

        Assert.That(Client.IsRefused(port), Is.True);
        JsonElement[] connections =
        [
            .. ConsoleSocket.Ask(daemon, """{"command":"connections","service":"talk"}""").GetProperty("connections").EnumerateArray()
        ];
        Assert.That(connections, Has.Length.EqualTo(1), "it can still be seen");
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
        Assert.That(daemon.WaitFor("end", "talk")["exit"], Is.EqualTo("0"));
        Assert.That(daemon.WaitFor("service_removed", "talk")["handlers"], Is.EqualTo("1"));
        JsonElement gone = ConsoleSocket.Ask(daemon, """{"command":"connections","service":"talk"}""");
        Assert.That(gone.GetProperty("kind").GetString(), Is.EqualTo("unknown_service"), "with its last connection it is forgotten");
    }

    [Test]
    public void With_kill_the_handlers_of_a_removed_service_are_ended()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk), ("stayer", s_talk));
        using Client live = Greeted(daemon, "talk");
        using Client other = Greeted(daemon, "stayer");
        daemon.Remove("talk");

        daemon.Reload(",\"kill\":true");

        Assert.That(live.ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("end", "talk")["reason"], Is.EqualTo("operator"));
        Assert.That(other.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
    }

    [Test]
    public void Live_handlers_are_counted_on_also_when_instances_are_fewer_than_they_are()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "instances = 3\n"));
        Client[] live = [.. Enumerable.Range(0, 3).Select(_ => Greeted(daemon, "talk"))];
        daemon.Write("talk", s_talk + "instances = 2\n");

        daemon.Reload();

        Assert.That(Refused(daemon, "talk")["count"], Is.EqualTo("3/2"));
        Assert.That(live[0].Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"), "nobody was ended");
        daemon.WaitFor(line => line.Is("end", "talk"), 1, "one has ended");
        using (Client second = daemon.Connect("talk"))
        {
            Assert.That(second.IsClosedWithoutReply(), Is.True, "2/2");
        }

        Assert.That(live[1].Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
        daemon.WaitFor(line => line.Is("end", "talk"), 2, "two have ended");
        using Client admitted = Greeted(daemon, "talk");
        Assert.That(daemon.AcceptOf(admitted)["handlers"], Is.EqualTo("2/2"));
        Array.ForEach(live, client => client.Dispose());
    }

    [Test]
    public void A_service_that_comes_back_counts_the_handlers_it_had_before()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "instances = 1\nper_source = 1\n"), ("stayer", s_talk));
        using Client live = Greeted(daemon, "talk");
        daemon.Remove("talk");
        daemon.Reload();
        daemon.Write("talk", s_newTalk + "instances = 1\n");

        Assert.That(daemon.Reload(), Is.EqualTo("added 1, changed 0, removed 0, kept 1"));

        int newPort = int.Parse(daemon.WaitFor(line => line.Is("listen", "talk"), 2, "it listens again")[1]["address"].Split(':')[1]);
        using (var refused = new Client(newPort))
        {
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
        }

        Assert.That(daemon.WaitFor("refuse", "talk")["count"], Is.EqualTo("1/1"));
        Assert.That(live.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
        daemon.WaitFor("end", "talk");
        using var admitted = new Client(newPort);
        Assert.That(admitted.ReadLine(), Is.EqualTo("hello"));
        Assert.That(daemon.AcceptOf(admitted)["handlers"], Is.EqualTo("1/1"));
    }

    [Test]
    public void Clients_that_wait_for_a_place_get_it_when_a_reload_makes_room()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "instances = 1\nwhen_full = 'queue'\n"));
        using Client first = Greeted(daemon, "talk");
        using Client waiting = daemon.Connect("talk");
        daemon.Write("talk", s_newTalk + "instances = 2\nwhen_full = 'queue'\n");

        daemon.Reload();

        Assert.That(waiting.ReadLine(), Is.EqualTo("hello"));
        Assert.That(waiting.Send("x\n").ReadToEnd(), Is.EqualTo("new x\n"), "it had not begun");
        Assert.That(first.Send("x\n").ReadToEnd(), Is.EqualTo("old x\n"));
    }

    [Test]
    public void What_is_remembered_of_a_source_outlives_a_change_of_the_rules()
    {
        const string rules = "per_source = 1\npenalty = { exit.3 = '5m', min = '5m' }\n";
        string script = TomlText.ExecShell("read line; exit \"$line\"");
        using Daemon daemon = Daemon.Start(("talk", Listen + rules + script));
        using Client live = daemon.Connect("talk");
        daemon.AcceptOf(live);
        using (Client bad = daemon.ConnectFrom("127.0.0.2", "talk"))
        {
            bad.Send("3\n").ReadToEnd();
            daemon.WaitFor("penalise", "talk");
        }

        daemon.Write("talk", Listen + rules + script + "no_access = '127.0.0.3'\nsource_prefix = { v4 = 31 }\n");
        daemon.Reload();

        Assert.That(Refused(daemon, "talk", "127.0.0.3")["reason"], Is.EqualTo("no_access"), "the new rules hold");
        Assert.That(Refused(daemon, "talk", "127.0.0.1")["reason"], Is.EqualTo("per_source"), "its handler is counted");
        Assert.That(Refused(daemon, "talk", "127.0.0.2")["reason"], Is.EqualTo("penalty"), "it serves its penalty");
        live.Send("0\n").ReadToEnd();
        daemon.WaitFor(line => line.Is("end", "talk"), 2, "both have ended");
        using Client again = daemon.ConnectFrom("127.0.0.1", "talk");
        Assert.That(again.Send("0\n").ReadToEnd(), Is.Empty);
        daemon.AcceptOf(again);
    }

    [Test]
    public void A_paused_service_stays_paused_and_a_drained_one_drained()
    {
        using Daemon daemon = Daemon.Start(("paused", s_talk), ("drained", s_talk));
        ConsoleSocket.Ask(daemon, """{"command":"pause","service":"paused"}""");
        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"drained"}""");
        daemon.Write("paused", s_newTalk);
        daemon.Write("drained", s_newTalk);

        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 2, removed 0, kept 0"));

        using Client waiting = daemon.Connect("paused");
        Assert.That(Client.IsRefused(daemon.Port("drained")), Is.True);
        Assert.That(daemon.Log.Any(line => line.Is("accept", "paused")), Is.False);
        ConsoleSocket.Ask(daemon, """{"command":"resume","service":"paused"}""");
        Assert.That(waiting.ReadLine(), Is.EqualTo("hello"));
        Assert.That(waiting.Send("x\n").ReadToEnd(), Is.EqualTo("new x\n"));
    }

    [Test]
    public void What_superd_toml_says_of_superd_itself_is_applied_or_said_to_need_a_restart()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Log = "format = 'json'\nlevel = 'debug'" }, ("talk", s_talk));
        using Client live = Greeted(daemon, "talk");
        daemon.Directory.Write(
            "superd.toml",
            "max_handlers = 1\nshutdown_grace = '1ms'\n[control]\nsocket = 'elsewhere.sock'\n[log]\nformat = 'text'\nlevel = 'info'\n");

        JsonElement reply = daemon.TryReload();

        Assert.That(Reloads.Counts(reply), Is.EqualTo("added 0, changed 0, removed 0, kept 1"));
        Assert.That(
            reply.GetProperty("reload").GetProperty("needs_restart").EnumerateArray().Select(key => key.GetString()),
            Is.EqualTo(["log.format", "control.socket"]));
        Assert.That(
            daemon.WaitFor(line => line.Event == "key_needs_restart", 2, "both are logged").Select(line => line["key"]),
            Is.EqualTo(["log.format", "control.socket"]));
        Assert.That(Refused(daemon, "talk")["reason"], Is.EqualTo("max_handlers"));
        daemon.TryReload();
        daemon.WaitFor(line => line.Event == "reload", 2, "it is reloaded again");
        Assert.That(daemon.Log.Count(line => line.Event == "reload_begins"), Is.EqualTo(1), "debug lines are not written any more");
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(daemon.WaitFor("end", "talk")["reason"], Is.EqualTo("shutdown"), "it had a millisecond");
    }

    [Test]
    public void Reloads_asked_for_at_once_come_one_after_the_other_and_all_are_answered()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        ConsoleSocket[] consoles = [.. Enumerable.Range(0, 20).Select(_ => new ConsoleSocket(daemon))];
        daemon.Write("talk", s_newTalk);

        Array.ForEach(consoles, console => console.Send("{\"command\":\"reload\"}\n{\"command\":\"status\",\"service\":\"talk\"}\n"));
        daemon.Signal(NativeMethods.SIGHUP);

        JsonElement[] replies = [.. consoles.Select(console => console.ReadReply())];
        Assert.That(replies.Sum(reply => reply.GetProperty("reload").GetProperty("changed").GetInt32()), Is.LessThanOrEqualTo(1));
        Assert.That(replies.Select(reply => reply.GetProperty("ok").GetBoolean()), Has.All.True);
        Assert.That(
            consoles.Select(console => console.ReadReply().GetProperty("services")[0].GetProperty("name").GetString()),
            Has.All.EqualTo("talk"),
            "and what was asked behind it is answered");
        daemon.WaitFor(line => line.Event == "reload", 21, "SIGHUP has had its turn");
        Array.ForEach(consoles, console => console.Dispose());
    }

    [Test]
    public void A_reload_asked_for_while_superd_ends_is_refused()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using Client live = Greeted(daemon, "talk");
        using var console = new ConsoleSocket(daemon);
        daemon.Signal(SuperD.Linux.Signal.SIGTERM);
        daemon.WaitFor(line => line.Event == "shutdown_draining", "it ends");

        Assert.That(console.Ask("""{"command":"reload"}""").GetProperty("error").GetString(), Is.EqualTo("not reloaded: superd is ending"));
        live.Send("x\n").ReadToEnd();
        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    [Test]
    public void A_client_whose_proxy_was_waited_for_meets_the_new_rules()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk + "proxy_in = '127.0.0.1'\n"), ("gone", s_talk + "proxy_in = '127.0.0.1'\n"));
        using Client changed = daemon.Connect("talk");
        using Client removed = daemon.Connect("gone");
        Patience.Until(
            () =>
                ConsoleSocket.Ask(daemon, """{"command":"status"}""").GetProperty("server").GetProperty("awaiting_header").GetInt32() == 2,
            "both are waited for");
        daemon.Write("talk", s_newTalk + "proxy_in = '127.0.0.1'\n");
        daemon.Remove("gone");
        daemon.Reload();

        changed.Send("PROXY TCP4 192.0.2.7 192.0.2.8 5000 80\r\n");
        removed.Send("PROXY TCP4 192.0.2.7 192.0.2.8 5000 80\r\n");

        Assert.That(changed.ReadLine(), Is.EqualTo("hello"));
        Assert.That(changed.Send("x\n").ReadToEnd(), Is.EqualTo("new x\n"));
        Assert.That(removed.IsClosedWithoutReply(), Is.True);
        Assert.That(daemon.WaitFor("refuse", "gone")["reason"], Is.EqualTo("drain"));
    }

    [Test]
    public void Relays_and_conversations_go_on_under_the_definition_they_began_with()
    {
        using var backend = new TestBackend();
        using Daemon daemon = Daemon.Start(
            ("relay", Listen + backend.Redirect), ("echo", Listen + "builtin = 'echo'\n"));
        using Client relayed = daemon.Connect("relay");
        using Client echoed = daemon.Connect("echo");
        using Socket connection = backend.Accept();
        Assert.That(echoed.Send("a\n").ReadLine(), Is.EqualTo("a"));
        daemon.Write("relay", Listen + "builtin = 'discard'\n");
        daemon.Write("echo", s_newTalk);

        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 2, removed 0, kept 0"));

        Assert.That(echoed.Send("b\n").ReadLine(), Is.EqualTo("b"));
        relayed.Send("x");
        Assert.That(connection.Receive(new byte[1]), Is.EqualTo(1));
        using Client after = Greeted(daemon, "echo");
        Assert.That(after.Send("x\n").ReadToEnd(), Is.EqualTo("new x\n"));
    }

    private static Client Greeted(Daemon daemon, string service)
    {
        Client client = daemon.Connect(service);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        return client;
    }

    private static LogLine Refused(Daemon daemon, string service, string from = "127.0.0.1")
    {
        using Client client = daemon.ConnectFrom(from, service);
        Assert.That(client.IsClosedWithoutReply(), Is.True);
        return daemon.WaitFor(line => line.Is("refuse", service) && line["peer"] == client.Address, $"{client.Address} is refused");
    }
}
