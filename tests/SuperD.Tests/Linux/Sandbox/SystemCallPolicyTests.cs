using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>Which calls the profiles, the corrections and the promises allow.</summary>
public sealed class SystemCallPolicyTests
{
    private const ulong CloneNewUser = 0x10000000;

    private static readonly SystemCallPolicy s_basic = SystemCallPolicy.Basic;
    private static readonly SystemCallPolicy s_strict = SystemCallPolicy.Strict;

    [TestCase("ptrace")]
    [TestCase("mount")]
    [TestCase("fsopen")]
    [TestCase("bpf")]
    [TestCase("io_uring_setup")]
    [TestCase("userfaultfd")]
    [TestCase("keyctl")]
    [TestCase("unshare")]
    [TestCase("setns")]
    [TestCase("open_by_handle_at")]
    [TestCase("process_vm_readv")]
    [TestCase("pidfd_getfd")]
    [TestCase("kexec_load")]
    [TestCase("finit_module")]
    [TestCase("iopl")]
    [TestCase("modify_ldt")]
    [TestCase("uselib")]
    public void Basic_refuses_what_attacks_the_kernel_or_others(string name) =>
        Assert.That(VerdictOf(s_basic, name), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EPERM)));

    [TestCase("read")]
    [TestCase("execve")]
    [TestCase("fork")]
    [TestCase("connect")]
    [TestCase("listen")]
    [TestCase("landlock_restrict_self")]
    [TestCase("seccomp")]
    [TestCase("pkey_alloc")]
    [TestCase("sched_setscheduler")]
    [TestCase("mseal")]
    public void Basic_allows_the_rest(string name) => Assert.That(VerdictOf(s_basic, name), Is.EqualTo(SystemCallVerdict.Allow));

    [TestCase("read", true)]
    [TestCase("futex_wait", true)]
    [TestCase("prlimit64", true)]
    [TestCase("setpriority", true)]
    [TestCase("sched_setaffinity", true)]
    [TestCase("listen", true)]
    [TestCase("io_submit", true)]
    [TestCase("chown", true)]
    [TestCase("sched_setscheduler", false)]
    [TestCase("mlockall", false)]
    [TestCase("setfsuid", false)]
    [TestCase("pkey_alloc", false)]
    [TestCase("add_key", false)]
    [TestCase("syslog", false)]
    [TestCase("listns", false)]
    public void Strict_allows_what_services_need(string name, bool isAllowed) =>
        Assert.That(VerdictOf(s_strict, name).Action, Is.EqualTo(isAllowed ? SystemCallAction.Allow : SystemCallAction.Refuse));

    [Test]
    public void Strict_allows_nothing_that_basic_refuses() => Assert.That(
        SystemCallTable.Names.Where(name => VerdictOf(s_basic, name) != SystemCallVerdict.Allow).Where(
            name => VerdictOf(s_strict, name) == SystemCallVerdict.Allow),
        Is.Empty);

    [Test]
    public void A_profile_has_a_verdict_on_every_call_that_a_service_needs()
    {
        Assert.That(SystemCallGroups.TryFind("@default", out IReadOnlyList<string> calls), Is.True);
        foreach (string name in calls.Concat(SystemCallPolicy.NeededToLaunch))
        {
            Assert.That(VerdictOf(s_strict, name), Is.EqualTo(SystemCallVerdict.Allow), name);
        }
    }

    [Test]
    public void A_clone_may_make_threads_and_processes_and_no_namespaces()
    {
        Assert.That(VerdictOf(s_basic, "clone", 0x3D0F00), Is.EqualTo(SystemCallVerdict.Allow), "as of pthread_create");
        Assert.That(VerdictOf(s_basic, "clone", 0x01200011), Is.EqualTo(SystemCallVerdict.Allow), "as of fork");
        foreach (int bit in new[] { 17, 25, 26, 27, 28, 29, 30 })
        {
            Assert.That(VerdictOf(s_strict, "clone", 1UL << bit), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EPERM)), $"bit {bit}");
        }

        Assert.That(VerdictOf(s_basic, "clone3"), Is.EqualTo(SystemCallVerdict.Refuse(Errno.ENOSYS)), "its flags cannot be seen");
    }

    [TestCase(1UL, 0UL, true)] // AF_UNIX
    [TestCase(2UL, 6UL, true)] // AF_INET, IPPROTO_TCP
    [TestCase(10UL, 17UL, true)] // AF_INET6, IPPROTO_UDP
    [TestCase(16UL, 0UL, true)] // AF_NETLINK, NETLINK_ROUTE
    [TestCase(16UL, 12UL, false)] // NETLINK_NETFILTER
    [TestCase(17UL, 0UL, false)] // AF_PACKET
    [TestCase(38UL, 0UL, false)] // AF_ALG
    [TestCase(0UL, 0UL, false)]
    [TestCase(0xDEAD_00000011UL, 0UL, false)] // the kernel ignores the upper half
    public void Sockets_are_of_the_families_that_programs_use(ulong family, ulong protocol, bool isAllowed)
    {
        SystemCallVerdict expected = isAllowed ? SystemCallVerdict.Allow : SystemCallVerdict.Refuse(Errno.EAFNOSUPPORT);

        Assert.That(VerdictOf(s_basic, "socket", family, 1, protocol), Is.EqualTo(expected));
        Assert.That(VerdictOf(s_strict, "socketpair", family, 1, protocol), Is.EqualTo(expected));
    }

    [Test]
    public void Nobody_types_into_the_terminal_nor_weakens_the_memorys_layout()
    {
        Assert.That(VerdictOf(s_basic, "ioctl", 0, 0x5412).Action, Is.EqualTo(SystemCallAction.Refuse), "TIOCSTI");
        Assert.That(VerdictOf(s_basic, "ioctl", 0, 0x541C).Action, Is.EqualTo(SystemCallAction.Refuse), "TIOCLINUX");
        Assert.That(VerdictOf(s_basic, "ioctl", 0, 0x5401).Action, Is.EqualTo(SystemCallAction.Allow), "TCGETS");
        Assert.That(VerdictOf(s_strict, "personality", 0xFFFFFFFF).Action, Is.EqualTo(SystemCallAction.Allow), "asks");
        Assert.That(VerdictOf(s_strict, "personality", 0).Action, Is.EqualTo(SystemCallAction.Allow));
        Assert.That(VerdictOf(s_basic, "personality", 0x0040000).Action, Is.EqualTo(SystemCallAction.Refuse), "ADDR_NO_RANDOMIZE");
    }

    [TestCase(337)]
    [TestCase(471)]
    [TestCase(0x3FFFFFFF)]
    public void A_call_that_superd_does_not_know_does_not_exist(int number)
    {
        Assert.That(s_basic.VerdictOn(number, new ulong[6]), Is.EqualTo(SystemCallVerdict.Refuse(Errno.ENOSYS)));
        Assert.That(s_strict.VerdictOn(number, new ulong[6]), Is.EqualTo(SystemCallVerdict.Refuse(Errno.ENOSYS)));
    }

    [TestCase(0x40000000)]
    [TestCase(-1)]
    public void A_call_of_a_foreign_interface_is_killed(int number) =>
        Assert.That(s_basic.VerdictOn(number, new ulong[6]), Is.EqualTo(SystemCallVerdict.Kill));

    [Test]
    public void A_correction_allows_or_refuses_a_call_or_a_group_and_the_later_one_wins()
    {
        SystemCallPolicy policy = s_strict.With(["+@debug", "-ptrace"]).With(["-kill", "+mlockall", "+clone", "+mount", "-mount"]);

        Assert.That(VerdictOf(policy, "perf_event_open"), Is.EqualTo(SystemCallVerdict.Allow));
        Assert.That(VerdictOf(policy, "ptrace"), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EPERM)));
        Assert.That(VerdictOf(policy, "kill"), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EPERM)));
        Assert.That(VerdictOf(policy, "mlockall"), Is.EqualTo(SystemCallVerdict.Allow));
        Assert.That(VerdictOf(policy, "clone", CloneNewUser), Is.EqualTo(SystemCallVerdict.Allow), "with all arguments");
        Assert.That(VerdictOf(policy, "mount").Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(s_strict, "kill"), Is.EqualTo(SystemCallVerdict.Allow), "a policy never changes");
    }

    [Test]
    public void No_correction_refuses_what_a_launch_needs()
    {
        SystemCallPolicy policy = s_basic.With(["-@default", "-@signal", "-execve"]);

        Assert.That(SystemCallPolicy.NeededToLaunch.Select(name => VerdictOf(policy, name)), Is.All.EqualTo(SystemCallVerdict.Allow));
        Assert.That(VerdictOf(policy, "brk").Action, Is.EqualTo(SystemCallAction.Refuse));
    }

    [Test]
    public void Without_a_network_there_are_Unix_sockets_only_and_the_clients_socket_cannot_be_used_for_another()
    {
        SystemCallPolicy policy = s_basic.With(SystemCallOptions.NetworkOff);

        Assert.That(VerdictOf(policy, "socket", 1).Action, Is.EqualTo(SystemCallAction.Allow));
        Assert.That(VerdictOf(policy, "socket", 2), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EAFNOSUPPORT)));
        Assert.That(VerdictOf(policy, "socket", 16), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EAFNOSUPPORT)));
        foreach (string name in new[] { "listen", "accept", "accept4", "bind" })
        {
            Assert.That(VerdictOf(policy, name), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EPERM)), name);
        }

        const ulong FastOpen = 0x20000000, NoSignal = 0x4000;
        Assert.That(VerdictOf(policy, "sendto", 0, 0, 0, FastOpen).Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "sendmsg", 0, 0, FastOpen | NoSignal).Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "sendmmsg", 0, 0, 0, FastOpen).Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "sendto", 0, 0, 0, NoSignal).Action, Is.EqualTo(SystemCallAction.Allow));
        Assert.That(VerdictOf(policy, "connect").Action, Is.EqualTo(SystemCallAction.Allow), "Landlock judges it");
        Assert.That(VerdictOf(policy.With(SystemCallOptions.ConnectOff), "connect").Action, Is.EqualTo(SystemCallAction.Refuse));
    }

    [Test]
    public void A_promise_is_kept_whatever_the_corrections_say_and_lifts_none_that_refuses()
    {
        SystemCallPolicy policy = s_strict
            .With(SystemCallOptions.NetworkOff | SystemCallOptions.ProtectsTruncation)
            .With(["+@network-io", "+truncate", "-sendto", "-socketpair"]);

        Assert.That(VerdictOf(policy, "bind").Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "socket", 2).Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "truncate").Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "sendto").Action, Is.EqualTo(SystemCallAction.Refuse));
        Assert.That(VerdictOf(policy, "socketpair", 1).Action, Is.EqualTo(SystemCallAction.Refuse));
    }

    [Test]
    public void Nobody_leaves_a_set_user_id_program()
    {
        const ulong SetUser = 0x800, SetGroup = 0x400, Sticky = 0x200, Create = 0x40, TemporaryFile = 0x410000;
        foreach (SystemCallPolicy policy in new[] { s_basic, s_strict, s_basic.With(SystemCallOptions.ProtectsTruncation) })
        {
            foreach ((ulong mode, bool isAllowed) in
                new[] { (0x1EDUL, true), (Sticky | 0x1FF, true), (SetUser | 0x1ED, false), (SetGroup, false), (SetUser | SetGroup, false) })
            {
                SystemCallVerdict expected = isAllowed ? SystemCallVerdict.Allow : SystemCallVerdict.Refuse(Errno.EPERM);
                foreach (string name in new[] { "chmod", "fchmod", "mknod", "creat" })
                {
                    Assert.That(VerdictOf(policy, name, 0, mode), Is.EqualTo(expected), name);
                }

                foreach (string name in new[] { "fchmodat", "fchmodat2", "mknodat" })
                {
                    Assert.That(VerdictOf(policy, name, 0, 0, mode), Is.EqualTo(expected), name);
                }

                Assert.That(VerdictOf(policy, "open", 0, Create | 1, mode), Is.EqualTo(expected));
                Assert.That(VerdictOf(policy, "openat", 0, 0, TemporaryFile | 2, mode), Is.EqualTo(expected));
                Assert.That(VerdictOf(policy, "openat", 0, 0, 1, mode), Is.EqualTo(SystemCallVerdict.Allow), "there is no mode");
            }

            Assert.That(VerdictOf(policy, "openat2"), Is.EqualTo(SystemCallVerdict.Refuse(Errno.ENOSYS)), "its mode cannot be seen");
        }

        Assert.That(VerdictOf(s_basic.With(["+chmod"]), "chmod", 0, SetUser), Is.EqualTo(SystemCallVerdict.Allow));
    }

    [Test]
    public void A_file_that_may_only_be_read_is_not_truncated_where_Landlock_does_not_ask()
    {
        const ulong ReadOnly = 0, WriteOnly = 1, ReadWrite = 2, Neither = 3, Truncate = 0x200, Create = 0x40;
        SystemCallPolicy policy = s_basic.With(SystemCallOptions.ProtectsTruncation);

        Assert.That(VerdictOf(policy, "truncate"), Is.EqualTo(SystemCallVerdict.Refuse(Errno.EACCES)));
        Assert.That(VerdictOf(policy, "openat2"), Is.EqualTo(SystemCallVerdict.Refuse(Errno.ENOSYS)));
        foreach ((ulong flags, bool isAllowed) in new[]
        {
            (ReadOnly, true), (ReadOnly | Truncate, false), (WriteOnly | Truncate | Create, true), (ReadWrite | Truncate, true),
            (Neither | Truncate, false), (Neither, true), (ReadOnly | Truncate | Create, false),
        })
        {
            SystemCallVerdict expected = isAllowed ? SystemCallVerdict.Allow : SystemCallVerdict.Refuse(Errno.EACCES);
            Assert.That(VerdictOf(policy, "open", 0, flags), Is.EqualTo(expected), $"{flags:x}");
            Assert.That(VerdictOf(policy, "openat", 0, 0, flags), Is.EqualTo(expected), $"{flags:x}");
        }
    }

    [TestCase(0, SystemCallOptions.NetworkOff | SystemCallOptions.ConnectOff)]
    [TestCase(1, SystemCallOptions.NetworkOff | SystemCallOptions.ConnectOff | SystemCallOptions.ProtectsTruncation)]
    [TestCase(2, SystemCallOptions.NetworkOff | SystemCallOptions.ConnectOff | SystemCallOptions.ProtectsTruncation)]
    [TestCase(3, SystemCallOptions.NetworkOff | SystemCallOptions.ConnectOff)]
    [TestCase(4, SystemCallOptions.NetworkOff)]
    [TestCase(7, SystemCallOptions.NetworkOff)]
    public void The_filter_keeps_the_promises_that_an_older_Landlock_cannot(int abi, SystemCallOptions withoutNetwork)
    {
        Assert.That(SystemCallPolicy.OptionsFor(abi, networkOff: true), Is.EqualTo(withoutNetwork));
        Assert.That(
            SystemCallPolicy.OptionsFor(abi, networkOff: false), Is.EqualTo(withoutNetwork & SystemCallOptions.ProtectsTruncation));
    }

    private static SystemCallVerdict VerdictOf(SystemCallPolicy policy, string name, params ulong[] arguments)
    {
        Array.Resize(ref arguments, 6);
        return policy.VerdictOn(SystemCallTable.NumbersOf(name).Single(), arguments);
    }
}
