using System.Diagnostics;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Upgrading;

/// <summary>If superd cannot become its next version, it stays as it is and reports the reason to the requester.</summary>
public sealed class UpgradeRefusalTests
{
    private const string Cat = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";

    /// <summary>Shell script: the answer of a superd that can take over.</summary>
    private const string Answer = "format=$3; while [ \"$1\" != --nonce ]; do shift; done; echo \"superd-upgrade $2 $format 9.9.9\"";

    private readonly TempDir _installed = new();
    private Daemon _daemon = null!; // set before each test
    private Client _client = null!;

    /// <summary>Starts superd through a symbolic link, as in an installation with several versions.</summary>
    [SetUp]
    public void Start()
    {
        Install(SuperdProgram.Path);
        _daemon = Daemon.Start(new DaemonOptions { Executable = _installed["superd"] }, ("cat", Cat));
        _client = _daemon.Connect("cat");
        Assert.That(_client.Send("up\n").ReadLine(), Is.EqualTo("up"));
    }

    [TearDown]
    public void Stop()
    {
        _client.Dispose();
        _daemon.Dispose();
    }

    [OneTimeTearDown]
    public void Remove() => _installed.Dispose();

    [Test]
    public void Another_version_behind_the_same_link_is_the_one_that_serves_then()
    {
        string other = _installed.Write(
            "other/superd", $"#!/bin/sh\necho wrapped >> {_installed["ran"]}\nexec {SuperdProgram.Path} \"$@\"\n", "755");
        Install(other);

        _daemon.Upgrade();

        Assert.That(File.ReadAllLines(_installed["ran"]), Has.Length.EqualTo(2), "it was asked, and then it was run");
        StillServes();
    }

    [Test]
    public void After_an_upgrade_superd_has_its_name_still_and_looks_where_it_was_started_for_the_next_version()
    {
        string name = ProcFs.Status(_daemon.Pid, "Name");
        _daemon.Upgrade();
        _daemon.Upgrade();
        Assert.That(ProcFs.Status(_daemon.Pid, "Name"), Is.EqualTo(name));
        string other = _installed.Write(
            "later/superd", $"#!/bin/sh\necho wrapped >> {_installed["ran-later"]}\nexec {SuperdProgram.Path} \"$@\"\n", "755");
        Install(other);

        _daemon.Upgrade();

        Assert.That(File.ReadAllLines(_installed["ran-later"]), Has.Length.EqualTo(2), "it was asked, and then it was run");
        StillServes();
    }

    [Test]
    public void An_error_in_any_service_file_is_told_with_its_place()
    {
        _daemon.Directory.Write("services.d/bad.toml", "listen = 9003\nexec = '/bin/cat'\ninstances = -3\n");

        ProgramResult result = SuperdProgram.Run(_daemon.Directory.Path, "upgrade", "-c", "superd.toml");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(
            result.StandardError,
            Does.StartWith("superd: not upgraded: ").And.Contain("bad.toml:3:13: error: instances must be 1 or more, found -3"));
        StillServes();
    }

    [Test]
    public void Each_of_several_errors_is_a_line_of_the_log()
    {
        _daemon.Directory.Write("services.d/bad.toml", "listen = 9003\nexec = '/bin/cat'\ninstances = -3\n");
        _daemon.Directory.Write("services.d/worse.toml", "listen = 9004\nexec = '/bin/cat'\nnice = 99\n");

        _daemon.RefuseToUpgrade();

        LogLine[] told = _daemon.WaitFor(line => line.Event == "upgrade_failed", 2, "both errors are told");
        Assert.That(told[0].Message, Does.StartWith("stay: not upgraded: ").And.Contain("bad.toml:3:13: error: "));
        Assert.That(told[1].Message, Does.StartWith("stay: not upgraded: ").And.Contain("worse.toml:3:8: error: "));
        StillServes();
    }

    [Test]
    public void A_configuration_that_is_gone_is_told()
    {
        File.Move(_daemon.Directory["superd.toml"], _daemon.Directory["elsewhere.toml"]);

        Assert.That(_daemon.RefuseToUpgrade(), Does.Contain("superd.toml"));

        StillServes();
    }

