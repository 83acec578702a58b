using System.Runtime.InteropServices;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>Clone, the plan's system calls, execve: a single launch, without a daemon around it.</summary>
[NonParallelizable]
public sealed class ProcessLauncherTests
{
    private static readonly ProcessLauncher s_launcher = ProcessLauncher.Create(2);

    private static readonly TestCaseData[] s_failures =
    [
        Failure("execve", Errno.ENOENT, _ => { }, "/no/such/program"),
        Failure("execve", Errno.EACCES, _ => { }, "/etc/passwd"),
        Failure("chdir(/no/such/directory)", Errno.ENOENT, plan => plan.ChangeDirectory("/no/such/directory")),
        Failure("chroot(/etc/passwd)", 20 /* ENOTDIR */, plan => plan.ChangeRoot("/etc/passwd")),
        Failure("setrlimit(Core)", Errno.EINVAL, plan => plan.SetLimit(new ResourceLimit(Resource.Core, Soft: 2, Hard: 1))),
        Failure("dup3(socket, -1)", 9 /* EBADF */, plan => plan.PlaceSocket(-1)),
        Failure("rt_sigaction(9)", Errno.EINVAL, plan => plan.DefaultSignal(Signal.SIGKILL)),
    ];

    [Test]
    public void This_kernel_can_launch() => Assert.That(ProcessLauncher.FindObstacle(), Is.Null);

    [Test]
    public void A_child_has_the_pid_its_pidfd_stands_for()
    {
        using LaunchedChild child = Launch(LaunchedChild.Shell("echo $$"));

        string pidOfPidfd = File
            .ReadLines($"/proc/self/fdinfo/{child.Pidfd!.Value}")
            .First(line => line.StartsWith("Pid:", StringComparison.Ordinal));

        Assert.That(child.Error, Is.Null);
        Assert.That(pidOfPidfd.Split('\t')[1], Is.EqualTo($"{child.Pid}"));
        Assert.That(child.ReadToEnd(), Is.EqualTo($"{child.Pid}\n"));
        Assert.That(ClosesOnExec(child.Pidfd), Is.True);
    }

    [Test]
    public void The_pidfd_is_readable_when_the_child_has_ended_and_not_before()
    {
        using LaunchedChild child = Launch(LaunchedChild.Plan(LaunchedChild.Sleeper));
        using var epoll = new Epoll(1);
        _ = epoll.Add(child.Pidfd!, EpollEvents.Readable, 1);
        Assert.That(epoll.Wait(0), Is.Zero);

        _ = SuperD.Linux.ChildProcess.Signal(child.Pidfd!, Signal.SIGTERM);

        Assert.That(epoll.Wait((int)Patience.Limit.TotalMilliseconds), Is.EqualTo(1));
        Assert.That(child.Reap(out _).Signal, Is.EqualTo(Signal.SIGTERM));
    }

    [TestCaseSource(nameof(s_failures))]
    public void A_failed_launch_names_its_step_and_its_errno(string step, int errno, Action<LaunchPlan> others, string program)
    {
        using LaunchedChild child = Launch(LaunchedChild.Plan([program], others));

        Assert.That(child.Error, Is.EqualTo(new LaunchError(step, errno)));
    }

    [Test]
    public void A_failed_launch_leaves_no_process_when_it_is_reaped_and_no_open_socket()
    {
        int[] children = ProcFs.Children(Environment.ProcessId);

        using LaunchedChild child = Launch(LaunchedChild.Plan(["/no/such/program"]));

        Assert.That(ProcFs.Children(Environment.ProcessId), Is.EquivalentTo(children));
        Assert.That(child.Holders, Is.EqualTo(child.Own));
        Assert.That(child.ReadToEnd(), Is.Empty);
    }

