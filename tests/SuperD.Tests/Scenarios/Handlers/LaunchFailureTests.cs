using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>
/// A failed launch: the client's connection is closed, one line names the step and the cause, nothing is left behind, its
/// place is free again, and the next connection is served as soon as the cause is gone. Every cause arises after superd has
/// started, because at the start it would be a configuration error.
/// </summary>
public sealed class LaunchFailureTests
{
    private const string Script = "#!/bin/sh\necho served\n";

    private TempDir _directory = null!; // set up before each test

    private string Program => _directory["handler"];

    [SetUp]
    public void MakeProgram()
    {
        _directory = new TempDir();
        WriteProgram(Script);
    }

    [TearDown]
    public void DeleteProgram() => _directory.Dispose();

    [TestCase("refuse")]
    [TestCase("queue")]
    public void No_such_program(string whenFull)
    {
        using Daemon daemon = Start($"when_full = '{whenFull}'");
        File.Delete(Program);

        AssertFails(daemon, "execve", Program, "No such file or directory (errno 2)", " does not exist; name a file that exists");

        WriteProgram(Script);
        AssertServes(daemon);
    }

    [Test]
    public void A_program_that_is_not_executable()
    {
        using Daemon daemon = Start();
        WriteProgram(Script, mode: "644");

        string error = AssertFails(daemon, "execve", Program, "Permission denied (errno 13)", "has mode 0644");

        Assert.That(error, Does.Not.Contain("interpreter"), "/bin/sh is there");
        WriteProgram(Script);
        AssertServes(daemon);
    }

    [Test]
    public void A_program_its_user_cannot_reach()
    {
        Needs.Root();
        using Daemon daemon = Start("user = 'nobody'");
        _directory.MakeDirectory(".", "700");

        AssertFails(daemon, "execve", Program, "Permission denied (errno 13)", "does not let user 'nobody' pass");

        _directory.MakeDirectory(".", "755");
        AssertServes(daemon);
    }

    [Test]
    public void A_script_whose_interpreter_is_missing()
    {
        using Daemon daemon = Start();
        WriteProgram("#!/nonexistent/sh -e\necho served\n");

        AssertFails(
            daemon,
            "execve",
            Program,
            "No such file or directory (errno 2)",
            "the interpreter of its #! line, \"/nonexistent/sh\", cannot be run: \"/nonexistent\" does not exist; did you mean #!");

        WriteProgram(Script);
        AssertServes(daemon);
    }

    [Test]
    public void A_program_that_becomes_a_pipe_while_the_cause_is_looked_for_holds_up_nobody()
    {
        const int Count = 200;
        Needs.Program("mkfifo");
        const string Listen = "listen = '127.0.0.1:0'\n";
        using Daemon daemon = Daemon.Start(("han", Listen + $"exec = '{Program}'\n"), ("cat", Listen + "exec = '/bin/cat'\n"));
        Assert.That(Tool.Succeeds("mkfifo", _directory["pipe"]), Is.True);
        _directory.Write("script", "#!/nonexistent/sh\n", "755");
        using var isOver = new CancellationTokenSource();
        Task swapping = Task.Run(() =>
        {
            while (!isOver.IsCancellationRequested)
            {
                foreach (string content in (string[])["script", "pipe"])
                {
                    _ = NativeMethods.Rename(_directory[content], Program);
                    _ = NativeMethods.Rename(Program, _directory[content]);
                }
            }
        });

        try
        {
            for (int i = 0; i < Count; i++)
            {
                using var client = new Client(daemon.Port("han"));
                using Client other = daemon.Connect("cat");
                Assert.That(other.Send("all is well\n").ReadLine(), Is.EqualTo("all is well"));
            }
        }
        finally
        {
            isOver.Cancel();
            swapping.Wait();
        }
    }

