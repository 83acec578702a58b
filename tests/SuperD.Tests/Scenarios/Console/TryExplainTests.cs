using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd try --explain</c>: what a service's sandbox refused, and which key allows it.</summary>
public sealed partial class TryExplainTests
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
            "superd: reader: its sandbox refused the following; if the file has the key already, add the item to its list:",
            $"  2x {_data["file"]}: readable = [\"{_data["file"]}\"]; or its directory, \"{_data.Path}\", if it needs what is beside it",
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
            for path in "/proc/self/comm", "/file":
                try: open(path, "w")
                except OSError: pass
            '
            """);

        string[] told = [.. Told(Explain("various"))[1..].Select(line => Pid().Replace(line, "/proc/PID"))];
        Assert.That(told, Is.EqualTo(new[]
        {
            $"  1x {_data["new"]}: writable = [\"{_data.Path}\"]",
            "  1x ptrace: syscalls = [\"+ptrace\"]",
            "  1x socket: network = \"on\"",
            "  1x socket: network = \"on\", syscalls = [\"+socket\"]",
            "  1x connect to 127.0.0.1:7: network = \"on\"",
            "  1x system call 480: this superd does not know it",
            "  1x /file: nothing can be made in / itself; let it use another place",
            "  1x /proc/PID/comm: no path names the same process again; a program does without",
        }));
    }

    [Test]
    public void A_file_that_the_user_may_not_read_either_gets_no_key()
    {
        Needs.Root();
        _data.Write("secret", "", mode: "600");
        Service("reader", $"cat {_data["secret"]}; true", "user = \"nobody\"");

        Assert.That(Told(Explain("reader"))[1..], Is.EqualTo(new[]
        {
            $"  1x {_data["secret"]}: user nobody may not read it either: {_data["secret"]} is root:root 0600; give it the right, then "
                + $"readable = [\"{_data["secret"]}\"]",
        }));
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
    public void A_handler_that_superd_may_not_trace_is_ended_and_does_not_wait_without_end()
    {
        Needs.Root();
        Service("reader", "echo ran", "user = \"nobody\"");
        using var superd = new RunningProgram(
            Needs.Program("setpriv"), ["--bounding-set=-sys_ptrace", SuperdProgram.Path, "try", "reader", "--explain"], _directory.Path);
        superd.EndInput();

        ProgramResult result = superd.WaitForResult();

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.No));
        Assert.That(result.StandardOutput, Is.Empty);
        Assert.That(result.StandardError, Does.EndWith(
            "superd: reader: cannot see what the sandbox refuses: pidfd_getfd: Operation not permitted (errno 1); "
            + "--explain needs Linux 5.6 and the right to trace the handler (CAP_SYS_PTRACE)\n"));
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

    [GeneratedRegex("/proc/[0-9]+")]
    private static partial Regex Pid();

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