    [Test]
    public void After_a_launch_the_launcher_holds_neither_socket_nor_stderr()
    {
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!, write = writeEnd!; // no error
        using LaunchedChild child = Launch(LaunchedChild.Plan(LaunchedChild.Sleeper));

        Assert.That(child.Holders, Is.EqualTo(child.Own));

        Assert.That(s_launcher.TryTake(out Launch? second), Is.True);
        Assert.That(second!.Start(LaunchedChild.Plan(["/bin/true"]), write, write, cgroup: null, out Fd? pidfd), Is.Null); // taken
        _ = LaunchedChild.ReapAtEnd(pidfd!, out _); // no error
        pidfd!.Dispose();
        second.Release();
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
            using LaunchedChild child = Launch(LaunchedChild.Plan(LaunchedChild.Sleeper));

            // The C library's startup code opens a file briefly.
            Patience.Until(
                () => ProcFs.Descriptors(child.Pid).Keys.SequenceEqual([0, 1, 2]),
                $"the child has descriptors 0, 1, 2 only, and not {string.Join(' ', ProcFs.Descriptors(child.Pid).Keys)}");
            Assert.That(ProcFs.Descriptors(child.Pid)[0], Is.EqualTo(child.Pipe));
            Assert.That(ProcFs.Descriptors(child.Pid)[1], Is.EqualTo(child.Pipe));
            Assert.That(ProcFs.Descriptors(child.Pid)[2], Is.EqualTo("/dev/null"));

            // A descriptor table never shrinks: its size shows how much of the parent's was copied.
            Assert.That(TableSize(Environment.ProcessId), Is.GreaterThanOrEqualTo(Many));
            Assert.That(TableSize(child.Pid), Is.LessThan(Many / 2));
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

        using LaunchedChild first = Launch(plan, environment => environment.Add("FIRST="u8, 1));
        using LaunchedChild second = Launch(plan, environment => environment.Add("SECOND="u8, "zwei ü"u8));

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

        using LaunchedChild child = Launch(plan, environment => environment.Add("ZZ="u8, System.Text.Encoding.UTF8.GetBytes(large)));

        // The shell adds PWD, and some shells add _ and SHLVL.
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
            Assert.That(child.ReadToEnd(), Is.EqualTo($"{child.Pid}\n"));
        }
    }

    [Test]
    public void Launches_at_the_same_time_do_not_mix_their_children_up()
    {
        const int Rounds = 50;
        LaunchPlan plan = LaunchedChild.Shell("echo $WHOSE");
        ProcessLauncher launcher = ProcessLauncher.Create(4);
        var outputs = new Dictionary<int, string>();
        for (int round = 0; round < Rounds; round++)
        {
            var running = new List<(int Whose, Launch Launch, Fd Pidfd, Fd Output)>();
            while (launcher.TryTake(out Launch? launch))
            {
                int whose = (round * 4) + running.Count;
                Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
                launch.Environment.Add("WHOSE="u8, whose);
                Assert.That(launch.Start(plan, writeEnd!, stderr: null, cgroup: null, out Fd? pidfd), Is.Null); // no error
                writeEnd!.Dispose();
                running.Add((whose, launch, pidfd!, readEnd!)); // no error
            }

            Assert.That(running, Has.Count.EqualTo(4), "as many at once as there are slots");
            foreach ((int whose, Launch launch, Fd pidfd, Fd output) in running)
            {
                ExitStatus status = LaunchedChild.ReapAtEnd(pidfd, out _);
                Assert.That((status.IsSuccess, launch.State), Is.EqualTo((true, LaunchState.Executed)));
                byte[] text = new byte[100];
                outputs[whose] = System.Text.Encoding.ASCII.GetString(text, 0, output.Read(text).Value);
                launch.Release();
                pidfd.Dispose();
                output.Dispose();
            }
        }

        Assert.That(outputs, Is.EqualTo(Enumerable.Range(0, 4 * Rounds).ToDictionary(whose => whose, whose => $"{whose}\n")));
    }

    [Test]
    public void A_launch_waits_for_nothing_and_a_child_that_stands_still_holds_no_other_up()
    {
        // A child that is born into a frozen cgroup does not run before the cgroup is thawed.
        using var group = TestCgroup.Create();
        group.Write("cgroup.freeze", "1");
        ProcessLauncher launcher = ProcessLauncher.Create(1);
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!, write = writeEnd!; // no error
        Assert.That(launcher.TryTake(out Launch? slow), Is.True);

        Assert.That(slow!.Start(LaunchedChild.Plan(["/bin/true"]), write, null, group.Directory, out Fd? pidfd), Is.Null); // taken
        using Fd child = pidfd!; // no error

        Assert.That(slow.State, Is.EqualTo(LaunchState.UnderWay));
        Assert.That(slow.Release, Throws.InvalidOperationException, "its child still reads it");
        Assert.That(slow.TryFreeSlots(), Is.False, "its child still needs them");
        Assert.That(launcher.TryTake(out _), Is.False, "and there are no others");

        group.Write("cgroup.freeze", "0");
        ExitStatus status = LaunchedChild.ReapAtEnd(child, out _);
        Assert.That((status.IsSuccess, slow.State, slow.TryFreeSlots()), Is.EqualTo((true, LaunchState.Executed, true)));
        Assert.That(launcher.TryTake(out _), Is.True);
    }

    [Test]
    public void The_time_of_execution_lies_between_the_launch_and_the_childs_first_word()
    {
        long before = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!, write = writeEnd!; // no error
        Assert.That(s_launcher.TryTake(out Launch? launch), Is.True);
        Assert.That(launch!.Start(LaunchedChild.Plan(["/bin/true"]), write, null, null, out Fd? pidfd), Is.Null); // taken
        _ = LaunchedChild.ReapAtEnd(pidfd!, out _); // no error
        pidfd!.Dispose();

        Assert.That(launch.ExecuteTime, Is.InRange(before, System.Diagnostics.Stopwatch.GetTimestamp()));
        launch.Release();
    }

    [Test]
    public void Launches_are_used_again_and_allocate_next_to_nothing()
    {
        const int Launches = 50;
        LaunchPlan plan = LaunchedChild.Plan(["/bin/true"]);
        Assert.That(Pipe.Create(out Fd? readEnd, out Fd? writeEnd).IsError, Is.False);
        using Fd read = readEnd!, write = writeEnd!; // no error
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Launches; i++)
        {
            Run();
        }

        // Allows for the pidfd's object.
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / Launches, Is.LessThan(100));

        void Run()
        {
            _ = s_launcher.TryTake(out Launch? launch);
            launch!.Environment.Add("CONNECTION="u8, 17); // throws if there is no slot
            _ = launch.Start(plan, write, null, null, out Fd? pidfd);
            _ = SuperD.Linux.ChildProcess.WaitForEnd(pidfd!, Patience.Limit); // no assertion, because it would allocate
            _ = SuperD.Linux.ChildProcess.Reap(pidfd!, out _, out _);
            pidfd!.Dispose();
            launch.Release();
        }
    }

    [Test]
    public void Another_processor_is_an_obstacle_that_is_said()
    {
        Assert.That(Processor.FindObstacle(System.Runtime.InteropServices.Architecture.RiscV64), Is.EqualTo(
            "superd launches handlers on x86-64 and arm64 only, and this processor is RiscV64; run it on one of these"));
        Assert.That(Processor.FindObstacle(System.Runtime.InteropServices.Architecture.X64), Is.Null);
        Assert.That(Processor.FindObstacle(System.Runtime.InteropServices.Architecture.Arm64), Is.Null);
        Assert.That(ProcessLauncher.FindObstacle(), Is.Null, "this machine runs the tests");
    }

    private static LaunchedChild Launch(LaunchPlan plan, Action<LaunchStrings>? prepare = null) => new(s_launcher, plan, prepare);

    private static TestCaseData Failure(string step, int errno, Action<LaunchPlan> others, string program = "/bin/true") =>
        new TestCaseData(step, errno, others, program).SetArgDisplayNames(step);

    private static bool ClosesOnExec(Fd fd) => (ProcFs.DescriptorFlags(Environment.ProcessId, fd.Value) & LibC.O_CLOEXEC) != 0;

    private static int TableSize(int pid) => int.Parse(ProcFs.Status(pid, "FDSize"));
}