    [TestCase("#!/bin/sh\nexit 64\n", "755", "knows no upgrade", TestName = "A_program_that_does_not_know_the_question")]
    [TestCase(
        "#!/bin/sh\necho something is missing >&2\nexit 127\n", "755", "something is missing", TestName = "A_program_that_cannot_start")]
    [TestCase("#!/bin/sh\nkill -SEGV $$\n", "755", "signal SEGV", TestName = "A_program_that_crashes")]
    [TestCase("#!/bin/sh\nexit 3\n", "755", "exit code 3", TestName = "A_program_that_says_nothing")]
    [TestCase("#!/bin/sh\nexit 0\n", "755", "it said: nothing", TestName = "A_program_that_says_nothing_and_is_content")]
    [TestCase("#!/bin/sh\necho '{}'\n", "755", "it said: {}", TestName = "A_program_that_says_something_else")]
    [TestCase("#!/bin/sh\necho 9.9.9\n", "755", "it said: 9.9.9", TestName = "A_program_that_says_a_version_alone")]
    [TestCase(
        "#!/bin/sh\necho superd-upgrade 0123456789abcdef0123456789abcdef $3 9.9.9\n",
        "755",
        "gives no answer",
        TestName = "A_program_that_answers_another_question")]
    [TestCase(
        "#!/bin/sh\nwhile [ \"$1\" != --nonce ]; do shift; done; echo \"superd-upgrade $2 99 9.9.9\"\n",
        "755",
        "format 99",
        TestName = "A_program_that_takes_over_in_another_format")]
    [TestCase("#!/bin/sh\nwhile :; do echo 'superd-upgrade'; done\n", "755", "no end", TestName = "A_program_whose_answer_has_no_end")]
    [TestCase(
        "#!/bin/sh\nexec > /dev/null 2>&1\n" + Answer + "\n",
        "755",
        "it said: nothing",
        TestName = "A_program_that_answers_when_the_pipe_is_closed")]
    [TestCase("#!/bin/sh\n" + Answer + "; exit 5\n", "755", "9.9.9", TestName = "A_program_that_answers_and_fails")]
    [TestCase("not a program", "755", "Exec format error", TestName = "A_file_that_is_no_program")]
    [TestCase("not executable", "644", "Permission denied", TestName = "A_file_that_may_not_be_executed")]
    public void What_cannot_take_over_is_not_taken(string content, string mode, string expected)
    {
        Install(_installed.Write($"broken-{Guid.NewGuid():N}", content, mode));

        string why = _daemon.RefuseToUpgrade();

        Assert.That(why, Does.StartWith("not upgraded: ").And.Contain(expected));
        Assert.That(_daemon.WaitFor(line => line.Event == "upgrade_failed", "it is logged").Level, Is.EqualTo("error"));
        StillServes();
    }

    [Test]
    public void An_executable_that_breaks_after_it_was_asked_changes_nothing()
    {
        // Fails after the check, at execve itself, because the interpreter is gone.
        string[] open = Inheritable();
        string shell = _installed["shell"];
        File.CreateSymbolicLink(shell, "/bin/sh");
        Install(_installed.Write("breaks", $"#!{shell}\nrm {shell}; {Answer}\n", "755"));

        Assert.That(_daemon.RefuseToUpgrade(), Does.Contain("execve").And.Contain("No such file or directory"));

        Assert.That(_daemon.WaitFor(line => line.Event == "upgrade", "it was about to")["version"], Is.EqualTo("9.9.9"));
        StillServes();
        Assert.That(Inheritable(), Is.EquivalentTo(open), "every descriptor is close-on-exec again");
        Install(SuperdProgram.Path);
        _daemon.Upgrade();
        StillServes();
    }

    [TestCase("stubborn")]
    [TestCase("apart")]
    public void A_program_that_another_process_traces_holds_up_nobody(string tracer)
    {
        string traced = TracedProgram.Compile(_installed);
        Install(_installed.Write("traced.sh", $"#!/bin/sh\nexec {traced} {tracer}\n", "755"));

        string why = _daemon.RefuseToUpgrade();

        Assert.That(why, Does.Contain("another process traces it"));
        StillServes();
        int[] tracers = [.. ProcFs.Children(_daemon.Pid).Select(SuperD.Linux.ChildProcess.TracerOf).Where(pid => pid > 0)];
        Array.ForEach(tracers, pid => NativeMethods.Kill(pid, Signal.SIGKILL));
        Patience.Until(() => ProcFs.Children(_daemon.Pid).Length == 1, "only the handler is left");
    }

