using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios;

/// <summary>What a handler does not get: descriptors, ignored and blocked signals, whatever superd has or was started with.</summary>
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
                foreach (string service in (string[])["log", "null", "socket"])
                {
                    Client client = daemon.Connect(service);
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

            // Each has a socket of its own; superd keeps those that it will end itself, and no other.
            string[] sockets = [.. handlers.Select(pid => ProcFs.Descriptors(pid)[0])];
            Assert.That(sockets, Is.Unique);
            Assert.That(ProcFs.Descriptors(daemon.Pid).Values.Intersect(sockets), Is.EquivalentTo(sockets.Where((_, index) => index % 3 != 1)));
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

        // The C library's own start opens a file for a moment: here nothing tells when that is over.
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
        // As the seccomp profile of an older container runtime has it: ENOSYS, so that the C library takes clone instead.
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

        Assert.That(cat.Daemon.WaitFor(line => line.Event == "orphan_means", "the means are told")["means"], Does.StartWith("child subreaper"), "cgroups need clone3");
        Assert.That(ProcFs.Signals(cat.Pid, "SigIgn"), Is.Empty);
        Assert.That(ProcFs.Signals(cat.Pid, "SigBlk"), Is.Empty);
        Assert.That(ProcFs.Descriptors(cat.Pid).Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(cat.Client.Send("hello\n").ReadLine(), Is.EqualTo("hello"));
        Assert.That(cat.Client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(cat.Daemon.Stop(), Is.Zero);
    }

    private static void AssertBlocking(int pid, params int[] descriptors)
    {
        foreach (int fd in descriptors)
        {
            const int O_NONBLOCK = 0x800;
            Assert.That(ProcFs.DescriptorFlags(pid, fd) & O_NONBLOCK, Is.Zero, $"fd {fd} blocks");
        }
    }

    /// <summary>superd started by a shell that does something first. bash: others know only one digit in <c>200&lt;</c>.</summary>
    private static DaemonOptions Through(string script) => new() { Wrapper = ["bash", "-c", script + "; exec \"$@\"", "bash"] };

    private static DaemonOptions ThroughPython(string statement) =>
        new() { Wrapper = ["python3", "-c", $"import os, signal, sys\n{statement}\nos.execv(sys.argv[1], sys.argv[1:])"] };
}
