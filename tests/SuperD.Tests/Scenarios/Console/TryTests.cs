using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd try</c>: runs a service's handler as superd would, without listening.</summary>
public sealed class TryTests
{
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void Make()
    {
        _directory = new TempDir();
        _directory.Write("superd.toml", "");
        _directory.MakeDirectory("services.d");
    }

    [TearDown]
    public void Delete() => _directory.Dispose();

    [Test]
    public void The_handler_is_joined_to_stdin_and_stdout_and_its_record_is_told()
    {
        Service("echo", TomlText.ExecShell("read line; echo \"got $line\"; echo oops >&2"));

        ProgramResult result = Try("question\n", "echo");

        Assert.That(result.StandardOutput, Is.EqualTo("got question\n"));
        Assert.That(
            result.StandardError,
            Does.Match(@"^stderr: oops\nexit=0 duration_ms=\d+ cpu_ms=\d+ mem_kib=<?\d+ sent=9 received=13 leaked=0\n$"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public void A_file_that_the_handler_does_not_find_by_its_relative_name_is_told()
    {
        _directory.Write("data.txt", "x");
        Service("relative", TomlText.ExecShell("cat data.txt; cat /nonexistent/other.txt"));
        Service("absolute", TomlText.ExecShell("cat /nonexistent/data.txt"));

        Assert.That(Try("", "relative").StandardError, Does.EndWith(
            $"\nsuperd: relative: \"data.txt\" is in \"{_directory.Path}\", and the handler runs in \"/\"; name it by its whole "
                + $"path, or write "
                + $"directory = \"{_directory.Path}\"\n"));
        Assert.That(Try("", "absolute").StandardError, Does.Not.Contain("the handler runs in"));
    }

    [Test]
    public void The_warnings_of_a_service_that_fails_are_shown()
    {
        Service("han", "exec = ['/bin/sh', 'nosuch.sh']");

        Assert.That(Try("", "han").StandardError, Does.Contain("services.d/han.toml:2:8: warning: exec names the argument \"nosuch.sh\""));
    }

    [Test]
    public void It_gets_the_environment_and_descriptors_of_production()
    {
        Service("fds", TomlText.ExecTestHandler("fds"), listen: 9003);
        Service("env", TomlText.ExecTestHandler("env"), listen: 9004);
        Service("peer", TomlText.ExecTestHandler("peername"), listen: 9005);

        string[] descriptors = Try("", "fds").StandardOutput.Split('\n');
        Assert.That(descriptors[0], Does.Match(@"^0 socket:\[\d+\] nonblock=0$"));
        Assert.That(descriptors[1], Is.EqualTo("1" + descriptors[0][1..]));
        Assert.That(descriptors[2], Does.StartWith("2 pipe:"));

        string[] environment = Try("", "env", "--from", "2001:db8::5").StandardOutput.Split('\n');
        Assert.That(
            environment,
            Does.Contain("REMOTE_ADDR=2001:db8::5")
                .And.Contain("TCPLOCALPORT=9004")
                .And.Contain("SUPERD_SERVICE=env")
                .And.Contain("PROTO=TCP"));
        Assert.That(environment.Where(line => line.StartsWith("HOME=")), Is.Empty);

        Assert.That(Try("", "peer", "--from", "127.0.0.9").StandardOutput, Does.StartWith("127.0.0.9 "));
    }

    [Test]
    public void It_runs_while_superd_has_the_port()
    {
        int port = FreePort.Find();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        taken.Start();
        Service("echo", TomlText.ExecShell("echo hello"), port);

        Assert.That(Try("", "echo").StandardOutput, Is.EqualTo("hello\n"));
    }

    [Test]
    public void Half_close_gives_the_handler_the_end_of_its_input()
    {
        Service("cat", "exec = '/bin/cat'\n");

        ProgramResult result = Try("all of it", "cat", "--half-close");

        Assert.That(result.StandardOutput, Is.EqualTo("all of it"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Ok));
    }

    [TestCase("< services.d/cat.toml", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n")]
    [TestCase("< /dev/null", "")]
    [TestCase("<&-", "")]
    public void Without_a_terminal_the_handler_gets_the_end_of_its_input(string input, string reply)
    {
        Service("cat", "exec = '/bin/cat'\n");

        ProgramResult result = RunningProgram.RunToEnd(
            "sh", ["-c", $"exec \"$0\" try cat {input}", SuperdProgram.Path], _directory.Path);

        Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo((ExitCode.Ok, reply)), result.StandardError);
    }

    [Test]
    public void The_end_of_a_pipe_is_sent_when_it_comes()
    {
        Service("cat", "exec = '/bin/cat'\n");
        Assert.That(Try("all of it", "cat").StandardOutput, Is.EqualTo("all of it"));
    }

    [Test]
    public void On_a_terminal_the_handler_gets_no_end_of_input_and_the_user_is_told_how_to_send_it()
    {
        Service("cat", TomlText.ExecShell("echo there; cat"));
        using var terminal = new PseudoTerminal(_directory.Path, $"{SuperdProgram.Path} try cat");
        terminal.WaitFor("there").Type("\x04").WaitFor("add --half-close");

        terminal.Type("\x03");
        Assert.That(terminal.WaitForExit(), Is.Not.Zero);
    }

    [Test]
    public void A_terminal_that_is_closed_ends_the_trial_and_its_handler()
    {
        Service("cat", TomlText.ExecShell("echo trial=$PPID handler=$$.; exec sleep 1000"));
        static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        int trial, handler;
        using (var terminal = new PseudoTerminal(_directory.Path, $"{SuperdProgram.Path} try cat"))
        {
            terminal.WaitFor("trial=").WaitFor("handler=").WaitFor(".");
            Match match = Regex.Match(terminal.Drawn, @"trial=(\d+) handler=(\d+)\.");
            (trial, handler) = (Number(match, 1), Number(match, 2));
            Assert.That((ProcFs.IsRunning(trial), ProcFs.IsRunning(handler)), Is.EqualTo((true, true)));
        }

        Patience.Until(() => !ProcFs.IsRunning(trial) && !ProcFs.IsRunning(handler), "both have ended");
    }

    [Test]
    public void A_handler_that_takes_longer_than_the_timeout_is_ended_and_a_fault()
    {
        Service("stays", TomlText.ExecShell("echo there; exec sleep 1000") + "stop_grace = '1s'\n");

        ProgramResult result = Try("", "stays", "--timeout", "500ms");

        Assert.That(result.StandardOutput, Is.EqualTo("there\n"));
        Assert.That(result.StandardError, Does.StartWith("signal=TERM reason=client_gone ").And.EndWith(
            "superd: stays: not done after 500ms (--timeout); its input has ended, which it ignores: gone_timeout = \"30s\" would end such "
            + "a handler, or let it exit at the end of input\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.No));
    }

    [Test]
    public void A_handler_that_says_nothing_gets_the_word_about_buffers()
    {
        Service("stays", TomlText.ExecShell("exec sleep 1000") + "stop_grace = '1s'\n");

        ProgramResult result = Try("", "stays", "--timeout", "4s");

        string[] lines = [.. result.StandardError.Split('\n').Where(line => line.Contains("start it with stdbuf -oL, or let it flush"))];
        Assert.That(lines[0], Does.StartWith("superd: the handler has said nothing yet; "));
        Assert.That(lines[1], Does.StartWith("superd: stays: not done after 4s (--timeout), and has said nothing; "));
        Assert.That(lines, Has.Length.EqualTo(2));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void One_of_Python_gets_the_option_of_Python(bool isScript)
    {
        Needs.Program("python3");
        _directory.Write("x.py", "#!/usr/bin/env python3\nimport time\ntime.sleep(1000)\n", "755");
        string exec = isScript ? "'../x.py'" : $"['/usr/bin/env', 'python3', '{_directory["x.py"]}']";
        Service("stays", $"exec = {exec}\nstop_grace = '1s'\n");

        ProgramResult result = Try("", "stays", "--timeout", "4s");

        Assert.That(result.StandardError, Does.Contain("start it with python3 -u, or let it flush").And.Not.Contains("stdbuf"));
    }

    [Test]
    public void So_does_one_that_falls_silent_after_it_has_said_something()
    {
        Service("stays", TomlText.ExecShell("echo there; exec sleep 1000") + "stop_grace = '1s'\n");

        ProgramResult result = Try("question\n", "stays", "--timeout", "8s");

        string[] lines = [.. result.StandardError.Split('\n').Where(line => line.Contains("start it with stdbuf -oL, or let it flush"))];
        Assert.That(lines[0], Does.StartWith("superd: the handler has said nothing for 3s; "));
        Assert.That(lines[1], Does.StartWith("superd: stays: not done after 8s (--timeout), and has said no more; "));
        Assert.That(lines, Has.Length.EqualTo(2));
    }

    [Test]
    public void Input_that_cannot_be_read_ends_the_trial()
    {
        Service("cat", "exec = '/bin/cat'\n");
        ProgramResult result = RunningProgram.RunToEnd("sh", ["-c", "\"$0\" try cat </", SuperdProgram.Path], _directory.Path);
        Assert.That(
            (result.ExitCode, result.StandardError),
            Is.EqualTo((ExitCode.IoError, "superd: cannot read or write: stdin: Is a directory (errno 21)\n")));
    }

    [Test]
    public void A_service_is_found_by_a_name_that_is_near()
    {
        Service("cat", "exec = '/bin/cat'\n");
        Assert.That(Try("", "ca").StandardError, Does.EndWith("in the configuration superd.toml (did you mean 'cat'?)\n"));
    }

    [Test]
    public void A_slow_client_gets_the_whole_reply()
    {
        Service("cat", "exec = '/bin/cat'\n");
        Assert.That(Try("slowly", "cat", "--half-close", "--slow").StandardOutput, Is.EqualTo("slowly"));
    }

    [Test]
    public void A_client_that_breaks_off_ends_the_handler_and_is_no_fault_of_it()
    {
        Service("sleep", "exec = ['/bin/sleep', '60']\nstop_grace = '1s'\n");

        ProgramResult result = Try("x", "sleep", "--reset");

        Assert.That(result.StandardError, Does.StartWith("signal=TERM reason=client_gone "));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public void Leaked_processes_are_ended_told_and_a_fault()
    {
        Service("leak", TomlText.ExecTestHandler("daemonize", "300"));

        ProgramResult result = Try("", "leak");

        int pid = int.Parse(result.StandardOutput);
        Assert.That(ProcFs.IsRunning(pid), Is.False);
        Assert.That(result.StandardError, Does.Contain("leaked=1\nsuperd: leak: processes left behind: 1\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.No));
    }

    [TestCase("exit 7", "exit status 7")]
    [TestCase("kill -SEGV $$", "ended by SIGSEGV")]
    public void A_handler_that_fails_is_a_fault(string script, string fault)
    {
        Service("bad", TomlText.ExecShell(script));

        ProgramResult result = Try("", "bad");

        Assert.That(result.StandardError, Does.EndWith($"superd: bad: {fault}\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.No));
    }

    [TestCase("hello\n", null)]
    [TestCase("hello", "the reply differs from byte 5 on, in line 1: 6 bytes, expected 5")]
    [TestCase("hello\nworld\n", "the reply differs from byte 6 on, in line 2: 6 bytes, expected 12")]
    [TestCase("hallo\n", "the reply differs from byte 1 on, in line 1: 6 bytes, expected 6")]
    public void The_reply_is_compared_with_what_is_expected(string expected, string? difference)
    {
        Service("hello", TomlText.ExecShell("echo hello"));
        _directory.Write("expected", expected);

        ProgramResult result = Try("", "hello", "--expect", "expected");

        Assert.That(result.StandardOutput, Is.EqualTo("hello\n"));
        Assert.That(result.ExitCode, Is.EqualTo(difference is null ? ExitCode.Ok : ExitCode.No));
        Assert.That(
            result.StandardError, difference is null ? Does.Not.Contain("differs") : Does.EndWith($"superd: hello: {difference}\n"));
    }

    [Test]
    public void Many_runs_at_once_are_told_together()
    {
        Service("upper", TomlText.ExecShell("read line; [ $((SUPERD_CONNECTION % 10)) -ne 0 ] || exit 3; echo \"$line\""));

        ProgramResult result = Try("x\n", "upper", "--repeat", "40", "-j", "4", "--json");

        JsonElement report = JsonDocument.Parse(result.StandardOutput).RootElement;
        Assert.That(report.GetProperty("count").GetInt32(), Is.EqualTo(40));
        Assert.That(report.GetProperty("faults").GetInt32(), Is.EqualTo(4));
        Assert.That(report.GetProperty("outcomes").GetProperty("exit=0").GetInt32(), Is.EqualTo(36));
        Assert.That(report.GetProperty("outcomes").GetProperty("exit=3").GetInt32(), Is.EqualTo(4));
        Assert.That(report.GetProperty("bytes_received").GetInt64(), Is.EqualTo(72));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.No));
    }

    [Test]
    public void A_signal_ends_the_run_that_is_on_and_begins_no_more()
    {
        Service("stays", TomlText.ExecShell($"echo >> {_directory["began"]}; exec sleep 1000"));
        using var superd = new RunningProgram(SuperdProgram.Path, ["try", "stays", "--repeat", "10", "-j", "1"], _directory.Path);
        superd.EndInput();
        Patience.Until(() => File.Exists(_directory["began"]) && File.ReadAllText(_directory["began"]) == "\n", "the first handler runs");

        Assert.That(superd.Signal(Signal.SIGTERM), Is.True);

        ProgramResult result = superd.WaitForResult();
        Assert.That(result.StandardError, Does.EndWith("superd: stays: interrupted, 1 of 10 runs were made\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.No));
        Assert.That(File.ReadAllLines(_directory["began"]), Has.Length.EqualTo(1));
    }

    [TestCase("nope", "there is no service \"nope\" without errors in the configuration superd.toml")]
    [TestCase(
        "waiting", "waiting cannot be tried: it has wait = true, so its program accepts connections itself and cannot be joined to one; "
            + "start superd and connect: its stderr is in the log, and 'strace -f -p PID' shows the calls that fail with EACCES or EPERM")]
    [TestCase("trap", "trap cannot be tried: it is a sensor and runs no program")]
    public void What_cannot_be_tried_is_said(string service, string message)
    {
        Service("waiting", "exec = '/bin/cat'\nwait = true\n", 9003);
        Service("trap", "sensor = '10m'\n", 9004);

        ProgramResult result = Try("", service);

        Assert.That(result.StandardError, Does.EndWith($"superd: {message}\n"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Config));
    }

    private void Service(string name, string toml, int listen = 0) =>
        _directory.Write($"services.d/{name}.toml", $"listen = '127.0.0.1:{listen}'\n{toml}");

    private ProgramResult Try(string input, string service, params string[] options)
    {
        using var superd = new RunningProgram(SuperdProgram.Path, ["try", service, .. options], _directory.Path);
        if (input.Length > 0)
        {
            superd.Send(input);
        }

        superd.EndInput();
        return superd.WaitForResult();
    }
}
