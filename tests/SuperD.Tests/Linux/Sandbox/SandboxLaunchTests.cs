using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>What the kernel lets a sandboxed child do, and the steps that put it there.</summary>
[NonParallelizable]
public sealed class SandboxLaunchTests : SandboxProbeTests
{
    private const int EBADFD = 77;

    [TestCase(false)]
    [TestCase(true)]
    public void Basic_refuses_what_attacks_the_kernel_and_lets_a_program_run(bool asNobody) => AssertTried(
        new ProbeSandbox { Policy = SystemCallPolicy.Basic, Credentials = As(asNobody) },
        ("fork", "0"),
        ("thread", "0"), // of a C library that tries clone3 first
        ("call:435:0:0", "ENOSYS"), // clone3
        ("call:56:0x10000011", "EPERM"), // clone, CLONE_NEWUSER
        ("call:272:0x10000000", "EPERM"), // unshare, CLONE_NEWUSER
        ("call:101:0", "EPERM"), // ptrace, PTRACE_TRACEME
        ("call:41:17:3:0", "EAFNOSUPPORT"), // socket, AF_PACKET
        ("call:41:16:3:15", "EAFNOSUPPORT"), // AF_NETLINK, NETLINK_KOBJECT_UEVENT
        ("call:41:16:3:0", "0"), // NETLINK_ROUTE
        ("call:41:2:1:0", "0"), // AF_INET
        ("call:16:0:0x5412:0", "EPERM"), // ioctl, TIOCSTI
        ("call:16:0:0x5401:0", "ENOTTY"), // TCGETS
        ("call:135:0x40000", "EPERM"), // personality, ADDR_NO_RANDOMIZE
        ("call:135:0xffffffff", "0"),
        ("call:425:1:0", "EPERM"), // io_uring_setup
        ("call:323:0", "EPERM"), // userfaultfd
        ("call:321:0", "EPERM"), // bpf
        ("call:250:0", "EPERM"), // keyctl
        ("call:423:0", "ENOSYS"),
        ("call:500:0", "ENOSYS"));

    [TestCase(false)]
    [TestCase(true)]
    public void Strict_lets_a_service_run_and_nothing_more(bool asNobody) => AssertTried(
        new ProbeSandbox { Policy = SystemCallPolicy.Strict.With(SystemCallOptions.NetworkOff), Credentials = As(asNobody) },
        ("fork", "0"),
        ("thread", "0"),
        ($"exec:{Probe.Program}", "0"),
        ("call:144:0:0:0", "EPERM"), // sched_setscheduler
        ("call:151:1", "EPERM"), // mlockall
        ("call:103:3:0:0", "EPERM"), // syslog
        ("call:41:2:1:0", "EAFNOSUPPORT"), // socket, AF_INET
        ("call:41:1:1:0", "0"), // AF_UNIX
        ("call:50:0:1", "EPERM"), // listen
        ("call:49:0:0:0", "EPERM"), // bind
        ("call:43:0:0:0", "EPERM"), // accept
        ("call:288:0:0:0", "EPERM"), // accept4
        ("call:44:0:0:0:0x20000000", "EPERM"), // sendto, MSG_FASTOPEN
        ("call:44:0:0:0:0", "ENOTSOCK"),
        ("call:272:0", "EPERM")); // unshare

    [Test]
    public void A_correction_reaches_the_kernel() => AssertTried(
        new ProbeSandbox { Policy = SystemCallPolicy.Basic.With(["+ptrace", "-getppid"]) },
        ("call:101:0", "0"),
        ("call:110", "EPERM"));

