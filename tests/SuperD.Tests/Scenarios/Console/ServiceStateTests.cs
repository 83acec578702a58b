using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>What <c>superd status</c> tells of services that do not serve, and of how connections ended.</summary>
public sealed class ServiceStateTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private const string Wrong = "instances must be 1 or more, found 0";

    private static readonly string s_cat = Listen + "exec = '/bin/cat'\n" + TomlText.OwnUser;

    private static readonly string s_broken = s_cat + "instances = 0\nretries = 3\n";

    [Test]
    public void A_broken_and_a_disabled_service_are_rows_with_the_first_problem_and_the_head_counts_them()
    {
        using Daemon daemon = Daemon.Start(
            ("bad", s_broken), ("good", s_cat), ("off", s_cat + "enabled = false\ndescription = 'not yet'\n"));

        string[] lines = Run(daemon, "status").StandardOutput.Split('\n');
        JsonElement reply = Status(daemon);

        Assert.That(lines[1], Is.EqualTo("1 of 2 services (1 broken), 1 disabled, 0 connections"));
        Assert.That(lines, Has.One.EqualTo(
            $"warning: a reload will fail while {daemon.Directory["services.d/bad.toml"]} has errors; 'superd check' lists them"));
        Assert.That(lines, Has.One.Match($@"^bad +broken +0 +0 +0 +0 bad\.toml:4:13: {Wrong}"));
        Assert.That(lines, Has.One.Match(@"^good +open +0 +0 +0 +0 127\.0\.0\.1:\d+$"));
        Assert.That(lines, Has.One.Match("^off +disabled +0 +0 +0 +0 its file has enabled = false$"));
        Assert.That(Names(reply), Is.EqualTo(new[] { "bad", "good", "off" }));
        Assert.That(reply.GetProperty("server").GetProperty("services").GetInt32(), Is.EqualTo(1));
        Assert.That(reply.GetProperty("server").GetProperty("states").ToString(), Is.EqualTo("""{"open":1,"broken":1,"disabled":1}"""));
        JsonElement bad = Service(reply, "bad");
        Assert.That((Text(bad, "mode"), Text(bad, "state")), Is.EqualTo(("off", "broken")));
        Assert.That(bad.GetProperty("problems").GetArrayLength(), Is.EqualTo(1), "the first one");
        Assert.That(bad.GetProperty("problem_count").GetInt32(), Is.EqualTo(2));
        Assert.That(Text(bad.GetProperty("problems")[0], "file"), Is.EqualTo(daemon.Directory["services.d/bad.toml"]));
        Assert.That(bad.GetProperty("problems")[0].GetProperty("line").GetInt32(), Is.EqualTo(4));
    }

    [Test]
    public void Status_of_one_that_is_not_served_shows_all_its_problems_and_other_commands_say_why_not()
    {
        using Daemon daemon = Daemon.Start(("bad", s_broken), ("good", s_cat), ("off", s_cat + "enabled = false\n"));
        string file = daemon.Directory["services.d/bad.toml"];

        string bad = Run(daemon, "status", "bad").StandardOutput;
        string off = Run(daemon, "status", "off").StandardOutput;
        ProgramResult pause = Run(daemon, "pause", "bad");

        Assert.That(bad, Does.Contain($"state            broken\nproblem          {file}:4:13: error: {Wrong}"));
        Assert.That(bad, Does.Contain($"\nproblem          {file}:5:1: error: unknown key \"retries\""));
        Assert.That(off, Does.EndWith("state            disabled\n                 its file has enabled = false\n"));
        Assert.That(pause.StandardError, Is.EqualTo("superd: service \"bad\" is not served: it is broken; 'superd status' says more\n"));
        Assert.That(pause.ExitCode, Is.EqualTo(ExitCode.Unavailable));
    }

    [Test]
    public void Metrics_count_the_services_by_their_state()
    {
        using Daemon daemon = Daemon.Start(("bad", s_broken), ("good", s_cat), ("off", s_cat + "enabled = false\n"));

        string[] lines = Run(daemon, "metrics").StandardOutput.Split('\n');

        Assert.That(lines, Does.Contain("superd_services{state=\"broken\"} 1"));
        Assert.That(lines, Does.Contain("superd_services{state=\"disabled\"} 1"));
        Assert.That(lines, Does.Contain("superd_services{state=\"open\"} 1"));
        Assert.That(lines, Does.Contain("superd_services{state=\"failing\"} 0"));
        Assert.That(lines, Does.Contain("superd_reload_fails 1"));
        Assert.That(lines.Where(line => line.Contains("service=\"bad\"")), Is.Empty, "what is not served has no counters");
    }

    [Test]
    public void A_service_whose_address_is_taken_is_waiting_until_it_is_free()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { WaitsForReady = false }, ("late", $"listen = '127.0.0.1:{port}'\nexec = '/bin/cat'\n"));
        daemon.WaitFor("bind_failed", "late");
        daemon.WaitFor(line => line.Event == "console_open", "superd can be asked");

        JsonElement late = Service(Status(daemon), "late");

        Assert.That(Text(late, "state"), Is.EqualTo("waiting"));
        Assert.That(Text(late.GetProperty("problems")[0], "message"), Does.StartWith($"127.0.0.1:{port} cannot be bound: "));
        taken.Stop();
        daemon.WaitFor(line => line.Event == "ready", "it listens at last");
        late = Service(Status(daemon), "late");
        Assert.That((Text(late, "state"), late.TryGetProperty("problems", out _)), Is.EqualTo(("open", false)));
    }

    [Test]
    public void A_service_is_failing_after_a_launch_that_failed_until_one_succeeds()
    {
        using var programs = new TempDir();
        string program = programs.Write("hello", "#!/bin/sh\necho hello\n", "755");
        using Daemon daemon = Daemon.Start(("hello", Listen + $"exec = {TomlText.Of(program)}\n"));
        File.Move(program, program + ".away");
        using (Client refused = daemon.Connect("hello"))
        {
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
        }

        JsonElement hello = Service(Status(daemon), "hello");
        Assert.That(Text(hello, "state"), Is.EqualTo("failing"));
        Assert.That(Text(hello.GetProperty("problems")[0], "message"), Does.StartWith("its last launch failed at execve: "));

        File.Move(program + ".away", program);
        using Client served = daemon.Connect("hello");
        Assert.That(served.ReadLine(), Is.EqualTo("hello"));
        daemon.WaitFor("accept", "hello");
        Assert.That(Text(Service(Status(daemon), "hello"), "state"), Is.EqualTo("open"));
    }

    [Test]
    public void A_redirect_whose_backend_does_not_answer_is_failing()
    {
        using Daemon daemon = Daemon.Start(("relay", Listen + $"redirect = '127.0.0.1:{FreePort.Find()}'\n"));
        using (Client client = daemon.Connect("relay"))
        {
            Assert.That(client.IsClosedWithoutReply(), Is.True);
        }

        JsonElement relay = Service(Status(daemon), "relay");

        Assert.That(Text(relay, "state"), Is.EqualTo("failing"));
        Assert.That(Text(relay.GetProperty("problems")[0], "message"), Does.StartWith("no backend answered its last client: "));
    }

    [Test]
    public void A_datagram_service_whose_handlers_read_nothing_is_failing()
    {
        using Daemon daemon = Daemon.Start(
            ("mute", "listen = 'udp://127.0.0.1:0'\nwait = true\n" + TomlText.ExecTestHandler("exit-without-accept")));
        using var client = new DatagramClient(daemon.Port("mute"));
        client.Send("x");
        daemon.WaitFor("datagram_dropped", "mute");

        JsonElement mute = Service(Status(daemon), "mute");

        Assert.That(Text(mute, "state"), Is.EqualTo("failing"));
        Assert.That(
            Text(mute.GetProperty("problems")[0], "message"),
            Is.EqualTo("its handlers end without reading the first datagram; 1 dropped"));
    }

    [Test]
    public void A_reload_that_switches_the_last_service_off_says_that_none_is_left()
    {
        using Daemon daemon = Daemon.Start(("han", s_cat));
        daemon.Write("han", s_cat + "enabled = false\n");

        daemon.Reload();

        Assert.That(daemon.WaitFor(line => line.Event == "nothing_served", "superd serves nobody").Level, Is.EqualTo("error"));
        Assert.That(States(Status(daemon)), Is.EqualTo(new[] { "han disabled" }));
    }

    [Test]
    public void A_reload_that_fails_says_which_file_is_at_fault_and_what_is_served_and_so_does_the_status_until_one_succeeds()
    {
        using Daemon daemon = Daemon.Start(("han", s_cat), ("other", s_cat));
        string file = daemon.Directory["services.d/han.toml"], added = daemon.Directory["services.d/new.toml"];
        daemon.Write("han", s_broken);
        daemon.Write("new", s_broken);
        daemon.Write("fine", s_cat);

        JsonElement reload = daemon.TryReload();

        Assert.That(
            Text(reload, "error"),
            Is.EqualTo(
                $"not reloaded: 4 errors in {file} (han is served as before), {added} (new is not served); everything is as it was"));
        Assert.That(
            reload.GetProperty("reload").GetProperty("at_fault").EnumerateArray()
                .Select(fault => $"{Text(fault, "service")} errors={fault.GetProperty("errors")} serves={fault.GetProperty("serves")}"),
            Is.EqualTo(new[] { "han errors=2 serves=True", "new errors=2 serves=False" }));
        JsonElement status = Status(daemon);
        Assert.That(States(status), Is.EqualTo(new[] { "fine waiting", "han open", "new broken", "other open" }));
        Assert.That(Service(status, "han").GetProperty("outdated").GetBoolean(), Is.True);
        Assert.That(Service(status, "han").GetProperty("problems")[0].GetProperty("line").GetInt32(), Is.EqualTo(4));
        string text = Run(daemon, "status").StandardOutput;
        Assert.That(
            text,
            Does.Match($"\nwarning: the reload .* ago failed, and what is served is of the reading before: {file}, {added} have errors\n"));
        Assert.That(text, Does.Match("\nfine +waiting +0 +0 +0 +0 it is served when a reload succeeds\n"));

        daemon.Write("han", s_cat);
        daemon.Write("new", s_cat);
        Assert.That(daemon.Reload(), Is.EqualTo("added 2, changed 0, removed 0, kept 2"));

        status = Status(daemon);
        Assert.That(States(status), Is.EqualTo(new[] { "fine open", "han open", "new open", "other open" }));
        Assert.That(status.GetProperty("server").TryGetProperty("faults", out _), Is.False);
    }

    [Test]
    public void Files_that_are_mended_renamed_or_removed_are_shown_as_the_last_reload_has_found_them_though_it_failed()
    {
        using Daemon daemon = Daemon.Start(("mended", s_broken), ("gone", s_broken), ("old", s_broken), ("served", s_cat));
        daemon.Write("mended", s_cat);
        daemon.Remove("gone");
        daemon.Rename("old", "renamed");
        daemon.Directory.Write("superd.toml", File.ReadAllText(daemon.Directory["superd.toml"]) + "\nnonsense = 1\n");

        Assert.That(daemon.TryReload().GetProperty("ok").GetBoolean(), Is.False);

        JsonElement status = Status(daemon);
        Assert.That(States(status), Is.EqualTo(new[] { "mended waiting", "renamed broken", "served open" }));
        JsonElement problem = status.GetProperty("server").GetProperty("faults").GetProperty("problem");
        Assert.That(Text(problem, "file"), Is.EqualTo(daemon.Directory["superd.toml"]), "it has no row");
    }

    [Test]
    public void A_dry_run_that_fails_changes_nothing_in_the_status()
    {
        using Daemon daemon = Daemon.Start(("han", s_cat));
        daemon.Write("han", s_broken);

        Assert.That(daemon.TryReload(",\"dry_run\":true").GetProperty("ok").GetBoolean(), Is.False);

        Assert.That(Status(daemon).GetProperty("server").TryGetProperty("faults", out _), Is.False);
    }

    [Test]
    public void Hundreds_of_broken_files_whatever_their_names_come_in_pages_and_fit_a_terminal()
    {
        const int Count = 230;
        using var directory = new TempDir();
        directory.MakeDirectory("services.d");
        for (int i = 0; i < Count; i++)
        {
            string name = i % 3 == 0 ? $"\e[31mevil{i}\n{new string('x', 200)}" : $"b{i}";
            directory.Write($"services.d/{name}.toml", "listen = 1\nexec = 3\n");
        }

        using Daemon daemon = Daemon.Start(new DaemonOptions { Directory = directory }, ("zoo", s_cat));
        ProgramResult json = Run(daemon, "status", "--json");
        string text = Run(daemon, "status").StandardOutput;
        JsonElement[] rows = [.. JsonDocument.Parse(json.StandardOutput).RootElement.GetProperty("services").EnumerateArray()];

        Assert.That(rows.Count(row => Text(row, "state") == "broken"), Is.EqualTo(Count));
        Assert.That(rows.Select(row => Text(row, "name")), Is.Unique.And.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(text.Split('\n')[1], Is.EqualTo("1 of 231 services (230 broken), 0 connections"));
        Assert.That(text, Does.Not.Contain('\e'));
        Assert.That(text.Split('\n').Count(line => line.Contains(" broken  ")), Is.EqualTo(Count), "one line for each");
        using var terminal = new PseudoTerminal(daemon.Directory.Path, $"stty cols 80; {SuperdProgram.Path} status; echo done");
        terminal.WaitFor("done");
        IEnumerable<string> shown = terminal.Drawn.Split('\n').Where(line => line.Contains(" broken ")).Select(WithoutColours);
        Assert.That(shown, Has.All.Length.LessThanOrEqualTo(80));
        Assert.That(shown.Count(), Is.EqualTo(Count));
    }

    [Test]
    public void While_superd_ends_a_service_is_ending_and_not_waiting_for_its_address()
    {
        using Daemon daemon = Daemon.Start(("sleep", Listen + "exec = ['/bin/sleep', '60']\n"));
        using Client client = daemon.Connect("sleep");
        daemon.AcceptOf(client);
        daemon.Signal(Signal.SIGTERM);
        daemon.WaitFor(line => line.Event == "shutdown_draining", "superd drains");

        JsonElement sleep = Service(Status(daemon), "sleep");

        Assert.That(Text(sleep, "state"), Is.EqualTo("ending"));
        Assert.That(sleep.TryGetProperty("problems", out _), Is.False);
    }

    [Test]
    public void The_last_ten_ends_of_a_service_are_told_with_status_and_last_stderr_line_also_after_a_reload_and_an_upgrade()
    {
        string script = "read n; echo first >&2; echo \"oops $n\" >&2; echo >&2; [ $n -lt 12 ] || kill -SEGV $$; exit $n";
        string toml = Listen + TomlText.ExecShell(script);
        using Daemon daemon = Daemon.Start(("fails", toml));
        for (int i = 1; i <= 12; i++)
        {
            using Client client = daemon.Connect("fails");
            client.Send($"{i}\n").ReadToEnd();
            daemon.WaitFor(line => line.Is("end", "fails"), i, "the end is logged"); // one after the other
        }

        JsonElement[] ends = Ends(daemon);

        Assert.That(ends.Select(end => Text(end, "stderr")), Is.EqualTo(Enumerable.Range(3, 10).Reverse().Select(i => $"oops {i}")));
        Assert.That((Text(ends[0], "signal"), ends[0].TryGetProperty("exit", out _)), Is.EqualTo(("SEGV", false)));
        Assert.That(ends.Skip(1).Select(end => end.GetProperty("exit").GetInt32()), Is.EqualTo(Enumerable.Range(3, 9).Reverse()));
        Assert.That(Text(ends[0], "peer"), Does.StartWith("127.0.0.1:"));
        string last = Run(daemon, "status", "fails").StandardOutput.TrimEnd('\n').Split('\n')[^1];
        Assert.That(last, Does.Match(@"^ *[\d.]+[sm] ago +[\d.]+s +3 exit=3 +127\.0\.0\.1:\d+ oops 3$"));

        daemon.Upgrade();
        daemon.Write("fails", toml + "nice = 1\n");
        daemon.Reload();

        Assert.That(Ends(daemon).Select(WithoutTime), Is.EqualTo(ends.Select(WithoutTime)));
        Assert.That(Service(Status(daemon), "fails").TryGetProperty("last_ends", out _), Is.False, "not in the list of all");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_service_that_was_disabled_for_a_while_goes_on_counting(bool isUpgraded)
    {
        string toml = Listen + TomlText.ExecShell("read line; echo oops >&2; exit 3");
        using Daemon daemon = Daemon.Start(("fails", toml), ("other", Listen + TomlText.ExecShell("exit 0")));
        using (Client client = daemon.Connect("fails"))
        {
            client.Send("x\n").ReadToEnd();
        }

        daemon.WaitFor("end", "fails");
        daemon.Write("fails", "enabled = false\n" + toml);
        daemon.Reload();
        Assert.That(Text(Service(Status(daemon), "fails"), "state"), Is.EqualTo("disabled"));
        Assert.That(Run(daemon, "ps", "fails").ExitCode, Is.EqualTo(ExitCode.Unavailable), "what is kept of it is no connection");
        if (isUpgraded)
        {
            daemon.Upgrade();
        }

        daemon.Write("other", Listen + TomlText.ExecShell("exit 1")); // a reload that keeps it disabled
        daemon.Reload();
        daemon.Write("fails", toml);
        daemon.Reload();

        JsonElement service = Service(Status(daemon), "fails");
        Assert.That((Text(service, "state"), service.GetProperty("accepted").GetInt64()), Is.EqualTo(("open", 1L)), service.ToString());
        Assert.That(Ends(daemon).Select(end => Text(end, "stderr")), Is.EqualTo((string[])["oops"]));
    }

    [Test]
    public void A_service_whose_file_was_gone_for_a_while_begins_anew()
    {
        using Daemon daemon = Daemon.Start(("gone", Listen + "exec = '/bin/cat'\n"), ("other", Listen + "exec = '/bin/cat'\n"));
        using (Client client = daemon.Connect("gone"))
        {
            client.EndSending().ReadToEnd();
        }

        daemon.WaitFor("end", "gone");
        daemon.Remove("gone");
        daemon.Reload();
        daemon.Write("gone", Listen + "exec = '/bin/cat'\n");
        daemon.Reload();

        Assert.That(Service(Status(daemon), "gone").GetProperty("accepted").GetInt64(), Is.Zero);
    }

    [Test]
    public void What_a_handler_wrote_before_an_upgrade_and_what_a_flood_wrote_last_is_its_last_line()
    {
        const string Flood = "seq 1 3000 >&2; printf 'the end, which is long: %0300d' 7 >&2";
        using Daemon daemon = Daemon.Start(
            ("early", Listen + TomlText.ExecShell("echo early >&2; echo hello; read line")), ("flood", Listen + TomlText.ExecShell(Flood)));
        using Client early = daemon.Connect("early");
        early.ReadLine();
        daemon.WaitFor("stderr", "early");
        using (Client flood = daemon.Connect("flood"))
        {
            flood.ReadToEnd();
        }

        daemon.WaitFor("end", "flood");
        daemon.Upgrade();
        early.Send("x\n").ReadToEnd();
        daemon.WaitFor("end", "early");

        Assert.That(Text(Ends(daemon, "early")[0], "stderr"), Is.EqualTo("early"));
        string line = Text(Ends(daemon, "flood")[0], "stderr");
        Assert.That(line, Does.StartWith("the end, which is long: 000"));
        Assert.That(line, Has.Length.EqualTo(200));
    }

    [Test]
    public void Ends_without_a_handler_are_told_with_their_reason()
    {
        using Daemon daemon = Daemon.Start(("echo", Listen + "builtin = 'echo'\n"));
        using Client client = daemon.Connect("echo");
        Assert.That(client.Send("hello\n").ReadLine(), Is.EqualTo("hello"));
        ConsoleSocket.Ask(daemon, """{"command":"end","service":"echo"}""");
        daemon.WaitFor("end", "echo");

        JsonElement end = Ends(daemon, "echo")[0];

        Assert.That((Text(end, "reason"), end.TryGetProperty("exit", out _)), Is.EqualTo(("operator", false)));
    }

    private static JsonElement Status(Daemon daemon) => ConsoleSocket.Ask(daemon, """{"command":"status"}""");

    private static JsonElement[] Ends(Daemon daemon, string service = "fails") =>
    [
        .. Service(ConsoleSocket.Ask(daemon, $$"""{"command":"status","service":"{{service}}"}"""), service)
            .GetProperty("last_ends")
            .EnumerateArray(),
    ];

    private static string WithoutTime(JsonElement end) =>
        string.Join(' ', end.EnumerateObject().Where(field => field.Name != "ago_ms").Select(field => field.ToString()));

    private static string WithoutColours(string line) => string.Concat(line.TrimEnd('\r').Split('\e').Select((part, index) =>
        index == 0 ? part : part[(part.IndexOf('m', StringComparison.Ordinal) + 1)..]));

    private static JsonElement Service(JsonElement reply, string name) =>
        reply.GetProperty("services").EnumerateArray().First(service => Text(service, "name") == name);

    private static IEnumerable<string> Names(JsonElement reply) =>
        reply.GetProperty("services").EnumerateArray().Select(service => Text(service, "name"));

    private static IEnumerable<string> States(JsonElement reply) => reply.GetProperty("services").EnumerateArray()
        .Select(service => string.Create(CultureInfo.InvariantCulture, $"{Text(service, "name")} {Text(service, "state")}"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!; // it is there

    private static ProgramResult Run(Daemon daemon, params string[] arguments) => SuperdProgram.Run(daemon.Directory.Path, arguments);
}
