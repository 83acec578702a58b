using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Logging;

/// <summary>One record for each connection, with what happened to it, and the format of the log.</summary>
public sealed class RecordTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    [Test]
    public void Every_connection_has_one_record_with_its_own_facts()
    {
        using var programs = new TempDir();
        string gone = programs.Write("gone", "#!/bin/sh\n", "755");
        const string noCore = "rlimit = { core = 0 }\n";
        using Daemon daemon = Daemon.Start(
            ("ok", Listen + TomlText.ExecShell("exit 0")),
            ("seven", Listen + TomlText.ExecShell("exit 7")),
            ("most", Listen + TomlText.ExecShell("exit 255")),
            ("kill", Listen + TomlText.ExecShell("kill -KILL $$")),
            ("segv", Listen + noCore + TomlText.ExecShell("kill -SEGV $$")),
            ("abrt", Listen + noCore + TomlText.ExecShell("kill -ABRT $$")),
            ("busy", Listen + "instances = 1\nwhen_full = 'refuse'\n" + TomlText.ExecShell("echo hello; read line; exit 3")),
            ("gone", Listen + $"exec = {TomlText.Of(gone)}\n"));
        File.Delete(gone);
        var clients = new List<(Client Client, string Service, string Fact, string Value)>
        {
            (daemon.Connect("busy"), "busy", "exit", "3"),
        };
        Assert.That(clients[0].Client.ReadLine(), Is.EqualTo("hello"));
        for (int round = 0; round < 3; round++)
        {
            clients.AddRange(
            [
                (daemon.Connect("ok"), "ok", "exit", "0"),
                (daemon.Connect("seven"), "seven", "exit", "7"),
                (daemon.Connect("most"), "most", "exit", "255"),
                (daemon.Connect("kill"), "kill", "signal", "KILL"),
                (daemon.Connect("segv"), "segv", "signal", "SEGV"),
                (daemon.Connect("abrt"), "abrt", "signal", "ABRT"),
                (daemon.Connect("busy"), "busy", "reason", "instances"),
                (daemon.Connect("gone"), "gone", "reason", "launch"),
            ]);
        }

        _ = daemon.WaitFor(line => line.IsTerminal, clients.Count - 1, "all but the one that is busy have ended");
        clients[0].Client.Send("go\n");
        _ = daemon.WaitFor(line => line.IsTerminal, clients.Count, "all have ended");

        LogLine[] records = daemon.Records();
        Assert.That(records, Has.Length.EqualTo(clients.Count));

        // Two clients may have the same port, but then they use different services.
        ILookup<string, LogLine> byPeer = daemon.Log
            .Where(line => line.Fields.ContainsKey("peer"))
            .ToLookup(line => line["service"] + line["peer"]);
        foreach ((Client client, string service, string fact, string value) in clients)
        {
            LogLine first = byPeer[service + client.Address].Single();
            LogLine record = records.Single(line => line["conn"] == first["conn"]);
            Assert.That(record.Fields.GetValueOrDefault(fact), Is.EqualTo(value), record.Raw);
            if (first.Event == "accept")
            {
                Assert.That(record["pid"], Is.EqualTo(first["pid"]));
            }

            client.Dispose();
        }
    }

    [Test]
    public void The_time_a_handler_ran_and_what_it_used_of_the_processor_are_told()
    {
        using Daemon daemon = Daemon.Start(
            ("sleep", Listen + TomlText.ExecShell("sleep 0.3")),
            ("burn", Listen + "rlimit = { cpu = 1, core = 0 }\n" + TomlText.ExecShell("while :; do :; done")));
        using Client sleeping = daemon.Connect("sleep");
        using Client burning = daemon.Connect("burn");

        LogLine slept = daemon.WaitFor("end", "sleep");
        Assert.That(slept.Number("duration_ms"), Is.InRange(290, Patience.Limit.TotalMilliseconds));
        Assert.That(slept.Number("cpu_ms"), Is.LessThan(slept.Number("duration_ms")));

        // The kernel ends this one after a second of processor time. It counts that second in ticks, and what it reports is exact: on a
        // busy machine, where the process often runs for less than a tick, the two differ.
        LogLine burnt = daemon.WaitFor("end", "burn");
        Assert.That(burnt["signal"], Is.EqualTo("KILL").Or.EqualTo("XCPU"));
        Assert.That(burnt.Number("cpu_ms"), Is.InRange(400, burnt.Number("duration_ms") + 20));
    }

    [Test]
    public void Peak_memory_is_told_where_it_is_the_handlers_own_and_otherwise_its_bound()
    {
        const long used = 250 * 1024;
        using Daemon daemon = Daemon.Start(
            ("big", Listen + TomlText.ExecShell($"head -c {used}K /dev/zero | tail | wc -c")),
            ("small", Listen + TomlText.ExecShell("echo hello")));
        using Client big = daemon.Connect("big");
        using Client small = daemon.Connect("small");

        LogLine bigEnd = daemon.WaitFor("end", "big");
        Assert.That(bigEnd.Number("mem_kib"), Is.InRange(used, used * 3));
        LogLine smallEnd = daemon.WaitFor("end", "small");
        Assert.That(smallEnd.Number("mem_kib_below"), Is.GreaterThan(0));
        Assert.That(smallEnd.Fields.ContainsKey("mem_kib"), Is.False);
    }

    [Test]
    public void Every_line_of_the_JSON_form_is_an_object_with_the_same_first_fields_and_names_of_one_style()
    {
        using Daemon daemon = Daemon.Start(
            ("one", Listen + "instances = 1\n" + TomlText.ExecShell("echo hello; echo '{\"quoted\\\\\": \"ü\"' >&2; read line")),
            ("two", "listen = ['127.0.0.1:0', '[::1]:0']\n" + TomlText.ExecShell("true")));
        using (Client client = daemon.Connect("one"))
        {
            Assert.That(client.ReadLine(), Is.EqualTo("hello"));
            using Client refused = daemon.Connect("one");
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
        }

        _ = daemon.WaitFor("end", "one");
        daemon.Signal(NativeMethods.SIGHUP);
        Assert.That(daemon.Stop(), Is.Zero);

        foreach (LogLine line in daemon.Log)
        {
            Assert.That(line.Fields.Keys.Take(4), Is.EqualTo((string[])["time", "level", "id", "event"]), line.Raw);
            Assert.That(line.Fields.Keys, Is.All.Match("^[a-z][a-z0-9]*(_[a-z0-9]+)*$"), line.Raw);
            Assert.That(line.Fields.Keys.Last(), Is.EqualTo("message"), line.Raw);
            Assert.That(line["time"], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"));
        }

        LogLine ready = daemon.WaitFor(line => line.Event == "ready", "superd is ready");
        Assert.That(ready.Number("services"), Is.EqualTo(2));
        Assert.That(ready.Number("listeners"), Is.EqualTo(3));
        IEnumerable<string> listeners = daemon.Log
            .Where(line => line.Event == "listen")
            .Select(line => $"{line["service"]}={line["address"]}");
        Assert.That(ready["addresses"].Split(' '), Is.EqualTo(listeners));
        Assert.That(daemon.WaitFor("stderr", "one")["text"], Is.EqualTo("{\"quoted\\\\\": \"ü\""));
    }

    [Test]
    public void The_text_form_is_one_line_each_with_time_level_verb_and_facts()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = "level = \"debug\"", WaitsForReady = false },
            (
                "talk",
                $"listen = '127.0.0.1:{port}'\ninstances = 1\n" + TomlText.OwnUser
                    + TomlText.ExecShell("echo hello; echo oops >&2; read line")));
        _ = daemon.WaitFor(line => line.Raw.Contains(" ready ", StringComparison.Ordinal), "superd is ready");
        using (var client = new Client(port))
        {
            Assert.That(client.ReadLine(), Is.EqualTo("hello"));
            using var second = new Client(port);
            Assert.That(second.IsClosedWithoutReply(), Is.True);
        }

        _ = daemon.WaitFor(line => line.Raw.Contains(" end ", StringComparison.Ordinal), "the connection has ended");
        Assert.That(daemon.Stop(), Is.Zero);

        string[] expected =
        [
            @"info  start superd version=\S+ pid=\d+ config=\S+/superd\.toml",
            @"info  orphans are found by (cgroup v2 in \S+|child subreaper.*)",
            @"debug console socket=\S+",
            $@"debug listen talk address=127\.0\.0\.1:{port}",
            $@"info  ready services=1 listeners=1 talk=127\.0\.0\.1:{port}",
            @"info  accept talk conn=1 peer=127\.0\.0\.1:\d+ pid=\d+ handlers=1/1",
            @"info  stderr talk conn=1: oops",
            @"warn  refuse talk conn=2 peer=127\.0\.0\.1:\d+ reason=instances count=1/1",
            @"info  end talk conn=1 pid=\d+ exit=\d duration_ms=\d+ cpu_ms=\d+ mem_kib=<?\d+ handlers=0/1 "
                + @"bytes_in=0 bytes_out=6 rtt_ms=[\d.]+",
            @"info  shutdown phase=drain handlers=0 for_s=10",
            @"info  stop superd exit=0",
        ];
        string[] lines = [.. daemon.Log.Select(line => line.Raw)];
        Assert.That(lines, Has.Length.EqualTo(expected.Length));
        foreach (string line in expected)
        {
            var pattern = new Regex($@"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {line}$");
            Assert.That(lines.Count(pattern.IsMatch), Is.EqualTo(1), $"{pattern} in\n{string.Join('\n', lines)}");
        }
    }

    [Test]
    public void Lines_below_the_level_are_not_written()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = "format = \"json\"\nlevel = \"warning\"", WaitsForReady = false },
            ("one", $"listen = '127.0.0.1:{port}'\ninstances = 1\n" + TomlText.OwnUser + TomlText.ExecShell("echo hello; read line")));
        Patience.Until(() => !Client.IsRefused(port), "superd listens");
        using (Client client = Patient(port))
        {
            using var refused = new Client(port);
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
        }

        _ = daemon.WaitFor("refuse", "one");
        Assert.That(daemon.Stop(), Is.Zero);

        Assert.That(daemon.Log.Select(line => line.Level).Distinct(), Is.SubsetOf((string[])["warn", "error", "crit"]));
    }

    /// <summary>A client that is served; retries while the handler of the probe for the listener still holds the place.</summary>
    private static Client Patient(int port)
    {
        Client? client = null;
        Patience.Until(
            () =>
            {
                client?.Dispose();
                client = new Client(port);
                return !client.IsClosedWithoutReply();
            },
            "a client is served");
        return client!; // set, because the condition held
    }
}