    [TestCase("x32:39", "signal 31")]
    [TestCase("int80:20", "signal 31")] // SIGSYS
    public void A_call_of_a_foreign_interface_kills(string attempt, string expected)
    {
        Assert.That(Probe.Try(new ProbeSandbox { Policy = SystemCallPolicy.Basic }, [attempt]), Is.EqualTo(new[] { expected }));
        Assert.That(
            Probe.Try(new ProbeSandbox { Policy = SystemCallPolicy.Strict.With(["+@system-service"]) }, [attempt]),
            Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void A_child_of_root_has_no_capability_nor_gets_one()
    {
        Needs.Root();

        AssertTried(
            new ProbeSandbox(),
            ("call:105:12345", "EPERM"), // setuid
            ("call:153", "EPERM"), // vhangup
            ("call:170:0:0", "EPERM")); // sethostname

        using LaunchedChild child = Launch(LaunchedChild.Shell(
            "grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status",
            plan =>
            {
                plan.DropNewPrivileges();
                plan.SetCapabilities(default);
            }));
        Assert.That(child.ReadToEnd().Replace("\t", ""), Is.EqualTo(
            "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\n"));
    }

    [Test]
    public void A_set_user_id_program_gives_nobody_a_privilege()
    {
        Needs.Root();
        string program = Scratch["suid"];
        File.Copy(Probe.Program, program);
        File.SetUnixFileMode(program, (UnixFileMode)0b100_111_101_101); // 4755
        string[] command = [program, "call:105:0"]; // setuid(0)

        string[] without = Probe.Run(LaunchedChild.Plan(command, plan => plan.SetCredentials(SandboxProbe.Nobody)));
        string[] within = Probe.Run(new ProbeSandbox { Credentials = SandboxProbe.Nobody }.Plan(command));

        Assert.That((without[0], within[0]), Is.EqualTo(("0", "EPERM")));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_file_can_be_read_or_changed_as_its_rule_says_and_others_cannot(bool asNobody)
    {
        Needs.Landlock(3);
        (string readable, string writable, string other) = MakeFiles();
        using LandlockRuleset ruleset = Ruleset([
            new LandlockRule(Probe.Program, LandlockAccess.Read),
            new LandlockRule(readable, LandlockAccess.Read),
            new LandlockRule(writable, LandlockAccess.Write),
            new LandlockRule($"{other}/single", LandlockAccess.Read),
            new LandlockRule("/dev/null", LandlockAccess.Device)]);

        AssertTried(
            new ProbeSandbox { Ruleset = ruleset, Credentials = As(asNobody) },
            ($"open:{readable}/file:0", "0"),
            ($"open:{readable}:0", "0"),
            ($"exec:{readable}/probe", "0"),
            ($"open:{readable}/file:1", "EACCES"),
            ($"open:{readable}/file:0x200", "EACCES"), // O_TRUNC
            ($"open:{readable}/file:0x203", "EACCES"), // and the access mode 3
            ($"open:{readable}/new:0x41", "EACCES"), // O_CREAT, O_WRONLY
            ($"truncate:{readable}/file", "EACCES"),
            ($"rename:{readable}/file:{writable}/file", "EACCES"),
            ($"open:{writable}/new:0x41", "0"),
            ($"truncate:{writable}/new", "0"),
            ($"mkdir:{writable}/directory", "0"),
            ($"rename:{writable}/new:{writable}/directory/new", "0"),
            ($"mknod:{writable}/device", "EACCES"),
            ($"open:{other}/file:0", "EACCES"),
            ($"open:{other}/single:0", "0"),
            ($"open:{other}:0", "EACCES"),
            ($"exec:{other}/probe", "EACCES"),
            ("open:/etc/passwd:0", "EACCES"),
            ("open:/dev/null:2", "0"),
            ("open:/dev/zero:0", "EACCES"));
    }

    [Test]
    public void What_an_older_Landlock_does_not_ask_the_filter_does()
    {
        Needs.Landlock(3);
        (string readable, _, _) = MakeFiles();
        string file = $"{readable}/file";
        using LandlockRuleset ruleset = Ruleset(
            [new LandlockRule(Probe.Program, LandlockAccess.Read), new LandlockRule(readable, LandlockAccess.Read)], abi: 2);
        var sandbox = new ProbeSandbox { Ruleset = ruleset };

        // Why it must.
        AssertTried(sandbox, ($"open:{file}:0x203", "0"));
        Assert.That(new FileInfo(file).Length, Is.Zero);

        File.WriteAllText(file, "text");
        AssertTried(
            sandbox with { Policy = SystemCallPolicy.Basic.With(SystemCallOptions.ProtectsTruncation) },
            ($"truncate:{file}", "EACCES"),
            ($"open:{file}:0x200", "EACCES"),
            ($"open:{file}:0x203", "EACCES"),
            ($"openat2:{file}", "ENOSYS"),
            ($"open:{file}:0", "0"),
            ($"open:{file}:0x201", "EACCES")); // O_TRUNC, O_WRONLY: Landlock's
        Assert.That(File.ReadAllText(file), Is.EqualTo("text"));
    }

    [TestCase("reconnect", "0", "EACCES")]
    [TestCase("relisten", "0", "EPERM")]
    [TestCase("fastopen", "0", "EPERM")]
    [TestCase("connect", "0", "EAFNOSUPPORT")]
    public void The_clients_socket_is_no_way_into_the_network(string attempt, string without, string within)
    {
        Needs.Landlock(4);
        using LandlockRuleset ruleset = Ruleset([new LandlockRule(Probe.Program, LandlockAccess.Read)], networkOff: true);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        string[] attempts = [$"{attempt}:{((IPEndPoint)other.LocalEndpoint).Port}"];
        SystemCallPolicy policy = SystemCallPolicy.Basic.With(SystemCallPolicy.OptionsFor(Landlock.Abi, networkOff: true));

        Assert.That(TryAsHandler(new ProbeSandbox(), attempts), Is.EqualTo(new[] { without }));
        Assert.That(TryAsHandler(new ProbeSandbox { Ruleset = ruleset, Policy = policy }, attempts), Is.EqualTo(new[] { within }));
    }

    [Test]
    public void Where_Landlock_cannot_refuse_a_connection_there_is_none_at_all()
    {
        SystemCallPolicy policy = SystemCallPolicy.Strict.With(SystemCallPolicy.OptionsFor(landlockAbi: 3, networkOff: true));

        Assert.That(TryAsHandler(new ProbeSandbox { Policy = policy }, ["disconnect"]), Is.EqualTo(new[] { "EPERM" }));
    }

    [Test]
    public void A_child_reaches_no_abstract_socket_and_no_process_but_its_own()
    {
        Needs.Landlock(6);
        string name = $"superd-test-{Guid.NewGuid():N}";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint($"\0{name}"));
        listener.Listen();
        using LandlockRuleset ruleset = Ruleset([new LandlockRule(Probe.Program, LandlockAccess.Read)]);
        string[] attempts = [$"abstract:{name}", $"kill:{Environment.ProcessId}:0", "kill:0:0"];

        Assert.That(Probe.Try(new ProbeSandbox(), attempts), Is.EqualTo(new[] { "0", "0", "0" }));
        Assert.That(
            Probe.Try(new ProbeSandbox { Ruleset = ruleset, Others = plan => plan.OwnProcessGroup() }, attempts),
            Is.EqualTo(new[] { "EPERM", "EPERM", "0" }));
    }

    [Test]
    public void A_sandbox_goes_with_all_other_steps()
    {
        Needs.Root();
        Needs.Landlock(1);
        Scratch.MakeDirectory("etc");
        Scratch.Write("etc/hosts", "");
        File.Copy(Probe.Program, Scratch["probe"]);
        using LandlockRuleset ruleset = Ruleset([new LandlockRule("/probe", LandlockAccess.Read)], root: Scratch.Path);
        var sandbox = new ProbeSandbox
        {
            Ruleset = ruleset,
            Policy = SystemCallPolicy.Strict,
            Credentials = SandboxProbe.Nobody,
            Others = plan =>
            {
                plan.SetOomScore(500, descriptor: 4, becomesDumpable: false);
                plan.SetListenPid();
                plan.ChangeRoot(Scratch.Path);
                plan.ChangeDirectory("/");
            },
        };

        using LaunchedChild child = Launch(sandbox.Plan(["/probe", "wait"]));

        Assert.That(child.Error, Is.Null);
        Patience.Until(() => File.ReadAllText($"/proc/{child.Pid}/environ").Length > 0, "execve is done");
        Assert.That(ProcFs.Status(child.Pid, "Seccomp"), Is.EqualTo("2"));
        Assert.That(File.ReadAllText($"/proc/{child.Pid}/oom_score_adj"), Is.EqualTo("500\n"));
        Assert.That(OomScore.ReadOwn(), Is.Not.EqualTo(500), "this process has its own");
        Assert.That(File.ResolveLinkTarget($"/proc/{child.Pid}/root", returnFinalTarget: false)!.FullName, Is.EqualTo(Scratch.Path));
        Assert.That(File.ReadAllText($"/proc/{child.Pid}/environ").TrimEnd('\0'), Is.EqualTo($"LISTEN_PID={child.Pid}"));
        Assert.That(ProcFs.Descriptors(child.Pid).Keys, Is.EqualTo(new[] { 0, 1, 2 }));

        string[] attempts = Probe.Run(sandbox.Plan(["/probe", "open:/probe:0", "open:/etc/hosts:0"]));
        Assert.That(attempts, Is.EqualTo(new[] { "0", "EACCES" }));
    }

    [Test]
    public void A_step_that_fails_is_named()
    {
        Needs.Landlock(1);
        LandlockRuleset ruleset = Ruleset([new LandlockRule(Probe.Program, LandlockAccess.Read)]);
        ruleset.Dispose();

        Assert.That(Probe.Try(new ProbeSandbox { Ruleset = ruleset }, []), Is.EqualTo(new[] { $"dup3 {Errno.EBADF}" }));
        Assert.That(ErrorOfRestricting(to: 0), Is.EqualTo(new LaunchError("landlock_restrict_self", EBADFD)), "no ruleset is there");
        Assert.That(ErrorOfRestricting(to: 17), Is.EqualTo(new LaunchError("landlock_restrict_self", Errno.EBADF)));
        if (NativeMethods.EffectiveUserId() == 0)
        {
            Assert.That(
                ErrorOf(plan =>
                {
                    plan.SetCredentials(SandboxProbe.Nobody);
                    plan.FilterSystemCalls(SystemCallFilter.Compile(SystemCallPolicy.Basic));
                }),
                Is.EqualTo(new LaunchError("seccomp", Errno.EACCES)),
                "nobody may do so with no_new_privs only");
        }

        LaunchError? ErrorOfRestricting(int to) => ErrorOf(plan =>
        {
            plan.DropNewPrivileges();
            plan.Restrict(to);
        });

        LaunchError? ErrorOf(Action<LaunchPlan> steps)
        {
            using LaunchedChild child = Launch(LaunchedChild.Plan(["/bin/true"], steps));
            return child.Error;
        }
    }

    [Test]
    public void Many_launches_in_a_sandbox_leave_no_descriptor()
    {
        Needs.Landlock(1);
        using LandlockRuleset ruleset = Ruleset([new LandlockRule(Probe.Program, LandlockAccess.Read)]);
        var sandbox = new ProbeSandbox { Ruleset = ruleset, Policy = SystemCallPolicy.Strict };
        _ = Probe.Try(sandbox, ["fork"]);
        int before = ProcFs.Descriptors(Environment.ProcessId).Count;

        for (int i = 0; i < 50; i++)
        {
            Assert.That(Probe.Try(sandbox, ["fork"]), Is.EqualTo(new[] { "0" }));
        }

        IReadOnlyDictionary<int, string> open = ProcFs.Descriptors(Environment.ProcessId);
        Assert.That(open, Has.Count.EqualTo(before));
        Assert.That(open.Values.Count(file => file.Contains("landlock-ruleset")), Is.EqualTo(1), "none in a slot");
    }

    private static LandlockRuleset Ruleset(
        IReadOnlyList<LandlockRule> rules, string? root = null, bool networkOff = false, int? abi = null)
    {
        LandlockError? error = LandlockRuleset.Create(rules, root, networkOff, abi ?? Landlock.Abi, out LandlockRuleset? ruleset);
        Assert.That(error, Is.Null);
        return ruleset!; // no error
    }

    private static Credentials? As(bool nobody)
    {
        if (!nobody)
        {
            return null;
        }

        Needs.Root();
        return SandboxProbe.Nobody;
    }

    private (string Readable, string Writable, string Other) MakeFiles()
    {
        string[] directories = [.. new[] { "readable", "writable", "other" }.Select(name => Scratch.MakeDirectory(name, "777"))];
        foreach (string directory in directories)
        {
            foreach (string file in new[] { "file", "single" })
            {
                File.WriteAllText($"{directory}/{file}", "text");
                File.SetUnixFileMode($"{directory}/{file}", (UnixFileMode)0b110_110_110);
            }

            File.Copy(Probe.Program, $"{directory}/probe");
        }

        return (directories[0], directories[1], directories[2]);
    }

    private LaunchedChild Launch(LaunchPlan plan) => new(Probe.Launcher, plan);

    /// <summary>Tries things with a client's socket as stdin and stdout.</summary>
    private string[] TryAsHandler(ProbeSandbox sandbox, string[] attempts)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using Socket accepted = listener.AcceptSocket();
        return Probe.Try(sandbox, attempts, accepted);
    }

    private void AssertTried(ProbeSandbox sandbox, params (string Attempt, string Result)[] expected)
    {
        string[] results = Probe.Try(sandbox, [.. expected.Select(pair => pair.Attempt)]);

        Assert.That(expected.Select(pair => pair.Attempt).Zip(results), Is.EqualTo(expected));
    }
}
