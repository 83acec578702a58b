using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>What a handler does not inherit: descriptors, ignored and blocked signals, anything superd has or was started with.</summary>
public sealed class InheritanceTests
{
    [TestCase("log")]
    [TestCase("null")]
    [TestCase("socket")]
    public void A_handler_has_the_socket_as_fd_0_and_1_and_as_fd_2_what_stderr_says(string stderr)
    {
        using var cat = new CatHandler($"stderr = '{stderr}'");

        SortedDictionary<int, string> open = ProcFs.Descriptors(cat.Pid);
        Assert.That(open.Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(open[0], Does.StartWith("socket:["));
        Assert.That(open[1], Is.EqualTo(open[0]));
        Assert.That(open[2], stderr switch
        {
            "log" => Does.StartWith("pipe:["),
            "null" => Is.EqualTo("/dev/null"),
            _ => Is.EqualTo(open[0]),
        });
        AssertBlocking(cat.Pid, 0, 1, 2);
    }

    [Test]
    public void A_handler_has_nothing_else_that_superd_has_open()
    {
        const int Clients = 30;
        const string Cat = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";
        using Daemon daemon = Daemon.Start(
            ("log", Cat), ("null", Cat + "stderr = 'null'\nclose = 'immediate'"), ("socket", Cat + "stderr = 'socket'"));
        var clients = new List<Client>();
        try
        {
            for (int i = 0; i < Clients; i++)
            {
                // The clients of each service use a different address, because the
                // kernel may give clients of different services the same port.
                foreach ((string service, string from) in new[] { ("log", "127.0.0.1"), ("null", "127.0.0.2"), ("socket", "127.0.0.3") })
                {
                    Client client = daemon.ConnectFrom(from, service);
                    clients.Add(client);
                    Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
                }
            }

            int[] handlers = [.. clients.Select(daemon.HandlerOf)];
            foreach (int pid in handlers)
            {
                Assert.That(ProcFs.Descriptors(pid).Keys, Is.EqualTo(new[] { 0, 1, 2 }));
                AssertBlocking(pid, 0, 1, 2);
            }

            // Each handler has its own socket; superd keeps only the sockets that it will close itself.
            string[] sockets = [.. handlers.Select(pid => ProcFs.Descriptors(pid)[0])];
            Assert.That(sockets, Is.Unique);
            Assert.That(
                ProcFs.Descriptors(daemon.Pid).Values.Intersect(sockets), Is.EquivalentTo(sockets.Where((_, index) => index % 3 != 1)));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Test]
    public void A_wait_handler_has_the_listening_socket_as_fd_0_1_and_3_blocking()
    {
        using Daemon daemon = Daemon.Start(("wait", "listen = '127.0.0.1:0'\nwait = true\nexec = ['/bin/sleep', '1000']\n"));
        using Client client = daemon.Connect("wait");
        int pid = (int)daemon.WaitFor("start_wait", "wait").Number("pid");

        // The C library's startup code opens a file briefly, and nothing here shows when it is done.
        Patience.Until(() => ProcFs.Descriptors(pid).Keys.SequenceEqual([0, 1, 2, 3]), "the handler has fds 0 to 3");
        SortedDictionary<int, string> open = ProcFs.Descriptors(pid);
        Assert.That(open[0], Does.StartWith("socket:["));
        Assert.That((open[1], open[3]), Is.EqualTo((open[0], open[0])));
        AssertBlocking(pid, 0, 1, 2, 3);
    }

    [Test]
    public void Descriptors_superd_was_started_with_stay_with_superd()
    {
        Needs.Program("bash");
        using var cat = new CatHandler(options: Through("exec 7</etc/passwd 8>/dev/null 200</dev/null"));

        Assert.That(ProcFs.Descriptors(cat.Daemon.Pid), Does.ContainKey(7).And.ContainKey(8).And.ContainKey(200));
        Assert.That(ProcFs.Descriptors(cat.Pid).Keys, Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test]
    public void A_superd_started_without_stdin_and_stdout_serves_like_any_other()
    {
        Needs.Program("bash");
        using var cat = new CatHandler(options: Through("exec <&- >&-"));

        SortedDictionary<int, string> open = ProcFs.Descriptors(cat.Pid);
        Assert.That(open.Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(open[0], Does.StartWith("socket:[").And.EqualTo(open[1]));
        Assert.That(open[2], Does.StartWith("pipe:["));
        Assert.That(cat.Client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(cat.Daemon.Stop(), Is.Zero);
    }

    [TestCase("INT HUP")]
    [TestCase("INT HUP QUIT TERM PIPE USR1 TTOU TSTP")]
    public void Signals_superd_was_started_to_ignore_are_not_ignored_by_handlers_and_superd_ends_on_SIGTERM(string ignored)
    {
        Needs.Program("bash");
        using var cat = new CatHandler(options: Through($"trap '' {ignored}"));

        Assert.That(ProcFs.Signals(cat.Pid, "SigIgn"), Is.Empty);
        Assert.That(ProcFs.Signals(cat.Pid, "SigBlk"), Is.Empty);
        Assert.That(cat.Client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(cat.Daemon.Stop(), Is.Zero);
    }

    [Test]
    public void Signals_superd_was_started_with_blocked_are_not_blocked_in_handlers_and_superd_ends_on_SIGTERM()
    {
        Needs.Program("python3");
        using var cat = new CatHandler(options: ThroughPython("signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"));

        Assert.That(ProcFs.Signals(cat.Pid, "SigBlk"), Is.Empty);
        Assert.That(ProcFs.Signals(cat.Pid, "SigIgn"), Is.Empty);
        Assert.That(cat.Client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(cat.Daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_superd_started_with_SIGCHLD_ignored_still_learns_how_handlers_end()
    {
        Needs.Program("python3");
        using Daemon daemon = Daemon.Start(
            ThroughPython("signal.signal(signal.SIGCHLD, signal.SIG_IGN)"),
            ("seven", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("exit 7")));
        using Client client = daemon.Connect("seven");

        Assert.That(daemon.WaitFor("end", "seven")["exit"], Is.EqualTo("7"));
    }

    [Test]
    public void Where_clone3_is_not_let_through_handlers_are_launched_by_clone()
    {
        // Imitates the seccomp profile of an older container runtime: ENOSYS makes the C library fall back to clone.
        const string filter = """
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <stddef.h>
            #include <sys/prctl.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(int argc, char **argv)
            {
                struct sock_filter steps[] = {
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                };
                struct sock_fprog program = { sizeof steps / sizeof *steps, steps };
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                if (argc < 2 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
                    return 1;
                execv(argv[1], argv + 1);
                return 127;
            }
            """;
        using var directory = new TempDir();
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = [CProgram.Compile(directory, "filter", filter)] });

        Assert.That(
            cat.Daemon.WaitFor(line => line.Event == "orphan_means", "the means are told")["means"],
            Does.StartWith("child subreaper"),
            "cgroups need clone3");
        Assert.That(ProcFs.Signals(cat.Pid, "SigIgn"), Is.Empty);
        Assert.That(ProcFs.Signals(cat.Pid, "SigBlk"), Is.Empty);
        Assert.That(ProcFs.Descriptors(cat.Pid).Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(cat.Client.Send("hello\n").ReadLine(), Is.EqualTo("hello"));
        Assert.That(cat.Client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(cat.Daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_superd_started_without_random_addresses_gives_them_to_its_handlers()
    {
        Needs.Success("setarch", "-R", "true");
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["setarch", "-R"] });

        Assert.That(File.ReadAllText($"/proc/{cat.Daemon.Pid}/personality").Trim(), Is.EqualTo("00040000"));
        Assert.That(File.ReadAllText($"/proc/{cat.Pid}/personality").Trim(), Is.EqualTo("00000000"));
    }

    [Test]
    public void Of_an_execution_domain_superd_was_given_only_what_weakens_a_program_is_taken_away()
    {
        Needs.Success("setarch", "-R", "--uname-2.6", "true");
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["setarch", "-R", "--uname-2.6"] });

        Assert.That(File.ReadAllText($"/proc/{cat.Daemon.Pid}/personality").Trim(), Is.EqualTo("00060000"));
        Assert.That(File.ReadAllText($"/proc/{cat.Pid}/personality").Trim(), Is.EqualTo("00020000"));
    }

    /// <summary>systemd's LockPersonality= denies the system call, the question included.</summary>
    [Test]
    public void A_superd_that_may_not_ask_for_its_execution_domain_serves()
    {
        using var directory = new TempDir();
        string[] wrapper = [LesserKernel.Without(directory, "personality", "EPERM")];
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = wrapper });

        Assert.That(File.ReadAllText($"/proc/{cat.Pid}/personality").Trim(), Is.EqualTo("00000000"));
    }

    [TestCase("--fifo", "1")]
    [TestCase("--rr", "1")]
    [TestCase("--batch", "0")] // not --idle, which would hardly ever run on a busy machine
    public void A_superd_started_under_another_scheduling_policy_does_not_hand_it_on(string policy, string priority)
    {
        Needs.Root();
        Needs.Success("chrt", policy, priority, "true");
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["chrt", policy, priority] });

        const int policyField = 41;
        Assert.That(ProcFs.Stat(cat.Daemon.Pid, policyField), Is.Not.EqualTo("0"));
        Assert.That(ProcFs.Stat(cat.Pid, policyField), Is.EqualTo("0"));
    }

    [Test]
    public void An_ordinary_superd_that_runs_when_nobody_else_does_still_launches()
    {
        Needs.Root(); // to change the user
        Needs.Program("chrt");
        using var cat = new CatHandler(
            options: new DaemonOptions { Wrapper = [.. s_asNobody, "chrt", "--idle", "0"], Control = "socket = 'none'" });

        Assert.That(cat.Client.Send("hello\n").ReadLine(), Is.EqualTo("hello"));
    }

    [Test]
    public void A_handler_runs_on_the_processors_of_superd_unless_a_key_says_otherwise()
    {
        Needs.Success("taskset", "-c", "1", "true");
        const string Service = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = ["taskset", "-c", "1"] },
            ("plain", Service),
            ("first", Service + "cpu_affinity = '0'\n"),
            ("both", Service + "cpu_affinity = '0-1,4000-4003'\n"));

        Assert.That(ProcFs.Status(daemon.Pid, "Cpus_allowed_list"), Is.EqualTo("1"));
        foreach ((string service, string processors) in (ReadOnlySpan<(string, string)>)[("plain", "1"), ("first", "0"), ("both", "0-1")])
        {
            using Client client = daemon.Connect(service);
            Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
            Assert.That(ProcFs.Status(daemon.HandlerOf(client), "Cpus_allowed_list"), Is.EqualTo(processors), service);
        }
    }

    [Test]
    public void A_superd_that_is_protected_when_memory_runs_out_does_not_protect_its_handlers()
    {
        Needs.Program("choom");
        if (!Tool.Succeeds("choom", "-n", "-500", "--", "true"))
        {
            Assert.Ignore("needs CAP_SYS_RESOURCE, which root does not have in most containers");
        }

        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["choom", "-n", "-500", "--"] });