    [Test]
    public void A_script_with_the_line_ends_of_Windows()
    {
        using Daemon daemon = Start();
        WriteProgram("#!/bin/sh\r\necho served\r\n");

        AssertFails(
            daemon, "execve", Program, "No such file or directory (errno 2)", $"remove it with: sed -i 's/\\r$//' {Program}");

        WriteProgram(Script);
        AssertServes(daemon);
    }

    [TestCase("echo served\n", "with a #! line; if it is a script, begin it with", TestName = "A_script_without_its_first_line")]
    [TestCase("", "is empty; write the program into it", TestName = "An_empty_program")]
    public void What_is_no_program(string content, string why)
    {
        using Daemon daemon = Start();
        WriteProgram(content);

        AssertFails(daemon, "execve", Program, "Exec format error (errno 8)", why);

        WriteProgram(Script);
        AssertServes(daemon);
    }

    [Test]
    public void A_working_directory_that_is_gone()
    {
        string srv = _directory.MakeDirectory("srv");
        using Daemon daemon = Start($"directory = {TomlText.Of(srv)}");
        Directory.Delete(srv);

        AssertFails(daemon, $"chdir({srv})", "No such file or directory (errno 2)");

        Directory.CreateDirectory(srv);
        AssertServes(daemon);
    }

    [Test]
    public void A_root_directory_that_is_gone()
    {
        Needs.Root();
        Needs.File("/bin/busybox");
        string jail = _directory.MakeDirectory("jail");
        void Furnish()
        {
            Directory.CreateDirectory($"{jail}/bin");
            File.Copy("/bin/busybox", $"{jail}/bin/busybox");
        }

        Furnish();
        using Daemon daemon = Daemon.Start(
            ("s", $"listen = '127.0.0.1:0'\ninstances = 1\nchroot = {TomlText.Of(jail)}\nexec = ['/bin/busybox', 'echo', 'served']\n"));
        Directory.Delete(jail, recursive: true);

        AssertFails(daemon, $"chroot({jail})", "No such file or directory (errno 2)");

        Furnish();
        AssertServes(daemon);
    }

    [Test]
    public void A_limit_that_superd_may_not_set_any_more()
    {
        Needs.Root();
        string[] asUser = AsUser(54321);
        Needs.Success(asUser[0], [.. asUser[1..], "prlimit", "--core=1000000:1000000", "true"]);
        using Daemon daemon = Start("rlimit.core = 1000000", [.. asUser, "prlimit", "--core=1000000:1000000"]);
        Tool.Run(asUser[0], [.. asUser[1..], "prlimit", $"--pid={daemon.Pid}", "--core=0:999999"]);

        // A hard limit cannot be raised again, so the cause stays.
        AssertFails(daemon, "setrlimit(Core)", "Operation not permitted (errno 1)", "superd's own hard limit has been lowered");
    }

    [Test]
    public void Groups_that_the_kernel_does_not_let_root_set()
    {
        // In its own user namespace root has every capability, but may not drop a group, since groups can also deny access.
        Needs.Success("unshare", "--user", "--map-root-user", "true");
        using Daemon daemon = Start("user = 'root'\ngroups = ['root']", ["unshare", "--user", "--map-root-user"]);

        AssertFails(daemon, "setgroups", "Operation not permitted (errno 1)");
    }

