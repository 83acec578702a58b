using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>Clone, the plan's system calls, execve: one launch by itself, without a daemon round it.</summary>
[NonParallelizable]
public sealed class ProcessLauncherTests
{
    private static readonly ProcessLauncher s_launcher = ProcessLauncher.Create(1)[0];

    private static readonly TestCaseData[] s_failures =
    [
        Failure("execve", Errno.ENOENT, _ => { }, "/no/such/program"),
        Failure("execve", Errno.EACCES, _ => { }, "/etc/passwd"),
        Failure("chdir(/no/such/directory)", Errno.ENOENT, plan => plan.ChangeDirectory("/no/such/directory")),
        Failure("chroot(/etc/passwd)", 20 /* ENOTDIR */, plan => plan.ChangeRoot("/etc/passwd")),
        Failure("setrlimit(Core)", Errno.EINVAL, plan => plan.SetLimit(new ResourceLimit(Resource.Core, Soft: 2, Hard: 1))),
        Failure("dup2(socket, -1)", 9 /* EBADF */, plan => plan.PlaceSocket(-1)),
        Failure("rt_sigaction(9)", Errno.EINVAL, plan => plan.DefaultSignal(Signal.SIGKILL)),
    ];

    [Test]
    public void This_kernel_can_launch() => Assert.That(ProcessLauncher.FindObstacle(), Is.Null);

    [Test]
    public void A_child_has_the_pid_its_pidfd_stands_for()
    {
        using LaunchedChild child = Launch(LaunchedChild.Shell("echo $$"));

        string pidOfPidfd = File.ReadLines($"/proc/self/fdinfo/{child.Result.Pidfd!.Value}").First(line => line.StartsWith("Pid:", StringComparison.Ordinal));

        Assert.That(child.Result.FailedStep, Is.Null);
        Assert.That(child.Result.Errno, Is.Zero);
        Assert.That(pidOfPidfd.Split('\t')[1], Is.EqualTo($"{child.Result.Pid}"));
        Assert.That(child.ReadToEnd(), Is.EqualTo($"{child.Result.Pid}\n"));
        Assert.That(ClosesOnExec(child.Result.Pidfd), Is.True);
    }

    [Test]
    public void The_pidfd_is_readable_when_the_child_has_ended_and_not_before()
    {
        using LaunchedChild child = Launch(LaunchedChild.Plan(["/bin/sleep", "1000"]));
        using var epoll = new Epoll(1);
        _ = epoll.Add(child.Result.Pidfd!, EpollEvents.Readable, 1);
        Assert.That(epoll.Wait(0), Is.Zero);

        _ = SuperD.Linux.ChildProcess.Signal(child.Result.Pidfd!, Signal.SIGTERM);

        Assert.That(epoll.Wait((int)Patience.Limit.TotalMilliseconds), Is.EqualTo(1));
        Assert.That(child.Reap(out _).Signal, Is.EqualTo(Signal.SIGTERM));
    }

    [TestCaseSource(nameof(s_failures))]
    public void A_failed_launch_names_its_step_and_its_errno(string step, int errno, Action<LaunchPlan> others, string program)
    {
        using LaunchedChild child = Launch(LaunchedChild.Plan([program], others));

        Assert.That((child.Result.FailedStep, child.Result.Errno), Is.EqualTo((step, errno)));
    }

    [Test]
    public void A_failed_launch_leaves_no_process_no_pidfd_and_no_open_socket()
    {
        int[] children = ProcFs.Children(Environment.ProcessId);
        int pidfds = CountPidfds();

        using LaunchedChild child = Launch(LaunchedChild.Plan(["/no/such/program"]));

        Assert.That((child.Result.Pid, child.Result.Pidfd), Is.EqualTo((0, (Fd?)null)));
        Assert.That(ProcFs.Children(Environment.ProcessId), Is.EquivalentTo(children));
        Assert.That(CountPidfds(), Is.EqualTo(pidfds));
        Assert.That(child.Holders, Is.EqualTo(child.Own));
        Assert.That(child.ReadToEnd(), Is.Empty);
    }

    [Test]
    public void After_a_launch_the_launcher_holds_neither_socket_nor_stderr()
    {
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!, write = writeEnd!; // no error
        using LaunchedChild child = Launch(LaunchedChild.Plan(["/bin/sleep", "1000"]));

        Assert.That(child.Holders, Is.EqualTo(child.Own));

        LaunchResult second = s_launcher.Launch(LaunchedChild.Plan(["/bin/true"]), write, write, cgroup: null);
        _ = SuperD.Linux.ChildProcess.Reap(second.Pidfd!, out _, out _); // it launched, or this throws
        second.Pidfd!.Dispose();
        write.Dispose();
        Assert.That(read.Read(new byte[1]), Is.EqualTo(SysResult.Ok()), "the end of the stream: nobody else holds the write end");
    }

    [Test]
    public void A_child_gets_its_own_descriptors_only_and_the_others_are_not_even_copied()
    {
        const int Many = 1000;
        FileStream[] others = [.. Enumerable.Range(0, Many).Select(_ => File.OpenRead("/dev/null"))];
        try
        {
            using LaunchedChild child = Launch(LaunchedChild.Plan(["/bin/sleep", "1000"]));

            // The C library's own start opens a file for a moment.
            Patience.Until(
                () => ProcFs.Descriptors(child.Result.Pid).Keys.SequenceEqual([0, 1, 2]),
                $"the child has descriptors 0, 1, 2 only, and not {string.Join(' ', ProcFs.Descriptors(child.Result.Pid).Keys)}");
            Assert.That(ProcFs.Descriptors(child.Result.Pid)[0], Is.EqualTo(child.Pipe));
            Assert.That(ProcFs.Descriptors(child.Result.Pid)[1], Is.EqualTo(child.Pipe));
            Assert.That(ProcFs.Descriptors(child.Result.Pid)[2], Is.EqualTo("/dev/null"));

            // A table never shrinks: its size tells how much of the parent's was copied.
            Assert.That(TableSize(Environment.ProcessId), Is.GreaterThanOrEqualTo(Many));
            Assert.That(TableSize(child.Result.Pid), Is.LessThan(Many / 2));
        }
        finally
        {
            Array.ForEach(others, file => file.Dispose());
        }
    }

