using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd try --explain</c>: what a service's sandbox refused, and which key allows it.</summary>
public sealed class TryExplainTests
{
    private TempDir _directory = null!; // set before each test
    private TempDir _data = null!; // set before each test

    [SetUp]
    public void Make()
    {
        Needs.Landlock(1);
        _directory = new TempDir();
        _directory.Write("superd.toml", "");
        _directory.MakeDirectory("services.d");

        _data = new TempDir();
        _data.Write("file", "text\n");
    }

    [TearDown]
    public void Delete()
    {
        _data?.Dispose();
        _directory?.Dispose();
    }

    [Test]
    public void A_refused_file_is_told_once_with_a_count_and_the_key_that_allows_it_works_when_pasted()
    {
        string script = $"cat {_data["file"]}; cat {_data["file"]}; true";
        Service("reader", script);

        ProgramResult result = Explain("reader");

        Assert.That(result.StandardOutput, Is.Empty);
        Assert.That(Told(result), Is.EqualTo(new[]
        {
            "superd: reader: its sandbox refused (a list that the file has already takes the new item):",
            $"  2x {_data["file"]}: readable = [\"{_data["file"]}\"]",
        }));

        Service("reader", script, $"readable = [\"{_data["file"]}\"]");
        result = Explain("reader");

        Assert.That(result.StandardOutput, Is.EqualTo("text\ntext\n"));
        Assert.That(Told(result), Is.EqualTo(new[] { "superd: reader: its sandbox refused nothing" }));
    }

    [Test]
    public void What_is_refused_is_told_of_descendants_too_and_each_key_is_the_right_one()
    {
        Needs.Program("python3");
        Service("various", $"""
            (echo x > {_data["new"]}) 2>/dev/null
            python3 -I -c '
            import ctypes, socket
            libc = ctypes.CDLL(None)
            libc.ptrace(0, 0, 0, 0)
            for family in socket.AF_INET, socket.AF_PACKET:
                try: socket.socket(family, socket.SOCK_STREAM)
                except OSError: pass
            libc.connect(0, bytes([2, 0, 0, 7, 127, 0, 0, 1] + [0] * 8), 16)
            libc.syscall(480)
            '
            """);

        Assert.That(Told(Explain("various"))[1..], Is.EqualTo(new[]
        {
            $"  1x {_data["new"]}: writable = [\"{_data.Path}\"]",
            "  1x ptrace: syscalls = [\"+ptrace\"]",
            "  1x socket: network = \"on\"",
            "  1x socket: network = \"on\", syscalls = [\"+socket\"]",
            "  1x connect to 127.0.0.1:7: network = \"on\"",
            "  1x system call 480: this superd does not know it",
        }));
    }

    [Test]
    public void A_file_that_the_user_may_not_read_either_gets_no_key()
    {
        Needs.Root();
        _data.Write("secret", "", mode: "600");
        Service("reader", $"cat {_data["secret"]}; true", "user = \"nobody\"");

        Assert.That(Told(Explain("reader"))[1..], Is.EqualTo(new[] { $"  1x {_data["secret"]}: its user may not read it either" }));
    }

    [Test]
    public void All_runs_are_counted_together_and_JSON_has_the_same()
    {
        Service("reader", $"cat {_data["file"]}; true");

        ProgramResult result = Explain("reader", "--repeat", "6", "-j", "3", "--json");

        JsonElement refused = JsonDocument.Parse(result.StandardOutput).RootElement.GetProperty("refused");
        Assert.That(refused.GetArrayLength(), Is.EqualTo(1));
        Assert.That(refused[0].GetProperty("what").GetString(), Is.EqualTo(_data["file"]));
        Assert.That(refused[0].GetProperty("count").GetInt32(), Is.EqualTo(6));
        Assert.That(refused[0].GetProperty("key").GetString(), Is.EqualTo($"readable = [\"{_data["file"]}\"]"));
    }

    [Test]
    public void A_handler_is_held_as_without_an_explanation()
    {
        Service("held", $"cat {_data["file"]} && echo ESCAPED; unshare -U true && echo ESCAPED; echo done");

        ProgramResult result = Explain("held");

        Assert.That(result.StandardOutput, Is.EqualTo("done\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public void A_service_without_a_sandbox_has_nothing_to_explain()
    {
        _directory.Write("services.d/plain.toml", "listen = '127.0.0.1:0'\nexec = '/bin/true'\n");

        ProgramResult result = Explain("plain");

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.StandardError, Is.EqualTo(
            "superd: plain has no sandbox, so there is nothing to explain; write sandbox = \"basic\" in services.d/plain.toml\n"));
    }

    /// <summary>The lines about the sandbox.</summary>
    private static string[] Told(ProgramResult result)
    {
        string[] lines = result.StandardError.TrimEnd('\n').Split('\n');
        return lines[Math.Max(0, Array.FindIndex(lines, line => line.Contains("its sandbox refused")))..];
    }

    /// <summary>A service that is strict: /tmp, where the files of tests are, is not among what that profile lets it read.</summary>
    private void Service(string name, string script, string keys = "") => _directory.Write(
        $"services.d/{name}.toml",
        $"listen = '127.0.0.1:0'\n{TomlText.ExecShell(script)}sandbox = 'strict'\n{keys}\n");

    private ProgramResult Explain(string service, params string[] options)
    {
        using var superd = new RunningProgram(SuperdProgram.Path, ["try", service, "--explain", .. options], _directory.Path);
        superd.EndInput();
        return superd.WaitForResult();
    }
}