        Assert.That((OomScoreOf(cat.Daemon.Pid), OomScoreOf(cat.Pid)), Is.EqualTo(("-500", "0")));
    }

    [Test]
    public void How_soon_a_handler_is_ended_when_memory_runs_out_is_its_own_affair_and_neither_superds_nor_anothers()
    {
        Needs.Root();
        using var directory = new TempDir();
        string gone = directory.MakeDirectory("gone");
        const string Listen = "listen = '127.0.0.1:0'\n";
        const string Tell = "cat /proc/self/oom_score_adj /proc/$$/oom_score_adj; cat";
        using Daemon daemon = Daemon.Start(
            ("plain", Listen + TomlText.ExecShell(Tell)),
            ("wait", Listen + "wait = true\noom_score_adj = 400\n" + TomlText.ExecShell("exec sleep 1000")),
            ("first", Listen + "oom_score_adj = 300\n" + TomlText.ExecShell(Tell)),
            ("jailed", Listen + "oom_score_adj = 1000\nuser = 'nobody'\n" + TomlText.ExecShell(Tell)),
            ("like", Listen + "oom_score_adj = 0\n" + TomlText.ExecShell(Tell)),
            ("gone", Listen + $"exec = '/bin/cat'\noom_score_adj = 5\ndirectory = '{gone}'\n"));
        Directory.Delete(gone);
        var clients = new List<Client>();
        try
        {
            for (int i = 0; i < 5; i++)
            {
                ReadOnlySpan<(string, string)> adjustments = [("plain", "0"), ("first", "300"), ("jailed", "1000"), ("like", "0")];
                foreach ((string service, string adjustment) in adjustments)
                {
                    Client client = daemon.Connect(service);
                    clients.Add(client);
                    Assert.That((client.ReadLine(), client.ReadLine()), Is.EqualTo((adjustment, adjustment)), service);
                }
            }

            clients.Add(daemon.Connect("wait"));
            int waits = (int)daemon.WaitFor("start_wait", "wait").Number("pid");
            Assert.That(OomScoreOf(waits), Is.EqualTo("400"));
            Assert.That(OomScoreOf(daemon.Pid), Is.EqualTo("0"), "superd's own is what it was");

            // A step that fails in a child with its own memory is reported like any other.
            clients.Add(daemon.Connect("gone"));
            Assert.That(daemon.WaitFor("launch_failed", "gone")["step"], Is.EqualTo($"chdir({gone})"));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_superd_that_is_to_be_ended_early_when_memory_runs_out_hands_that_on()
    {
        Needs.Program("choom");
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["choom", "-n", "200", "--"] });

        Assert.That((OomScoreOf(cat.Daemon.Pid), OomScoreOf(cat.Pid)), Is.EqualTo(("200", "200")));
    }

    [Test]
    public void An_ordinary_superd_can_have_its_handlers_ended_before_itself()
    {
        Needs.Root(); // to change the user
        using var cat = new CatHandler("oom_score_adj = 700", new DaemonOptions { Wrapper = s_asNobody, Control = "socket = 'none'" });

        Assert.That((OomScoreOf(cat.Daemon.Pid), OomScoreOf(cat.Pid)), Is.EqualTo(("0", "700")));
        Assert.That(cat.Client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(cat.Daemon.WaitFor("end", "cat")["exit"], Is.EqualTo("0"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void When_superds_hard_limit_was_lowered_from_outside_handlers_get_the_lower_one(bool asRoot)
    {
        Needs.Root();
        Needs.Program("prlimit");
        string[] prlimit = [.. asRoot ? [] : s_asNobody, "prlimit"];
        const string Service = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = [.. prlimit, "--nofile=2000:4000"], Control = "socket = 'none'" },
            ("plain", Service), ("own", Service + "rlimit.nofile = 3000\n"));
        Tool.Run(prlimit[0], [.. prlimit[1..], $"--pid={daemon.Pid}", "--nofile=1000:1000"]);

        using Client client = daemon.Connect("plain");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Assert.That(ProcFs.Limit(daemon.HandlerOf(client), "Max open files"), Is.EqualTo(("1000", "1000")));

        if (!asRoot)
        {
            // Without the privilege this key cannot be honoured; that affects this service alone.
            using Client other = daemon.Connect("own");
            Assert.That(daemon.WaitFor("launch_failed", "own")["error"], Does.Contain("superd's own hard limit has been lowered"));
        }
    }

    [Test]
    public void The_memory_of_a_superd_that_is_root_is_nobody_elses_and_that_of_its_handlers_is()
    {
        // As root, but without CAP_SYS_PTRACE, which overrides the check: then a process must be dumpable to be read.
        Needs.Root();
        string[] without = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"];
        Needs.Success(without[0], [.. without[1..], "true"]);
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = without });
        bool MayRead(int pid) => Tool.Succeeds(without[0], [.. without[1..], "readlink", $"/proc/{pid}/exe"]);

        Assert.That((MayRead(cat.Daemon.Pid), MayRead(cat.Pid)), Is.EqualTo((false, true)));
        cat.Daemon.Upgrade();
        Assert.That((MayRead(cat.Daemon.Pid), MayRead(cat.Pid)), Is.EqualTo((false, true)));
        Assert.That(cat.Client.Send("hello\n").ReadLine(), Is.EqualTo("hello"));
    }

    private static readonly string[] s_asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    private static string OomScoreOf(int pid) => File.ReadAllText($"/proc/{pid}/oom_score_adj").Trim();

    private static void AssertBlocking(int pid, params int[] descriptors)
    {
        foreach (int fd in descriptors)
        {
            const int O_NONBLOCK = 0x800;
            Assert.That(ProcFs.DescriptorFlags(pid, fd) & O_NONBLOCK, Is.Zero, $"fd {fd} blocks");
        }
    }

    /// <summary>Starts superd from a shell script. bash, because other shells accept only one digit in <c>200&lt;</c>.</summary>
    private static DaemonOptions Through(string script) => new() { Wrapper = ["bash", "-c", script + "; exec \"$@\"", "bash"] };

    private static DaemonOptions ThroughPython(string statement) =>
        new() { Wrapper = ["python3", "-c", $"import os, signal, sys\n{statement}\nos.execv(sys.argv[1], sys.argv[1:])"] };
}