    [Test]
    public void A_user_with_as_many_processes_as_its_limit_allows()
    {
        Needs.Root();
        const int AtMost = 10;
        using Daemon daemon = Daemon.Start(
            ("s", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\nuser = 54322\ngroup = 54322\nrlimit.nproc = 2\n"));
        var running = new List<Client>();
        Client client = daemon.Connect("s");
        while (client.Send("up\n").TryReadLine() == "up" && running.Count < AtMost)
        {
            running.Add(client);
            client = daemon.Connect("s");
        }

        using Client refused = client;
        Assert.That(running, Has.Count.GreaterThanOrEqualTo(2));
        LogLine line = AssertRefused(daemon, refused, "execve");
        Assert.That(line["error"], Does.Contain("Resource temporarily unavailable (errno 11)").And.Contain("rlimit.nproc"));
        Assert.That(Zombies(daemon), Is.Empty);

        running.ForEach(one => one.Dispose());
        _ = daemon.WaitFor(line => line.Is("end", "s"), running.Count, "the running handlers have ended");
        using Client next = daemon.Connect("s");
        Assert.That(next.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Assert.That(daemon.AcceptOf(next)["handlers"], Is.EqualTo("1"));
    }

    [Test]
    public void A_superd_whose_user_has_as_many_processes_as_it_may()
    {
        Needs.Root();
        string[] asUser = AsUser(54323);
        Needs.Success(asUser[0], [.. asUser[1..], "prlimit", "--nproc=1000:1000", "true"]);
        using Daemon daemon = Start(string.Empty, [.. asUser, "prlimit", "--nproc=1000:1000"]);
        void Limit(int processes) => Tool.Run(asUser[0], [.. asUser[1..], "prlimit", $"--pid={daemon.Pid}", $"--nproc={processes}:"]);

        // superd's own threads already exceed that.
        Limit(1);
        AssertFails(daemon, "clone", "Resource temporarily unavailable (errno 11)", "as many processes as it may");

        Limit(1000);
        AssertServes(daemon);

        // .NET's own way to handle a signal takes a thread, and so does its pool, which a reload would use.
        Limit(1);
        daemon.Signal(NativeMethods.SIGHUP);
        _ = daemon.WaitFor(line => line.Event.StartsWith("reload", StringComparison.Ordinal), "it reloads");
        daemon.Signal(Signal.SIGTERM);
        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    private Daemon Start(string keys = "", string[]? wrapper = null) => Daemon.Start(
        new DaemonOptions { Wrapper = wrapper ?? [] },
        ("s", $"listen = '127.0.0.1:0'\ninstances = 1\nexec = {TomlText.Of(Program)}\n{keys}\n"));

    /// <summary>Two connections in sequence fail alike: the first has released its place. Returns the second's error.</summary>
    private static string AssertFails(Daemon daemon, string step, params string[] error)
    {
        string found = string.Empty;
        for (int i = 0; i < 2; i++)
        {
            using Client client = daemon.Connect("s");
            found = AssertRefused(daemon, client, step)["error"];
            foreach (string part in error)
            {
                Assert.That(found, Does.Contain(part));
            }
        }

        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty, "nothing is left of a child that failed, not even a zombie");
        return found;
    }

    private static LogLine AssertRefused(Daemon daemon, Client client, string step)
    {
        Assert.That(client.IsClosedWithoutReply(), Is.True);
        LogLine line = daemon.WaitFor(
            line => line.Event is "launch_failed" or "refuse" or "accept" && line["peer"] == client.Address,
            $"superd says what became of {client.Address}");
        Assert.That(line.Event, Is.EqualTo("launch_failed"), line.Raw);
        Assert.That((line["service"], line["reason"], line["step"]), Is.EqualTo(("s", "launch", step)));
        Assert.That(line.Message, Does.StartWith("refuse s "));
        return line;
    }

    private static void AssertServes(Daemon daemon)
    {
        using Client client = daemon.Connect("s");
        Assert.That(client.ReadToEnd(), Is.EqualTo("served\n"));
        Assert.That(daemon.AcceptOf(client)["handlers"], Is.EqualTo("1/1"));
        _ = daemon.WaitFor("end", "s");
        Assert.That(ProcFs.Children(daemon.Pid), Is.Empty);
    }

    private static IEnumerable<int> Zombies(Daemon daemon) => ProcFs.Children(daemon.Pid).Where(pid => ProcFs.Stat(pid, 3) == "Z");

    private static string[] AsUser(int id) => ["setpriv", $"--reuid={id}", $"--regid={id}", "--clear-groups"];

    private void WriteProgram(string content, string mode = "755") => _directory.Write("handler", content, mode);
}
