using System.Globalization;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>Where a handler's stderr goes; nothing written there harms another service.</summary>
public sealed class StderrTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    [Test]
    public void Each_line_is_logged_with_the_service_and_the_connection()
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell("read who; echo \"$who one\" >&2; echo \"$who two\" >&2")));
        using Client ann = daemon.Connect("talk");
        using Client bob = daemon.Connect("talk");

        ann.Send("ann\n");
        bob.Send("bob\n");

        LogLine[] lines = daemon.WaitFor(line => line.Is("stderr", "talk"), 4, "both have said two lines");
        Assert.That(TextsOf(lines, daemon.AcceptOf(ann)["conn"]), Is.EqualTo((string[])["ann one", "ann two"]));
        Assert.That(TextsOf(lines, daemon.AcceptOf(bob)["conn"]), Is.EqualTo((string[])["bob one", "bob two"]));
    }

    [TestCase(@"\033[31mred", @"\x1b[31mred", TestName = "Stderr_with_an_escape_sequence_is_logged_without_it")]
    [TestCase(@"one\rtwo", @"one\x0dtwo", TestName = "Stderr_with_a_carriage_return_is_logged_without_it")]
    [TestCase(@"\302\2331A", @"\u{9b}1A", TestName = "Stderr_with_a_C1_control_is_logged_without_it")]
    [TestCase(@"a\377b", @"a\xffb", TestName = "Stderr_that_is_no_UTF8_is_logged_as_bytes")]
    [TestCase(@"\342\200\256gpj", @"\u{202e}gpj", TestName = "Stderr_that_turns_the_writing_direction_is_logged_without_that")]
    [TestCase(@"gr\303\274n", "grün", TestName = "Stderr_in_plain_UTF8_is_logged_as_it_is")]
    public void Stderr_is_made_safe_for_a_log(string printed, string expected)
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell($"printf '{printed}\\n' >&2")));
        using Client client = daemon.Connect("talk");

        Assert.That(daemon.WaitFor("stderr", "talk")["text"], Is.EqualTo(expected));
    }

    [Test]
    public void A_line_beyond_the_limit_is_cut_and_says_so_and_the_next_is_whole()
    {
        const string script = "{ head -c 30000 /dev/zero | tr '\\0' x; echo; echo next; } >&2";
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("talk");

        LogLine[] lines = daemon.WaitFor(line => line.Is("stderr", "talk"), 2, "two lines are logged");

        Assert.That(lines[0]["text"], Is.EqualTo(new string('x', 1024) + " [cut]"));
        Assert.That(lines[1]["text"], Is.EqualTo("next"));
    }

    [Test]
    public void A_last_line_without_its_newline_is_logged_before_the_end()
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell("printf 'last words' >&2")));
        using Client client = daemon.Connect("talk");

        _ = daemon.WaitFor("end", "talk");

        string[] order = [.. daemon.Log.Select(line => line.Event).Where(name => name is "stderr" or "end")];
        Assert.That(order, Is.EqualTo((string[])["stderr", "end"]));
        Assert.That(daemon.WaitFor("stderr", "talk")["text"], Is.EqualTo("last words"));
    }

    [Test]
    public void What_is_too_much_at_the_end_is_dropped_and_counted()
    {
        const int written = 30_000;
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell($"seq {written} >&2")));
        using Client client = daemon.Connect("talk");

        LogLine end = daemon.WaitFor("end", "talk");

        int logged = daemon.Log.Count(line => line.Is("stderr", "talk"));
        Assert.That(logged, Is.InRange(1000, written / 4));
        Assert.That(logged + end.Number("stderr_dropped"), Is.EqualTo(written));
        Assert.That(daemon.Log.Count(line => line.Is("stderr_limited", "talk") && line.Level == "warn"), Is.EqualTo(1));
    }

    [Test]
    public void A_line_that_is_repeated_is_logged_once_and_counted()
    {
        const int written = 1_000_000;
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell($"yes | head -n {written} >&2; echo other >&2")));
        using Client client = daemon.Connect("talk");

        LogLine end = daemon.WaitFor("end", "talk");

        LogLine[] lines = [.. daemon.Log.Where(line => line.Event is "stderr" or "stderr_repeated")];
        Assert.That((lines[0].Event, lines[0]["text"]), Is.EqualTo(("stderr", "y")));
        Assert.That((lines[^1].Event, lines[^1]["text"]), Is.EqualTo(("stderr", "other")));
        Assert.That(lines[1..^1].Select(line => (line.Event, line["text"])), Is.All.EqualTo(("stderr_repeated", "y")));
        Assert.That(lines[1..^1].Sum(line => line.Number("repeated")), Is.EqualTo(written - 1));
        Assert.That(end.Fields.Keys, Has.None.EqualTo("stderr_dropped"));
    }

    [Test]
    public void A_run_of_repeats_goes_on_through_an_upgrade()
    {
        string script = "for i in 1 2 3; do echo again >&2; done; echo up; read line; for i in 1 2; do echo again >&2; done";
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("up"));
        _ = daemon.WaitFor("stderr", "talk");
        daemon.Upgrade();

        client.Send("go\n");

        _ = daemon.WaitFor("end", "talk");
        Assert.That(daemon.WaitFor("stderr_repeated", "talk").Number("repeated"), Is.EqualTo(4));
        Assert.That(daemon.Log.Count(line => line.Is("stderr", "talk")), Is.EqualTo(1));
    }

    [Test]
    public void A_handler_that_writes_much_to_stderr_is_not_stuck_in_it()
    {
        // Far more than a pipe and the allowance of a connection hold, while the handler runs.
        string script = "head -c 20000000 /dev/zero >&2; echo done; read line";
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell(script)));
        using Client client = daemon.Connect("talk");

        Assert.That(client.ReadLine(), Is.EqualTo("done"));
    }

    [TestCase("yes", TestName = "A_flood_of_lines_slows_its_handler_down_and_nobody_else")]
    [TestCase("cat /dev/zero", TestName = "A_flood_without_a_newline_slows_its_handler_down_and_nobody_else")]
    [TestCase("cat /dev/urandom", TestName = "A_flood_of_random_bytes_slows_its_handler_down_and_nobody_else")]
    public void A_flood_slows_its_handler_down_and_nobody_else(string command)
    {
        const int others = 50;
        using Daemon daemon = Daemon.Start(
            ("flood", Listen + TomlText.ExecShell($"exec {command} >&2")),
            ("other", Listen + TomlText.ExecShell("echo hello")));
        using Client flooding = daemon.Connect("flood");
        int flooder = (int)daemon.WaitFor("accept", "flood").Number("pid");

        for (int i = 0; i < others; i++)
        {
            using Client client = daemon.Connect("other");
            Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        }

        Assert.That(ProcFs.IsRunning(flooder), Is.True);
        _ = daemon.WaitFor(line => line.Is("accept", "other"), others, "every connection has its accept line");
        _ = daemon.WaitFor(line => line.Is("end", "other"), others, "every connection has its end line");
        ProcFs.WaitUntilAtRest(flooder);
        ProcFs.WaitUntilAtRest(daemon.Pid);
    }

    [Test]
    public void A_handler_that_has_closed_its_stderr_runs_on_and_costs_nothing()
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell("exec 2>&-; echo hello; read line; echo \"got $line\"")));
        using Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));

        ProcFs.WaitUntilAtRest(daemon.Pid);

        Assert.That(client.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
        Assert.That(daemon.WaitFor("end", "talk").Number("exit"), Is.Zero);
    }

    [Test]
    public void Stderr_as_socket_goes_to_the_client()
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + "stderr = 'socket'\n" + TomlText.ExecShell("echo out; echo err >&2")));
        using Client client = daemon.Connect("talk");

        Assert.That(client.ReadToEnd(), Is.EqualTo("out\nerr\n"));
        _ = daemon.WaitFor("end", "talk");
        Assert.That(daemon.Log.Where(line => line.Event == "stderr"), Is.Empty);
    }

    [Test]
    public void Stderr_as_null_goes_nowhere()
    {
        using Daemon daemon = Daemon.Start(
            ("talk", Listen + "stderr = 'null'\n" + TomlText.ExecShell("echo err >&2; readlink /proc/$$/fd/2")));
        using Client client = daemon.Connect("talk");

        Assert.That(client.ReadToEnd(), Is.EqualTo("/dev/null\n"));
        _ = daemon.WaitFor("end", "talk");
        Assert.That(daemon.Log.Where(line => line.Event == "stderr"), Is.Empty);
    }

    [Test]
    public void A_descendant_that_keeps_stderr_open_does_not_keep_the_connection_open()
    {
        using Daemon daemon = Daemon.Start(("leave", Listen + "orphans = 'keep'\n" + TomlText.ExecTestHandler("daemonize", "100")));
        using Client client = daemon.Connect("leave");
        int descendant = int.Parse(client.ReadToEnd(), CultureInfo.InvariantCulture);
        try
        {
            LogLine end = daemon.WaitFor("end", "leave");

            Assert.That(end["handlers"], Is.EqualTo("0"));
            Assert.That(ProcFs.IsRunning(descendant), Is.True, "the descendant is still there");
        }
        finally
        {
            _ = NativeMethods.Kill(descendant, Signal.SIGKILL);
        }
    }

    [Test]
    public void A_log_that_nobody_reads_does_not_stop_the_service_and_what_is_lost_is_counted()
    {
        // Far more lines than the pipe and superd's line queue hold together.
        const int floods = 40;
        using Daemon daemon = Daemon.Start(
            ("flood", Listen + TomlText.ExecShell("seq 3000 >&2; echo done")),
            ("other", Listen + TomlText.ExecShell("echo hello")));
        _ = daemon.Port("flood");
        _ = daemon.Port("other");
        daemon.HoldLog();

        for (int i = 0; i < floods; i++)
        {
            using Client flooding = daemon.Connect("flood");
            Assert.That(flooding.ReadToEnd(), Is.EqualTo("done\n"));
        }

        using (Client client = daemon.Connect("other"))
        {
            Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        }

        Assert.That(daemon.Log.Where(line => line.Is("accept", "other")), Is.Empty, "the log was indeed not read");
        daemon.ReleaseLog();
        Patience.Until(
            () =>
            {
                using Client client = daemon.Connect("other");
                Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
                return daemon.Log.Any(line => line.Is("accept", "other"));
            },
            "there is room in the log again");
        Assert.That(daemon.WaitFor(line => line.Event == "log_dropped", "what is lost is counted").Number("lines"), Is.GreaterThan(0));
    }

    private static IEnumerable<string> TextsOf(LogLine[] lines, string connection) =>
        lines.Where(line => line["conn"] == connection).Select(line => line["text"]);
}
