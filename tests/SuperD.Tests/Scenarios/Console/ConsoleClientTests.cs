using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>
/// The console commands against a server that is not superd, or that misbehaves:
/// their output is bounded and printable, and they never crash.
/// </summary>
public sealed class ConsoleClientTests
{
    private const string Problem = """{"severity":"error","file":"f","line":1,"column":1,"length":1,"message":"m"}""";

    private const string Server = $$$"""
        {"version":"0.1.0","pid":1,"config":"c","phase":"serving","uptime_ms":1,"services":1,
        "connections":1,"max_handlers":9,"launching":1,"awaiting_header":1,"queued":1,"closing":1,"orphans":"cgroups",
        "states":{"open":1,"broken":2},"faults":{"files":["f"],"file_count":2,"reload_failed_ms":3,"problem":{{{Problem}}}}}
        """;

    private const string Histogram = """{"bounds":[0.1],"counts":[1,2],"sum":0.5}""";

    private const string Service = $$$"""
        {"name":"han","description":"d","file":"f","mode":"open","state":"failing","problems":[{{{Problem}}}],"problem_count":2,
        "trouble_ms":3,"outdated":true,"last_ends":[{"id":1,"ago_ms":2,"peer":"p","exit":3,"reason":"r","duration_ms":4,"stderr":"s"}],
        "listeners":[{"address":"a","bound":true}],
        "live":1,"instances":2,"accepted":3,"refused":{"instances":1},"failed_launches":{"exec":1},
        "ended":{"none":1},"bytes_in":1,"bytes_out":1,"orphans":1,"launch_seconds":{{{Histogram}}},"duration_seconds":{{{Histogram}}}}
        """;

    private const string Whole = $$$"""
        {"ok":true,"server":{{{Server}}},"services":[{{{Service}}}],"ended":1,
        "connections":[{"id":7,"service":"han","peer":"p","state":"running","pid":1,"age_ms":1,
        "idle_ms":1,"bytes_in":1,"bytes_out":1,"cpu_ms":1,"mem_kib":1}],
        "checks":[{"check":"rate","outcome":"passes","detail":"d","retry_after_ms":1}],
        "reload":{"applied":true,"dry_run":false,"added_services":["x"],"changed_services":["y"],
        "removed_services":[{"name":"x","live":1}],"needs_restart":["k"],
        "problems":[{{{Problem}}}],"at_fault":[{"file":"f","service":"s","errors":1,"serves":true}]},
        "upgrade":{"version":"1","last_version":"0","pid":1,"listeners":1,"connections":1,"pause_ms":1}}
        """;

    /// <summary>
    /// Colours, a title, a newline with a fake message of superd, eight-bit CSI, and an override of the writing direction.
    /// </summary>
    private const string Escapes = "\\u001b[31m\\u001b]0;title\\u0007\\nsuperd: all is well\\u009b31m\\u202e\\u007f";

    private static readonly string[] s_commands =
    [
        "status", "status han", "ps", "top -n 1", "why 192.0.2.7 han", "end 7", "pause han", "drain han", "reload", "upgrade", "metrics"
    ];

    [TestCaseSource(nameof(s_commands))]
    public void What_a_server_sends_reaches_a_terminal_without_its_control_characters(string command)
    {
        string reply = Poisoned();
        using FakeConsole fake = FakeConsole.Saying(() => reply);

        ProgramResult text = Run(fake, command);
        ProgramResult json = Run(fake, command + " --json");

        Assert.That(ControlCharacters(text.StandardOutput + text.StandardError), Is.Empty);
        Assert.That(text.StandardOutput + text.StandardError, Does.Contain("\\x1b[31m").Or.Not.Contain("31m"));
        Assert.That(text.StandardOutput + text.StandardError, Does.Not.Contain("\nsuperd: all is well"));
        Assert.That(ControlCharacters(json.StandardOutput + json.StandardError), Is.Empty);
    }

    [TestCase("status")]
    [TestCase("tail")]
    public void What_a_server_refuses_with_is_shown_without_its_control_characters(string command)
    {
        using FakeConsole fake = FakeConsole.Saying(() => $$"""{"ok":false,"kind":"denied","error":"{{Escapes}}"}""");

        foreach (string form in (string[])["", " --json"])
        {
            ProgramResult result = Run(fake, command + form);
            Assert.That(result.ExitCode, Is.EqualTo(ExitCode.NoPermission));
            Assert.That(result.StandardError, Does.Match("^superd: \\\\x1b\\[31m[^\n]*\n$"));
            Assert.That(ControlCharacters(result.StandardError), Is.Empty);
        }
    }