    [Test]
    public void Each_launch_has_the_plans_variables_and_its_own_and_none_of_the_last()
    {
        LaunchPlan plan = LaunchedChild.Plan(["/usr/bin/env"]);
        plan.SetEnvironment("OF_ALL", "plan");

        s_launcher.Environment.Add("FIRST="u8, 1);
        using LaunchedChild first = Launch(plan);
        s_launcher.Environment.Add("SECOND="u8, "zwei ü"u8);
        using LaunchedChild second = Launch(plan);

        Assert.That(first.ReadToEnd(), Is.EqualTo("OF_ALL=plan\nFIRST=1\n"));
        Assert.That(second.ReadToEnd(), Is.EqualTo("OF_ALL=plan\nSECOND=zwei ü\n"));
    }

    [Test]
    public void A_plan_may_have_any_number_of_steps_variables_and_bytes()
    {
        string large = new('x', 10_000);
        LaunchPlan plan = LaunchedChild.Shell("env | sort | tail -n 1; env | wc -l", others =>
        {
            for (int i = 0; i < 200; i++)
            {
                others.SetUmask(i);
                others.SetEnvironment($"V{i}", large);
            }
        });

        s_launcher.Environment.Add("ZZ="u8, System.Text.Encoding.UTF8.GetBytes(large));
        using LaunchedChild child = Launch(plan);

        // The shell adds PWD, and some shells _ and SHLVL.
        string[] output = child.ReadToEnd().Split('\n');
        Assert.That(output[0].Split('=')[1], Is.EqualTo(large));
        Assert.That(int.Parse(output[1]), Is.InRange(201, 205));
    }

    [Test]
    public void Signals_are_blocked_for_the_launch_only_and_the_child_has_none_blocked()
    {
        ulong before = SignalMask.Exchange(0);
        ulong own = before | 0x800; // SIGUSR2
        _ = SignalMask.Exchange(own);

        using LaunchedChild child = Launch(LaunchedChild.Shell("grep ^SigBlk /proc/self/status"));

        Assert.That(SignalMask.Exchange(before), Is.EqualTo(own));
        Assert.That(child.ReadToEnd(), Is.EqualTo("SigBlk:\t0000000000000000\n"));
    }

    [Test]
    public void A_signal_this_process_ignores_has_its_default_action_where_the_plan_says_so()
    {
        string own = ProcFs.Status(Environment.ProcessId, "SigIgn");
        Assert.That(Convert.ToUInt64(own, 16) & (1UL << (Signal.SIGPIPE - 1)), Is.Not.Zero, "the runtime ignores SIGPIPE");

        using LaunchedChild child = Launch(LaunchedChild.Shell("kill -PIPE $$; echo survived", plan => plan.DefaultSignal(Signal.SIGPIPE)));

        Assert.That(child.ReadToEnd(), Is.Empty);
        Assert.That(child.Reap(out _).Signal, Is.EqualTo(Signal.SIGPIPE));
    }

    [Test]
    public void A_wait_handlers_LISTEN_PID_is_its_own_pid()
    {
        LaunchPlan plan = LaunchedChild.Shell("echo $LISTEN_PID", others => others.SetListenPid());

        for (int i = 0; i < 3; i++)
        {
            using LaunchedChild child = Launch(plan);
            Assert.That(child.ReadToEnd(), Is.EqualTo($"{child.Result.Pid}\n"));
        }
    }

    [Test]
    public void Launchers_at_work_at_the_same_time_do_not_mix_their_children_up()
    {
        const int Launches = 25;
        LaunchPlan plan = LaunchedChild.Shell("echo $WHOSE");
        ProcessLauncher[] launchers = ProcessLauncher.Create(4);
        string[] outputs = new string[launchers.Length * Launches];

        Task[] threads = [.. launchers.Select((launcher, which) => Task.Factory.StartNew(
            () =>
            {
                for (int i = which * Launches; i < (which + 1) * Launches; i++)
                {
                    launcher.Environment.Add("WHOSE="u8, i);
                    using var child = new LaunchedChild(launcher, plan);
                    outputs[i] = child.ReadToEnd();
                }
            },
            TaskCreationOptions.LongRunning))];
        Task.WaitAll(threads);

        Assert.That(outputs, Is.EqualTo(Enumerable.Range(0, outputs.Length).Select(i => $"{i}\n")));
    }

    private static LaunchedChild Launch(LaunchPlan plan) => new(s_launcher, plan);

    private static TestCaseData Failure(string step, int errno, Action<LaunchPlan> others, string program = "/bin/true") =>
        new TestCaseData(step, errno, others, program).SetArgDisplayNames(step);

    private static bool ClosesOnExec(Fd fd) => (ProcFs.DescriptorFlags(Environment.ProcessId, fd.Value) & LibC.O_CLOEXEC) != 0;

    private static int CountPidfds() => ProcFs.Descriptors(Environment.ProcessId).Values.Count(link => link == "anon_inode:[pidfd]");

    private static int TableSize(int pid) => int.Parse(ProcFs.Status(pid, "FDSize"));
}