    [TestCase("ln -sfn evil superd", TestName = "The_link_leads_elsewhere_by_then")]
    [TestCase("mv evil asked", TestName = "Another_script_is_moved_over_it_by_then")]
    [TestCase("cp evil asked", TestName = "It_is_written_anew_by_then")]
    [TestCase("touch -r evil -d '2001-01-01' asked", TestName = "It_is_touched_by_then")]
    [TestCase("rm superd", TestName = "It_is_gone_by_then")]
    public void What_is_not_what_has_answered_is_not_executed(string command)
    {
        string ran = Evil();
        Install(_installed.Write("asked", $"#!/bin/sh\n{{ {Answer}; cd {_installed.Path}; {command}; exit 0; }}\n", "755"));

        Assert.That(_daemon.RefuseToUpgrade(), Does.Contain("has changed since it was asked"));

        Assert.That(File.Exists(ran), Is.False, "it was run");
        StillServes();
        Install(SuperdProgram.Path);
        _daemon.Upgrade();
        StillServes();
    }

    [Test]
    public void A_binary_that_is_replaced_by_then_is_not_executed_either()
    {
        string ran = Evil();
        string program = CProgram.Compile(_installed, "binary", $$"""
            #include <stdio.h>
            #include <string.h>
            int main(int argc, char **argv)
            {
                for (int i = 1; i + 1 < argc; i++)
                    if (strcmp(argv[i], "--nonce") == 0)
                        printf("superd-upgrade %s %s 9.9.9\n", argv[i + 1], argv[i - 1]); // --format F --nonce N
                return rename("{{_installed["evil"]}}", "{{_installed["binary"]}}");
            }
            """);
        Install(program);

        Assert.That(_daemon.RefuseToUpgrade(), Does.Contain("has changed since it was asked"));

        Assert.That(File.Exists(ran), Is.False, "it was run");
        StillServes();
    }

    [Test]
    public void A_program_that_does_not_answer_is_not_waited_for()
    {
        Install(_installed.Write("hangs", "#!/bin/sh\nsleep 1000\n", "755"));
        var clock = Stopwatch.StartNew();

        Assert.That(_daemon.RefuseToUpgrade(), Does.Contain("did not answer within 10 s"));

        Assert.That(clock.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(9)));
        StillServes();
        Patience.Until(() => ProcFs.Children(_daemon.Pid).Length == 1, "only the handler is left");
    }

    [Test]
    public void A_second_upgrade_at_the_same_time_is_refused_and_a_signal_does_as_well()
    {
        using var first = new ConsoleSocket(_daemon);
        first.Send(Upgrades.Request + "\n");
        Assert.That(ConsoleSocket.Ask(_daemon, Upgrades.Request).ToString(), Does.Contain("under way").Or.Contain("upgrade\":"));
        Assert.That(first.ReadReply().GetProperty("ok").GetBoolean(), Is.True);
        int before = _daemon.Log.Count(line => line.Event == "upgraded");

        _daemon.Signal(Signal.SIGUSR2);

        _ = _daemon.WaitFor(line => line.Event == "upgraded", before + 1, "the signal has it upgraded too");
        StillServes();
    }

    /// <summary>superd's descriptors without close-on-exec: a few of the runtime's own.</summary>
    private string[] Inheritable()
    {
        const int O_CLOEXEC = 0x80000;
        return [
            .. ProcFs
                .Descriptors(_daemon.Pid)
                .Where(fd => !IsClosed(fd.Key, out int flags) && (flags & O_CLOEXEC) == 0)
                .Select(fd => $"{fd.Key} {fd.Value}")];
    }

    private bool IsClosed(int fd, out int flags)
    {
        try
        {
            flags = ProcFs.DescriptorFlags(_daemon.Pid, fd);
            return false;
        }
        catch (IOException)
        {
            flags = 0;
            return true;
        }
    }

    /// <summary>Writes a script that must never run; returns the path of the file that shows whether it did.</summary>
    private string Evil()
    {
        string ran = _installed["evil-ran"];
        _ = _installed.Write("evil", $"#!/bin/sh\ntouch {ran}\nexec {SuperdProgram.Path} \"$@\"\n", "755");
        return ran;
    }

    private void Install(string target)
    {
        File.Delete(_installed["superd"]);
        File.CreateSymbolicLink(_installed["superd"], target);
    }

    private void StillServes()
    {
        Assert.That(_client.Send("still\n").ReadLine(), Is.EqualTo("still"), "the old client");
        using Client another = _daemon.Connect("cat");
        Assert.That(another.Send("new\n").ReadLine(), Is.EqualTo("new"));
    }
}