    [Test]
    public void The_lines_that_tail_shows_are_printable_and_as_JSON_still_the_same_facts()
    {
        string line = $$"""{"time":"t","level":"error","id":1,"event":"e","message":"{{Escapes}}"}""";
        using FakeConsole fake = new(client =>
        {
            client.Send(Encoding.UTF8.GetBytes($"{{\"ok\":true}}\n{line.Replace("\\u007f", "\u007f")}\n"));
            client.Dispose();
        });

        ProgramResult text = Run(fake, "tail"), json = Run(fake, "tail --json");

        Assert.That(text.StandardOutput, Does.StartWith("t error \\x1b[31m").And.EndWith("\\x7f\n"));
        Assert.That(ControlCharacters(text.StandardOutput + json.StandardOutput), Is.Empty);
        Assert.That(
            JsonNode.Parse(json.StandardOutput)!["message"]!.GetValue<string>(),
            Is.EqualTo(JsonNode.Parse(line)!["message"]!.GetValue<string>()));
        Assert.That((text.ExitCode, json.ExitCode), Is.EqualTo((ExitCode.Ok, ExitCode.Ok)));
    }

    [TestCase("status")]
    [TestCase("tail")]
    public void A_line_that_never_ends_is_cut_off(string command)
    {
        byte[] endless = Encoding.UTF8.GetBytes(new string('[', 64 * 1024));
        using var fake = new FakeConsole(client =>
        {
            client.Send("{\"ok\":true}\n"u8.ToArray().AsSpan(command == "tail" ? 0 : 12)); // tail reads a reply before its lines
            while (true)
            {
                client.Send(endless);
            }
        });

        ProgramResult result = Run(fake, command);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Unavailable));
        Assert.That(
            result.StandardError,
            Is.EqualTo($"superd: {fake.Path}: it sends a line of more than {ReplyReader.MostBytes} bytes, as superd never does\n"));
    }

    [Test]
    public void A_server_that_says_nothing_or_only_dribbles_is_not_waited_for_without_end()
    {
        using var silent = new FakeConsole(_ => { });
        using var dribbling = new FakeConsole(client =>
        {
            // One byte at a time: it outlasts every time limit, but is never silent for long.
            while (!client.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
            {
                client.Send(" "u8);
            }
        });
        using var closed = new FakeConsole(answer: null, backlog: 0);
        using var waiting = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        waiting.Connect(new UnixDomainSocketEndPoint(closed.Path)); // takes the only place in the backlog

        Task<ProgramResult>[] results =
        [
            .. ((FakeConsole[])[silent, dribbling, closed]).Select(fake => Task.Run(() => Run(fake, "status")))
        ];
        Task.WaitAll(results);

        Assert.That(results.Select(result => result.Result.ExitCode), Is.All.EqualTo(ExitCode.Unavailable));
        Assert.That(
            results[0].Result.StandardError,
            Is.EqualTo($"superd: {silent.Path}: it has not answered for 10 s; is it stopped, or very busy?\n"));
        Assert.That(
            results[1].Result.StandardError,
            Is.EqualTo($"superd: {dribbling.Path}: it has not answered for 10 s; is it stopped, or very busy?\n"));
        Assert.That(
            results[2].Result.StandardError,
            Is.EqualTo(
                $"superd: no superd answers at {closed.Path}: it accepts nobody, and others wait already; is it stopped, or very busy?\n"));
    }

    [TestCase("")]
    [TestCase("[1]")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("HTTP/1.1 400 Bad Request")]
    [TestCase("{\"ok\":true,\"services\":[],\"server\":null}")]
    public void A_reply_that_is_none_is_said_in_one_line(string reply)
    {
        using FakeConsole fake = FakeConsole.Saying(() => reply);
        foreach (string command in s_commands)
        {
            ProgramResult result = Run(fake, command);
            Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Unavailable), command);
            Assert.That(result.StandardError, Does.Match($"^superd: {fake.Path}: [^\n]*; is it a superd\\?\n$"), command);
        }
    }

    [Test]
    public void Pages_that_go_round_are_not_followed()
    {
        using FakeConsole fake = FakeConsole.Saying(() => "{\"ok\":true,\"connections\":[],\"next\":5}");

        ProgramResult result = Run(fake, "ps");

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Unavailable));
        Assert.That(result.StandardError, Does.EndWith("its reply never ends; is it a superd?\n"));
    }

    [Test]
    public void No_damage_to_a_reply_is_more_than_the_end_of_the_conversation()
    {
        string reply = Whole;
        using FakeConsole fake = FakeConsole.Saying(() => reply);
        int understood = 0, refused = 0;
        foreach (string damaged in Damaged(JsonNode.Parse(Whole)!))
        {
            reply = damaged.ReplaceLineEndings(string.Empty);
            // the server belongs to the test, so it is trusted
            using ConsoleClient client = ConsoleClient.TryConnect([fake.Path], null, forPeople: true, TextWriter.Null, out _)!;
            string[] commands = [ControlCommands.Status, ControlCommands.Connections, ControlCommands.Why, ControlCommands.Reload];
        foreach (string command in commands)
            {
                try
                {
                    using var output = new StringWriter();
                    if (client.TryAsk(new ControlRequest { Command = command, Service = "han" }, out ControlReply read))
                    {
                        understood++;
                        Show(command, read, output);
                        Assert.That(ControlCharacters(output.ToString()), Is.Empty, reply);
                    }
                }
                catch (ConsoleFailure)
                {
                    refused++;
                }
            }
        }

        Assert.That(understood, Is.GreaterThan(100));
        Assert.That(refused, Is.GreaterThan(100));
    }

    private static void Show(string command, ControlReply reply, TextWriter output)
    {
        switch (command)
        {
            case ControlCommands.Status:
                StatusCommand.WriteAll(output, reply, 80, colours: false);
                StatusCommand.WriteOne(output, reply.Services![0], 80, colours: false);
                output.Write(string.Concat(PrometheusText.Of(reply.Server!, reply.Services!)));
                break;
            case ControlCommands.Connections:
                ConnectionTable.Create(reply.Connections!).Write(output, 80, colours: false);
                break;
        }
    }

    /// <summary>The document with each of its parts removed, null, of another kind, and out of bounds.</summary>
    private static IEnumerable<string> Damaged(JsonNode document)
    {
        string[] replacements = ["", "null", "{}", "[]", "\"\"", $"\"{Escapes}\"", "-1", "9223372036854775807", "1e300", "true"];
        foreach (JsonNode node in Parts(document).ToArray())
        {
            foreach (string replacement in replacements)
            {
                JsonNode copy = document.DeepClone();
                JsonNode target = node.GetPath().Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries).Skip(1)
                    .Aggregate(copy, (at, step) => at is JsonArray array ? array[int.Parse(step)]! : at[step]!);
                JsonNode? value = replacement.Length == 0 ? null : JsonNode.Parse(replacement);
                switch (target.Parent)
                {
                    case JsonObject parent when replacement.Length == 0:
                        parent.Remove(target.GetPropertyName());
                        break;
                    case JsonObject parent:
                        parent[target.GetPropertyName()] = value;
                        break;
                    case JsonArray parent:
                        parent[target.GetElementIndex()] = value;
                        break;
                }

                yield return copy.ToJsonString();
            }
        }
    }

    private static IEnumerable<JsonNode> Parts(JsonNode node)
    {
        IEnumerable<JsonNode?> children =
            node switch { JsonObject members => members.Select(member => member.Value), JsonArray items => items, _ => [] };
        return children.OfType<JsonNode>().SelectMany(child => Parts(child).Prepend(child));
    }

    /// <summary>A complete reply in which every string contains the escapes.</summary>
    private static string Poisoned()
    {
        JsonNode whole = JsonNode.Parse(Whole)!;
        JsonNode[] texts =
        [
            .. Parts(whole).Where(part => part is JsonValue { Parent: JsonObject } && part.GetValueKind() == JsonValueKind.String)
        ];
        foreach (JsonNode node in texts)
        {
            string name = node.GetPropertyName();
            node.Parent![name] = JsonNode.Parse($"\"{Escapes}\"");
        }

        return whole.ToJsonString();
    }

    private static IEnumerable<char> ControlCharacters(string text) =>
        text.Where(letter => (char.IsControl(letter) && letter != '\n') || letter == '\u202e');

    private static ProgramResult Run(FakeConsole fake, string command) =>
        SuperdProgram.Run("/", [.. command.Split(' '), "--socket", fake.Path]);
}
