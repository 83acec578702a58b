using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Scenarios.Sandbox.SandboxedHandler;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>The files that a handler in a sandbox reaches, and what happens when they change.</summary>
public sealed class SandboxFilesTests
{
    private const string Denied = "Permission denied";

    private TempDir _directory = null!; // set before each test

    private static IEnumerable<string> Everybody => Users;

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCaseSource(nameof(Everybody))]
    public void Neither_data_of_others_nor_of_the_machine_is_read(string user)
    {
        const string Script = "for each in /var /srv /home /run; do ls $each >/dev/null && echo $each is read; done; cat /etc/hostname";
        string hostname = File.ReadAllText("/etc/hostname");
        Assert.That(AskShell(user, "none", Script), Does.Contain("/var is read").And.EndsWith(hostname));
        foreach (string profile in (string[])["basic", "strict"])
        {
            string answer = AskShell(user, profile, Script);
            Assert.That(answer, Does.Not.Contain("is read").And.EndsWith(hostname));
            Assert.That(answer.Split('\n').Count(line => line.Contains(Denied)), Is.EqualTo(4), answer);
        }
    }

    [Test]
    public void Root_does_not_read_its_home()
    {
        Needs.Root();
        Assert.That(AskShell("root", "none", "ls /root && echo read"), Does.Contain("read"));
        Assert.That(AskShell("root", "basic", "ls /root && echo read"), Does.Contain(Denied).And.Not.Contains("read\n"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void Only_basic_changes_tmp(string user)
    {
        const string Script = "file=/tmp/superd-test-$$; echo text >$file && cat $file && rm $file";
        Assert.That(AskShell(user, "basic", Script), Is.EqualTo("text\n"));
        Assert.That(AskShell(user, "strict", Script), Does.Contain(Denied));
    }

    [TestCaseSource(nameof(Everybody))]
    public void Writable_lets_it_write_there_and_readable_does_not(string user)
    {
        _directory.MakeDirectory("state", "777");
        _directory.MakeDirectory("data", "777");
        _directory.Write("data/file", "read\n");
        _directory.MakeDirectory("other", "777");
        _directory.Write("other/one", "one\n");
        _directory.Write("other/two", "two\n");
        string keys = $"writable = {TomlText.Of(_directory["state"])}\n"
            + $"readable = {TomlText.Of(_directory["data"], _directory["other/one"], "-/no/such/thing")}\n";
        string Answer(string script) => AskShell(user, "strict", $"cd {_directory.Path}; {script}", keys);

        Assert.That(
            Answer("mkdir state/a && echo x >state/a/b && mv state/a/b state/c && cat state/c && rm -r state/*"), Is.EqualTo("x\n"));
        Assert.That(Answer("cat data/file; echo x >data/new"), Does.StartWith("read\n").And.Contain(Denied));
        Assert.That(Answer("cat other/one; cat other/two"), Does.StartWith("one\n").And.Contain(Denied));
        Assert.That(Answer("cp /bin/true state/t && state/t && echo ran; rm state/t"), Is.EqualTo("ran\n"));
    }

    [Test]
    public void A_program_reaches_its_own_directory_and_the_one_it_works_in()
    {
        _directory.Write("bin/han", "#!/bin/sh\ncat $(dirname $0)/text; cat text\n", "755");
        _directory.Write("bin/text", "beside\n");
        _directory.Write("work/text", "at work\n");
        Assert.That(
            Ask(AnyUser, "strict", $"exec = '{_directory["bin/han"]}'\ndirectory = '{_directory["work"]}'\n"),
            Is.EqualTo("beside\nat work\n"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void It_has_nothing_open_but_its_client_and_its_stderr(string user)
    {
        string[] names = AskShell(user, "strict", "ls /proc/self/fd").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(names, Is.EqualTo(["0", "1", "2", "3"]), "the last is of ls itself");
    }

    [TestCaseSource(nameof(Everybody))]
    public void It_has_no_capability_and_gains_none(string user)
    {
        string status = AskShell(user, "basic", "grep -E '^(NoNewPrivs|Seccomp|CapEff|CapPrm|CapInh|CapAmb):' /proc/self/status");
        Assert.That(
            status.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Is.EqualTo(
                [
                    .. ((string[])["CapInh", "CapPrm", "CapEff", "CapAmb"]).Select(name => $"{name}:\t0000000000000000"),
                    "NoNewPrivs:\t1", "Seccomp:\t2",
                ]));
    }

    [Test]
    public void A_handler_of_root_signals_nobody_outside()
    {
        Needs.Root();
        Assume.That(Landlock.Abi, Is.AtLeast(6), "the kernel confines signals");
        string script = $"kill -0 {Environment.ProcessId} && echo reached; kill -0 $$ && echo itself";
        Assert.That(AskShell("root", "none", script), Is.EqualTo("reached\nitself\n"));
        Assert.That(AskShell("root", "basic", script), Does.Not.Contain("reached").And.EndsWith("itself\n"));
    }

    [TestCase("basic")]
    [TestCase("strict")]
    public void A_handler_sets_no_limit_of_another_process_of_its_user(string profile)
    {
        Needs.Root();
        const string Script = """
            import os, resource
            try:
                resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0))
                print("reached")
            except PermissionError:
                print("refused")
            resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))
            """;

        Assert.That(AskPython("root", "none", Script), Is.EqualTo("reached\n"));
        Assert.That(AskPython("root", profile, Script), Is.EqualTo("refused\n"));
    }

    [Test]
    public void A_handler_does_not_widen_its_sandbox_by_a_link()
    {
        string own = _directory.MakeDirectory("own"), script = $"cd {_directory.Path} && mv own old && ln -s /root own && echo swapped";
        using SandboxedHandler handler = new(Users.First(), "basic", TomlText.ExecShell(script), $"writable = ['{own}']\n");
        Assert.That(handler.Ask(), Is.EqualTo("swapped\n"));

        Patience.Until(
            () =>
            {
                using Client client = handler.Daemon.Connect(Service);
                return client.IsClosedWithoutReply() && handler.Daemon.Log.Any(line => line.Is("launch_failed", Service));
            },
            "no handler runs in a sandbox of its own choice");
        LogLine failed = handler.Daemon.WaitFor("launch_failed", Service);
        Assert.That(failed["step"], Is.EqualTo($"sandbox({own})"));
        Assert.That(failed["error"], Does.Contain("a symbolic link where the handler may write could lead anywhere"));
    }

    [Test]
    public void A_directory_replaced_under_its_name_is_covered_after_a_second()
    {
        _directory.Write("data/file", "old\n");
        using SandboxedHandler handler = Reading("data", "data/file");
        Assert.That(handler.Ask(), Is.EqualTo("old\n"));

        Directory.Move(_directory["data"], _directory["before"]);
        _directory.Write("data/file", "new\n");

        Patience.Until(() => handler.Ask() == "new\n", "the new directory is read");
    }

    [Test]
    public void A_link_that_leads_elsewhere_is_covered_after_a_second()
    {
        _directory.Write("one/file", "old\n");
        _directory.Write("two/file", "new\n");
        File.CreateSymbolicLink(_directory["link"], "one");
        using SandboxedHandler handler = Reading("link", "link/file");
        Assert.That(handler.Ask(), Is.EqualTo("old\n"));

        File.CreateSymbolicLink(_directory["link.new"], "two");
        Assert.That(NativeMethods.Rename(_directory["link.new"], _directory["link"]), Is.Zero);

        Patience.Until(() => handler.Ask() == "new\n", "the new target is read");
        Assert.That(Ask(AnyUser, "strict", TomlText.ExecShell($"cat {_directory["one/file"]}"), ""), Does.Contain(Denied));
    }

    [Test]
    public void A_path_that_need_not_exist_is_covered_when_it_does()
    {
        using SandboxedHandler handler = Reading("late", "late/file", mark: "-");
        Assert.That(handler.Ask(), Does.Contain("No such file"));
        _directory.Write("late/file", "here\n");
        Patience.Until(() => handler.Ask() == "here\n", "the new directory is read");
    }

    [Test]
    public void A_path_that_has_gone_fails_the_launch_until_it_is_back()
    {
        _directory.Write("data/file", "text\n");
        using SandboxedHandler handler = Reading("data", "data/file");
        Assert.That(handler.Ask(), Is.EqualTo("text\n"));

        Directory.Delete(_directory["data"], recursive: true);
        Patience.Until(
            () =>
            {
                using Client client = handler.Daemon.Connect(Service);
                return client.IsClosedWithoutReply();
            },
            "a client is turned away");

        LogLine line = handler.Daemon.WaitFor("launch_failed", Service);
        Assert.That(line["step"], Is.EqualTo($"sandbox({_directory["data"]})"));
        Assert.That(line["error"], Does.StartWith("No such file or directory (errno 2); readable or writable names it"));
        _directory.Write("data/file", "again\n");
        Assert.That(handler.Ask(), Is.EqualTo("again\n"), "at the next connection");
    }

    [Test]
    public void A_file_server_that_does_not_respond_holds_up_no_other_service()
    {
        _directory.Write("data/sub/file", "text\n");
        string held = Toml(
            AnyUser, "strict", TomlText.ExecShell($"cat {_directory["data/sub/file"]}"), $"readable = '{_directory["data/sub"]}'\n");
        using Daemon daemon = Daemon.Start((Service, held), ("free", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"));
        using Client before = daemon.Connect(Service);
        Assert.That(before.ReadToEnd(), Is.EqualTo("text\n"));
        Thread.Sleep(TimeSpan.FromSeconds(1.1)); // from now on the next launch has the paths looked at

        using Client waiting = Wait(daemon);

        LogLine line = daemon.WaitFor(
            line => line.Event is "launch_failed" or "accept" && line["peer"] == waiting.Address, "the client's launch has its outcome");
        bool isFailed = line.Event == "launch_failed"; // otherwise the directory was back before superd looked again
        Assert.That(!isFailed || line["step"] == $"sandbox({_directory["data/sub"]})", line.Raw);
        using Client after = daemon.Connect(Service);
        Assert.That(after.ReadToEnd(), Is.EqualTo("text\n"));

        Client Wait(Daemon daemon)
        {
            using var hung = new HungDirectory(_directory["data"]);
            Client client = daemon.Connect(Service);
            for (int i = 0; i < 10; i++)
            {
                using Client other = daemon.Connect("free");
                Assert.That(other.Send("up\n").ReadLine(), Is.EqualTo("up"));
            }

            Assert.That(
                daemon.Log.Where(line => line.Event is "launch_failed" or "accept" && line["peer"] == client.Address), Is.Empty);
            return client;
        }
    }

    [TestCase("han", "{0} (sandbox: not among readable); add its directory to readable")]
    [TestCase("script", "/interpreter (sandbox: not among readable); add its directory to readable")]
    public void A_program_that_is_moved_out_of_the_sandbox_is_named(string name, string reason)
    {
        File.Copy("/bin/true", _directory.MakeDirectory("elsewhere") + "/interpreter");
        _directory.Write("bin/han", "#!/bin/sh\necho served\n", "755");
        string link = _directory.MakeDirectory("entry") + "/link";
        File.CreateSymbolicLink(link, "../bin/han");
        using SandboxedHandler handler = new(AnyUser, "strict", $"exec = '{link}'\n");
        Assert.That(handler.Ask(), Is.EqualTo("served\n"));

        File.Delete(link);
        _directory.Write("elsewhere/han", "#!/bin/sh\n", "755");
        _directory.Write("bin/script", $"#!{_directory["elsewhere/interpreter"]}\n", "755");
        File.CreateSymbolicLink(link, name == "han" ? "../elsewhere/han" : "../bin/script");
        using Client client = handler.Daemon.Connect(Service);

        Assert.That(client.IsClosedWithoutReply(), Is.True);
        LogLine line = handler.Daemon.WaitFor("launch_failed", Service);
        Assert.That(line["step"], Is.EqualTo("execve"));
        Assert.That(
            line["error"], Does.StartWith($"{link}: Permission denied (errno 13); ").And.EndsWith(string.Format(null, reason, link)));
    }

    [Test]
    public void In_a_chroot_the_paths_are_inside()
    {
        Needs.Root();
        Needs.File("/bin/busybox");
        File.Copy("/bin/busybox", _directory.MakeDirectory("root/bin") + "/busybox");
        _directory.Write("root/data/file", "inside\n");
        _directory.Write("root/other/file", "other\n");
        File.CreateSymbolicLink(_directory["root/link"], "/data");
        string exec = "env = { PATH = '/bin' }\n"
            + $"exec = {TomlText.Of("/bin/busybox", "sh", "-c", "cd /; for each in data link other; do busybox cat $each/file; done")}\n"
            + $"chroot = '{_directory["root"]}'\n";
        Assert.That(Ask("nobody", "none", exec), Is.EqualTo("inside\ninside\nother\n"));
        Assert.That(
            Ask("nobody", "strict", exec + "readable = ['/link']\n"), Does.StartWith("inside\ninside\n").And.Contain(Denied));
    }

    [Test]
    public void A_wait_service_accepts_in_its_sandbox()
    {
        const string Script = """
            import os, socket
            listener = socket.socket(fileno=3)
            client, _ = listener.accept()
            own = os.environ["LISTEN_PID"] == str(os.getpid())
            client.sendall(f"{own} {sorted(os.listdir('/proc/self/fd'), key=int)[:4]}\n".encode())
            """;
        using SandboxedHandler handler = new(AnyUser, "strict", Python(Script), "wait = true\nnetwork = 'on'\n");
        Assert.That(handler.Ask(), Is.EqualTo("True ['0', '1', '2', '3']\n"));
    }

    [Test]
    public void An_OOM_score_is_set_in_a_sandbox_too() =>
        Assert.That(AskShell(AnyUser, "strict", "cat /proc/self/oom_score_adj", "oom_score_adj = 777\n"), Is.EqualTo("777\n"));

    [Test]
    public void A_rule_of_match_runs_its_own_program_in_its_own_sandbox()
    {
        _directory.Write("a/han", $"#!/bin/sh\ncat {_directory["a/text"]} {_directory["b/text"]}\n", "755");
        _directory.Write("b/han", $"#!/bin/sh\ncat {_directory["a/text"]} {_directory["b/text"]}\n", "755");
        _directory.Write("a/text", "a\n");
        _directory.Write("b/text", "b\n");
        using SandboxedHandler handler = new(
            AnyUser,
            "strict",
            $"exec = '{_directory["a/han"]}'\nmatch = {{ from = '127.0.0.2', exec = '{_directory["b/han"]}' }}\nstderr = 'null'\n");
        Assert.That(handler.Ask(), Is.EqualTo("a\n"));
        using Client other = handler.Daemon.ConnectFrom("127.0.0.2", Service);
        Assert.That(other.ReadToEnd(), Is.EqualTo("b\n"));
    }

    private SandboxedHandler Reading(string readable, string file, string mark = "") => new(
        AnyUser,
        "strict",
        TomlText.ExecShell($"cat {_directory[file]}"),
        $"stderr = 'socket'\nreadable = {TomlText.Of([mark + _directory[readable]])}\n");
}
