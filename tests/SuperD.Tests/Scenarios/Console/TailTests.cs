using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd tail -n N [-f]</c>: the last lines of the log, kept by superd itself.</summary>
public sealed class TailTests
{
    private static readonly (string, string) s_hello = ("hello", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello"));

    [Test]
    public void The_last_lines_are_those_of_the_log_and_the_command_ends()
    {
        using Daemon daemon = Daemon.Start(s_hello);
        Serve(daemon, connections: 3);

        ProgramResult result = Tail(daemon, "hello", "-n", "4", "--json");

        IEnumerable<LogLine> ofService = daemon.Log.Where(line => line.Fields.GetValueOrDefault("service") == "hello");
        string[] logged = [.. ofService.TakeLast(4).Select(Identity)];
        string[] printed = result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] kept = [.. printed.Select(line => Identity(LogLine.Parse(line)))];
        Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((ExitCode.Ok, "")));
        Assert.That(kept, Is.EqualTo(logged).And.Length.EqualTo(4));
    }

    [TestCase(">&-", "superd: cannot write to stdout: it is closed\n")]
    [TestCase(">/dev/full", "superd: cannot write to stdout: No space left on device (errno 28)\n")]
    [TestCase("| true", "")]
    public void An_output_that_accepts_nothing_is_noticed_before_the_next_line(string output, string error)
    {
        using Daemon daemon = Daemon.Start(s_hello);
        string script = $"{{ \"$0\" tail; echo \"exit $?\" >&2; }} {output}";
        ProgramResult result = RunningProgram.RunToEnd("sh", ["-c", script, SuperdProgram.Path], daemon.Directory.Path);
        Assert.That(result.StandardError, Is.EqualTo($"{error}exit 74\n"));
    }

    [Test]
    public void They_are_kept_wherever_the_log_goes_and_shown_as_text()
    {
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Log = "target = 'file:log'\nlevel = 'debug'", WaitsForReady = false }, s_hello);
        Patience.Until(() => Tail(daemon, "-n", "0").ExitCode == ExitCode.Ok, "its console answers");

        string[] lines = Tail(daemon, "-n", "1000").StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(lines[0], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  start superd version="));
        Assert.That(File.ReadAllLines(daemon.Directory["log"]).Select(WithoutTime), Is.SupersetOf(lines.Select(WithoutTime)));

        static string WithoutTime(string line) => line[line.IndexOf(' ')..];
    }

    [Test]
    public void Followed_lines_come_after_the_kept_ones_without_a_gap_or_a_double()
    {
        const int Before = 20, After = 20;
        using Daemon daemon = Daemon.Start(s_hello);
        Serve(daemon, Before);
        using var tail = new ConsoleSocket(daemon);

        JsonElement reply = tail.Ask("""{"command":"tail","service":"hello","lines":1000,"follow":true}""");
        Serve(daemon, After);

        Assert.That(reply.GetProperty("lines").GetInt32(), Is.GreaterThanOrEqualTo(2 * Before));
        var lines = new List<JsonElement>();
        while (lines.Count(IsEnd) < Before + After)
        {
            lines.Add(tail.ReadReply());
        }

        Assert.That(
            lines.Where(IsEnd).Select(line => line.GetProperty("conn").GetInt64()),
            Is.EquivalentTo(Enumerable.Range(1, Before + After)));

        static bool IsEnd(JsonElement line) => line.GetProperty("event").GetString() == "end";
    }

    [Test]
    public void A_client_that_asked_for_kept_lines_alone_asks_on()
    {
        using Daemon daemon = Daemon.Start(s_hello);
        using var console = new ConsoleSocket(daemon);

        int count = console.Ask("""{"command":"tail","lines":3}""").GetProperty("lines").GetInt32();
        for (int i = 0; i < count; i++)
        {
            Assert.That(console.ReadReply().TryGetProperty("message", out _), Is.True);
        }

        Serve(daemon, connections: 1);
        Assert.That(count, Is.EqualTo(3));
        Assert.That(console.Ask("""{"command":"status"}""").TryGetProperty("server", out _), Is.True);
    }

    [TestCase("-1")]
    [TestCase("1001")]
    public void More_lines_than_are_kept_are_refused(string lines)
    {
        using Daemon daemon = Daemon.Start(s_hello);

        JsonElement reply = ConsoleSocket.Ask(daemon, $$"""{"command":"tail","lines":{{lines}}}""");

        Assert.That(
            (reply.GetProperty("kind").GetString(), reply.GetProperty("error").GetString()),
            Is.EqualTo(("bad_request", "lines must be from 0 to 1000, which is all that is kept")));
        Assert.That(Tail(daemon, "-n", lines).ExitCode, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public void A_follower_whose_reader_has_gone_ends_without_a_word()
    {
        using Daemon daemon = Daemon.Start(s_hello);
        using var tail = new RunningProgram(
            "sh", ["-c", "{ \"$0\" tail -n 1 -f; echo \"exit $?\" >&2; } | head -1", SuperdProgram.Path], daemon.Directory.Path);
        Assert.That(tail.Output.ReadLine(), Is.Not.Null);

        Patience.Until(
            () =>
            {
                Serve(daemon, connections: 1);
                return tail.HasEnded;
            },
            "a line was written in vain");

        Assert.That(tail.Errors.Text, Is.EqualTo($"exit {ExitCode.IoError}\n"));
    }

    private static void Serve(Daemon daemon, int connections)
    {
        int before = daemon.Log.Count(line => line.Is("end", "hello"));
        for (int i = 0; i < connections; i++)
        {
            using Client client = daemon.Connect("hello");
            client.ReadToEnd();
        }

        daemon.WaitFor(line => line.Is("end", "hello"), before + connections, "all connections have ended");
    }

    private static string Identity(LogLine line) => $"{line.Event} {line.Fields.GetValueOrDefault("conn")} {line["message"]}";

    private static ProgramResult Tail(Daemon daemon, params string[] arguments) =>
        SuperdProgram.Run(daemon.Directory.Path, ["tail", .. arguments]);
}
