using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>The commands that talk to a running superd, run as processes.</summary>
public sealed class ControlCommandTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly (string, string) s_talk = (
        "talk", Listen + "per_source = 1\n" + TomlText.ExecShell("echo hello; read line; echo bye"));

    [Test]
    public void Status_and_ps_are_tables_of_80_columns_without_colours()
    {
        using Daemon daemon = Daemon.Start(s_talk, ("a-service-with-a-name", Listen + "exec = '/bin/cat'\n"));
        using Client client = daemon.Connect("talk");
        client.ReadLine();

        // this line may or may not be there yet
        string[] status = [.. Run(daemon, "status").StandardOutput.Split('\n').Where(line => !line.StartsWith("longest turn "))];
        string[] ps = Run(daemon, "ps").StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(status[0], Does.StartWith($"superd 0.1.0, pid {daemon.Pid}, serving, up "));
        Assert.That(status[1], Is.EqualTo("2 services, 1 connection"));
        Assert.That(status.Skip(3), Is.EqualTo(new[]
        {
            "SERVICE               STATE LIVE ACCEPTED REFUSED FAILED ADDRESS",
            $"a-service-with-a-name open     0        0       0      0 127.0.0.1:{daemon.Port("a-service-with-a-name")}",
            $"talk                  open     1        1       0      0 127.0.0.1:{daemon.Port("talk")}",
            "",
        }));
        Assert.That(ps, Has.Length.EqualTo(2));
        Assert.That(ps[0], Does.Match("^ID S SERVICE PEER +PID +AGE +IDLE IN OUT +CPU +MEM$"));
        Assert.That(ps[1], Does.Match($"^ 1 R talk    {client.Address.Replace(".", "\\.")} +{daemon.HandlerOf(client)} "));
        Assert.That(ps.Concat(status.Skip(1)), Has.All.Length.LessThanOrEqualTo(80).And.All.Not.Contains('\e'));
    }

    [Test]
    public void Json_is_printed_by_every_command()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        string[][] commands =
        [
            ["status"], ["status", "talk"], ["ps"], ["ps", "--from", "10.0.0.0/8"], ["top", "-n", "1"], ["pause", "talk"],
            ["resume", "talk"], ["drain", "talk"],
            ["drain", "talk", "--wait"], ["why", "127.0.0.1", "talk"], ["metrics"], ["end", "--service", "talk"],
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (string[] command in commands)
            {
                ProgramResult result = Run(daemon, [.. command, "--json"]);
                Assert.That(result.StandardError, Is.Empty, string.Join(' ', command));
                Assert.That(
                    JsonDocument.Parse(result.StandardOutput).RootElement.GetProperty("ok").GetBoolean(),
                    Is.True,
                    string.Join(' ', command));
            }
        }
    }

    [Test]
    public void Why_says_in_words_and_by_its_exit_code_whether_a_client_would_come_in()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using Client client = daemon.Connect("talk");
        client.ReadLine();

        ProgramResult refused = Run(daemon, "why", "127.0.0.1", "talk");
        ProgramResult admitted = Run(daemon, "why", "192.0.2.7", "talk");

        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.No));
        Assert.That(
            refused.StandardOutput,
            Does.Contain("per_source      refuses 127.0.0.1 has 1 of 1\n").And.EndWith("127.0.0.1 would be refused by talk: per_source\n"));
        Assert.That(admitted.ExitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(admitted.StandardOutput, Does.EndWith("192.0.2.7 would be admitted to talk\n"));
    }

    [Test]
    public void End_ends_a_connection_by_the_number_ps_shows()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using Client client = daemon.Connect("talk");
        client.ReadLine();

        ProgramResult result = Run(daemon, "end", daemon.AcceptOf(client)["conn"]);

        Assert.That(result.StandardOutput, Is.EqualTo("1 connection ended\n"));
        Assert.That(client.ReadToEnd(), Is.Empty);
    }

    [Test]
    public void End_ends_several_connections_and_says_which_are_not_there()
    {
        using Daemon daemon = Daemon.Start(("talk", Listen + TomlText.ExecShell("echo hello; read line")));
        using Client one = daemon.Connect("talk"), two = daemon.Connect("talk"), stays = daemon.Connect("talk");
        string first = daemon.AcceptOf(one)["conn"], second = daemon.AcceptOf(two)["conn"];
        stays.ReadLine();

        ProgramResult result = Run(daemon, "end", first, "4711", second, first);

        Assert.That(result.StandardOutput, Is.EqualTo("2 connections ended\n"));
        Assert.That(result.StandardError, Is.EqualTo("superd: there is no live connection 4711; 'superd ps' lists them\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Unavailable));
        Assert.That(one.ReadToEnd() + two.ReadToEnd(), Is.EqualTo("hello\nhello\n"));
        Assert.That(stays.Send("x\n").ReadToEnd(), Is.Empty);
    }

    [Test]
    public void Why_understands_both_orders()
    {
        using Daemon daemon = Daemon.Start(s_talk);

        Assert.That(
            Run(daemon, "why", "talk", "192.0.2.7").StandardOutput,
            Is.EqualTo(Run(daemon, "why", "192.0.2.7", "talk").StandardOutput).And.EndsWith("192.0.2.7 would be admitted to talk\n"));
    }

    [TestCase(69, "there is no service \"nope\"; 'superd status' lists those that run", "status", "nope")]
    [TestCase(69, "there is no live connection 4711; 'superd ps' lists them", "end", "4711")]
    [TestCase(64, "which connections? Give ID, --from CIDR or --service SERVICE; try 'superd help end'", "end")]
    [TestCase(
        64,
        "address \"x\" is no address, and names are not looked up, since whoever answers for a name would decide who comes in; write the "
            + "address",
        "why",
        "x",
        "talk")]
    [TestCase(
        64,
        "from \"10.0.0.1/8\" has bits set behind its first 8; write \"10.0.0.0/8\" for the range, or \"10.0.0.1\" for the one address",
        "end",
        "--from",
        "10.0.0.1/8")]
    public void A_mistake_is_told_with_an_exit_code(int exitCode, string message, params string[] command)
    {
        using Daemon daemon = Daemon.Start(s_talk);
        ProgramResult result = Run(daemon, command);

        Assert.That(result.StandardError.ToLowerInvariant(), Is.EqualTo($"superd: {message}\n".ToLowerInvariant()));
        Assert.That(result.ExitCode, Is.EqualTo(exitCode));
    }

    [Test]
    public void Drain_with_wait_returns_when_the_last_connection_has_ended()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using Client client = daemon.Connect("talk");
        client.ReadLine();
        using var drain = new RunningProgram(SuperdProgram.Path, ["drain", "talk", "--wait"], daemon.Directory.Path);
        daemon.WaitFor(line => line.Event == "service_steered", "it drains");
        Assert.That(drain.HasEnded, Is.False);

        client.Send("x\n").ReadToEnd();

        Assert.That(drain.WaitForResult().StandardOutput, Is.EqualTo("talk: draining, 1 connection live\n"));
    }

    [TestCase(new[] { "drain", "talk", "--wait" }, "superd: talk is open: another order came meanwhile\n")]
    [TestCase(new[] { "drain", "--all", "--wait" }, "superd: back in rotation: another order came meanwhile\n")]
    public void Drain_with_wait_ends_when_another_order_comes(string[] command, string sentence)
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using Client client = daemon.Connect("talk");
        client.ReadLine();
        using var drain = new RunningProgram(SuperdProgram.Path, command, daemon.Directory.Path);
        daemon.WaitFor(line => line.Event == "service_steered" || line.Event == "drained", "it drains");

        ConsoleSocket.Ask(daemon, """{"command":"resume"}""");

        ProgramResult result = drain.WaitForResult();
        Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((ExitCode.No, sentence)));
    }

    [Test]
    public void Metrics_are_text_Prometheus_reads_and_count_refusals_by_reason()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using Client client = daemon.Connect("talk");
        client.ReadLine();
        using (Client refused = daemon.Connect("talk"))
        {
            Assert.That(refused.IsClosedWithoutReply(), Is.True);
        }

        _ = daemon.WaitFor("accept", "talk"); // a handler may speak before superd hears that its launch has succeeded
        string[] lines = Run(daemon, "metrics").StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(lines, Does.Contain("superd_connections_live{service=\"talk\"} 1"));
        Assert.That(lines, Does.Contain("superd_connections_accepted_total{service=\"talk\"} 1"));
        Assert.That(lines, Does.Contain("superd_connections_refused_total{service=\"talk\",reason=\"per_source\"} 1"));
        Assert.That(lines, Does.Contain("superd_accept_to_exec_seconds_bucket{service=\"talk\",le=\"+Inf\"} 1"));
        Assert.That(
            lines.Where(line => line[0] != '#'), Has.All.Match("^[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\\})? [0-9.eE+-]+$"));
        Assert.That(
            lines.Where(line => line.StartsWith("# TYPE")).Select(line => line.Split(' ')[2]), Is.Unique, "each metric is one block");
    }

    [Test]
    public void Tail_prints_lines_as_the_log_has_them()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        using var tail = new RunningProgram(SuperdProgram.Path, ["tail", "talk"], daemon.Directory.Path);

        // Only the daemon knows when a client follows the log, so make connections until one shows up.
        string? line = null;
        Patience.Until(
            () =>
            {
                using Client client = daemon.Connect("talk");
                client.Send("x\n");
                client.TryReadLine();
                return tail.Output.TryReadLine(TimeSpan.FromMilliseconds(100), out line);
            },
            "a line is followed");

        Assert.That(line, Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info |warn ) (accept|end|refuse) talk conn="));
    }

    private static ProgramResult Run(Daemon daemon, params string[] arguments) => SuperdProgram.Run(daemon.Directory.Path, arguments);
}
