using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux;

/// <summary>Checks what SuperD.Linux copies from the C headers against each processor's C compiler: constants and structures.</summary>
[TestFixture(Toolchain.X64)]
[TestFixture(Toolchain.Arm64)]
public sealed partial class LayoutTests(string processor)
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <grp.h>
        #include <netinet/in.h>
        #include <netinet/tcp.h>
        #include <poll.h>
        #include <pwd.h>
        #include <sched.h>
        #include <signal.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/auxv.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/ipc.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statvfs.h>
        #include <sys/vfs.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>
        #include <linux/audit.h>
        #include <linux/capability.h>
        #include <linux/close_range.h>
        #include <linux/filter.h>
        #include <linux/inet_diag.h>
        #include <linux/keyctl.h>
        #include <linux/landlock.h>
        #include <linux/netlink.h>
        #include <linux/openat2.h>
        #include <linux/seccomp.h>
        #include <linux/sock_diag.h>
        #include <linux/sched.h>
        #include <linux/sockios.h>
        """;

    [Test]
    public void Constants_with_a_C_name_have_the_value_they_have_in_C()
    {
        const BindingFlags Declared = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        Type[] types = [.. typeof(LibC).Assembly.GetTypes().Where(type => !type.IsEnum)];
        (string C, Number Value)[] constants =
        [
            .. types.SelectMany(type => type.GetFields(Declared))
                .Where(field => field.IsLiteral && CName().IsMatch(field.Name))
                .Select(field => (field.Name, (Number)Convert.ToInt64(field.GetRawConstantValue()))),
            .. types.SelectMany(type => type.GetProperties(Declared))
                .Where(property => property.PropertyType == typeof(ByProcessor) && CName().IsMatch(property.Name))
                .Select(property => (property.Name, (Number)(ByProcessor)property.GetValue(null)!)), // a structure
        ];

        Assert.That(
            constants.Select(constant => constant.C),
            Does.Contain("O_CLOEXEC").And.Contain("P_PIDFD").And.Contain("EAGAIN").And.Contain("O_NOFOLLOW"));
        AssertSameInC(Headers, constants);
    }

    [Test]
    public void System_calls_have_their_numbers()
    {
        // RtSigaction becomes SYS_rt_sigaction.
        (string, Number)[] numbers = [.. typeof(SystemCallNumber).GetProperties(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(row => ("SYS" + WordStart().Replace(row.Name, "_$0").ToLowerInvariant(), (Number)(ByProcessor)row.GetValue(null)!))];

        Assert.That(numbers, Is.Not.Empty);
        AssertSameInC(Headers, numbers);
    }

    [Test]
    public void Resources_have_their_numbers() => AssertSameInC(
        Headers,
        ("RLIMIT_CPU", (long)Resource.Cpu),
        ("RLIMIT_FSIZE", (long)Resource.FileSize),
        ("RLIMIT_DATA", (long)Resource.Data),
        ("RLIMIT_STACK", (long)Resource.Stack),
        ("RLIMIT_CORE", (long)Resource.Core),
        ("RLIMIT_RSS", (long)Resource.ResidentSet),
        ("RLIMIT_NPROC", (long)Resource.Processes),
        ("RLIMIT_NOFILE", (long)Resource.OpenFiles),
        ("RLIMIT_MEMLOCK", (long)Resource.LockedMemory),
        ("RLIMIT_AS", (long)Resource.AddressSpace),
        ("RLIM_INFINITY", unchecked((long)ResourceLimit.Unlimited)));

    [Test]
    public void Locks_have_their_structure() => AssertSameInC(
        Headers,
        ("sizeof(struct flock)", Marshal.SizeOf<LibC.flock_t>()),
        ("offsetof(struct flock, l_start)", (int)Marshal.OffsetOf<LibC.flock_t>(nameof(LibC.flock_t.l_start))),
        ("offsetof(struct flock, l_len)", (int)Marshal.OffsetOf<LibC.flock_t>(nameof(LibC.flock_t.l_len))));

    [Test]
    public void Epoll_events_have_their_bits_and_their_stride() => AssertSameInC(
        Headers,
        ("EPOLLIN", (long)EpollEvents.Readable),
        ("EPOLLOUT", (long)EpollEvents.Writable),
        ("EPOLLERR", (long)EpollEvents.Error),
        ("EPOLLHUP", (long)EpollEvents.HangUp),
        ("sizeof(struct epoll_event)", Epoll.EventSize),
        ("offsetof(struct epoll_event, data)", Epoll.TokenOffset));

    [Test]
    public void Clone_is_called_with_the_flags_the_launcher_names() => AssertSameInC(
        Headers,
        ("CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_CHILD_CLEARTID", (long)ProcessLauncher.Flags),
        ("CLONE_CLEAR_SIGHAND", (long)ProcessLauncher.ClearHandlers),
        ("CLONE_INTO_CGROUP", (long)ProcessLauncher.IntoCgroup));

    [Test]
    public void A_filter_is_made_of_the_kernels_codes() => AssertSameInC(
        Headers,
        ("BPF_LD | BPF_W | BPF_ABS", FilterProgram.LoadCode),
        ("BPF_ALU | BPF_AND | BPF_K", FilterProgram.AndCode),
        ("BPF_JMP | BPF_JA", FilterProgram.JumpCode),
        ("BPF_JMP | BPF_JEQ | BPF_K", FilterProgram.IfEqualCode),
        ("BPF_JMP | BPF_JGE | BPF_K", FilterProgram.IfAtLeastCode),
        ("BPF_JMP | BPF_JSET | BPF_K", FilterProgram.IfAnyCode),
        ("BPF_RET | BPF_K", FilterProgram.ReturnCode),
        ("sizeof(struct sock_filter)", sizeof(ulong)),
        ("offsetof(struct sock_filter, jt)", 2),
        ("offsetof(struct sock_filter, jf)", 3),
        ("offsetof(struct sock_filter, k)", 4),
        ("offsetof(struct sock_fprog, filter)", 8),
        ("offsetof(struct seccomp_data, nr)", SystemCallCompiler.NumberOffset),
        ("offsetof(struct seccomp_data, arch)", SystemCallCompiler.ArchitectureOffset),
        ("offsetof(struct seccomp_data, args)", SystemCallCompiler.ArgumentsOffset),
        ("SECCOMP_RET_ALLOW", SystemCallCompiler.ReturnAllow),
        ("SECCOMP_RET_KILL_PROCESS", SystemCallCompiler.ReturnKillProcess),
        ("SECCOMP_RET_ERRNO", SystemCallCompiler.ReturnErrno),
        ("SECCOMP_RET_USER_NOTIF", SystemCallCompiler.ReturnNotify),
        ("AUDIT_ARCH_X86_64", SystemCallTable.ArchitectureOfX64),
        ("AUDIT_ARCH_AARCH64", SystemCallTable.ArchitectureOfArm64));

    [Test]
    public void Waiting_calls_are_received_and_answered_as_in_C() => AssertSameInC(
        Headers,
        ("SECCOMP_IOCTL_NOTIF_RECV", SystemCallNotifications.ReceiveRequest),
        ("SECCOMP_IOCTL_NOTIF_SEND", SystemCallNotifications.SendRequest),
        ("SECCOMP_IOCTL_NOTIF_ID_VALID", SystemCallNotifications.IsValidRequest),
        ("SECCOMP_USER_NOTIF_FLAG_CONTINUE", SystemCallNotifications.ContinueFlag),
        ("sizeof(struct seccomp_notif)", 80),
        ("offsetof(struct seccomp_notif, pid)", 8),
        ("offsetof(struct seccomp_notif, data.nr)", 16),
        ("offsetof(struct seccomp_notif, data.args)", 32),
        ("sizeof(struct seccomp_notif_resp)", 24),
        ("offsetof(struct seccomp_notif_resp, error)", 16));

    [Test]
    public unsafe void A_ruleset_is_described_as_in_C() => AssertSameInC(
        Headers,
        ("LANDLOCK_CREATE_RULESET_VERSION", 1),
        ("LANDLOCK_RULE_PATH_BENEATH", 1),
        ("LANDLOCK_ACCESS_FS_EXECUTE", (long)LandlockRights.Execute),
        ("LANDLOCK_ACCESS_FS_WRITE_FILE", (long)LandlockRights.WriteFile),
        ("LANDLOCK_ACCESS_FS_READ_FILE", (long)LandlockRights.ReadFile),
        ("LANDLOCK_ACCESS_FS_READ_DIR", (long)LandlockRights.ReadDirectory),
        ("LANDLOCK_ACCESS_FS_MAKE_CHAR", (long)LandlockRights.MakeCharacterDevice),
        ("LANDLOCK_ACCESS_FS_MAKE_BLOCK", (long)LandlockRights.MakeBlockDevice),
        ("LANDLOCK_ACCESS_FS_MAKE_SYM", (long)LandlockRights.MakeSymbolicLink),
        ("LANDLOCK_ACCESS_FS_REFER", (long)LandlockRights.Refer),
        ("sizeof(struct landlock_path_beneath_attr)", sizeof(LandlockRuleset.PathAttributes)),
        ("offsetof(struct landlock_path_beneath_attr, parent_fd)", sizeof(ulong)),
        ("sizeof(struct open_how)", 24),
        ("RESOLVE_IN_ROOT", 0x10),
        ("sizeof(struct __user_cap_header_struct)", 8),
        ("_LINUX_CAPABILITY_VERSION_3", 0x20080522),
        ("_LINUX_CAPABILITY_U32S_3 * sizeof(struct __user_cap_data_struct)", 24));

    [Test]
    public unsafe void The_routine_finds_a_launchs_record_where_it_writes()
    {
        LaunchRecord record;
        Assert.That((byte*)&record.Shares - (byte*)&record, Is.Zero, "the address of the record is child_tid");
        Assert.That((byte*)&record.Step - (byte*)&record, Is.EqualTo(8));
        Assert.That((byte*)&record.NegativeErrno - (byte*)&record, Is.EqualTo(16));
        Assert.That(sizeof(LaunchStep), Is.EqualTo(56));
    }

    [Test]
    public unsafe void Structures_have_their_fields_where_C_has_them()
    {
        LibC.rlimit limit;
        LibC.passwd user;
        LibC.group group;
        LibC.statx_t status;
        LibC.statfs_t fileSystem;
        LibC.msghdr message;
        LibC.cmsghdr control;
        LibC.pollfd polled;
        AssertSameInC(
            Headers,
            ("sizeof(struct rlimit)", sizeof(LibC.rlimit)),
            ("offsetof(struct rlimit, rlim_max)", (byte*)&limit.rlim_max - (byte*)&limit),
            ("sizeof(struct passwd)", sizeof(LibC.passwd)),
            ("offsetof(struct passwd, pw_uid)", (byte*)&user.pw_uid - (byte*)&user),
            ("offsetof(struct passwd, pw_gid)", (byte*)&user.pw_gid - (byte*)&user),
            ("offsetof(struct passwd, pw_shell)", (byte*)&user.pw_shell - (byte*)&user),
            ("sizeof(struct group)", sizeof(LibC.group)),
            ("offsetof(struct group, gr_gid)", (byte*)&group.gr_gid - (byte*)&group),
            ("offsetof(struct group, gr_mem)", (byte*)&group.gr_mem - (byte*)&group),
            ("sizeof(struct statx)", sizeof(LibC.statx_t)),
            ("offsetof(struct statx, stx_uid)", (byte*)&status.stx_uid - (byte*)&status),
            ("offsetof(struct statx, stx_gid)", (byte*)&status.stx_gid - (byte*)&status),
            ("offsetof(struct statx, stx_mode)", (byte*)&status.stx_mode - (byte*)&status),
            ("offsetof(struct statx, stx_ctime.tv_sec)", (byte*)&status.stx_ctime_sec - (byte*)&status),
            ("offsetof(struct statx, stx_ctime.tv_nsec)", (byte*)&status.stx_ctime_nsec - (byte*)&status),
            ("offsetof(struct statx, stx_size)", (byte*)&status.stx_size - (byte*)&status),
            ("offsetof(struct statx, stx_mtime)", (byte*)&status.stx_mtime_sec - (byte*)&status),
            ("offsetof(struct statx, stx_ctime)", (byte*)&status.stx_ctime_sec - (byte*)&status),
            ("offsetof(struct statx, stx_dev_major)", (byte*)&status.stx_dev_major - (byte*)&status),
            ("offsetof(struct statx, stx_dev_minor)", (byte*)&status.stx_dev_minor - (byte*)&status),
            ("sizeof(struct statfs)", sizeof(LibC.statfs_t)),
            ("offsetof(struct statfs, f_flags)", (byte*)&fileSystem.f_flags - (byte*)&fileSystem),
            ("sizeof(struct iovec)", sizeof(LibC.iovec)),
            ("sizeof(struct msghdr)", sizeof(LibC.msghdr)),
            ("offsetof(struct msghdr, msg_iov)", (byte*)&message.msg_iov - (byte*)&message),
            ("offsetof(struct msghdr, msg_control)", (byte*)&message.msg_control - (byte*)&message),
            ("offsetof(struct msghdr, msg_controllen)", (byte*)&message.msg_controllen - (byte*)&message),
            ("offsetof(struct msghdr, msg_flags)", (byte*)&message.msg_flags - (byte*)&message),
            ("CMSG_LEN(0)", sizeof(LibC.cmsghdr)),
            ("sizeof(struct pollfd)", sizeof(LibC.pollfd)),
            ("offsetof(struct pollfd, revents)", (byte*)&polled.revents - (byte*)&polled),
            ("offsetof(struct cmsghdr, cmsg_type)", (byte*)&control.cmsg_type - (byte*)&control),
            ("offsetof(struct in_pktinfo, ipi_spec_dst)", 4),
            ("offsetof(struct in_pktinfo, ipi_addr)", 8),
            ("offsetof(struct in6_pktinfo, ipi6_addr)", 0),
            ("offsetof(struct in6_pktinfo, ipi6_ifindex)", 16),
            ("sizeof(struct ucred)", 3 * sizeof(uint)),
            ("sizeof(struct sockaddr_in6)", InetEndPoint.MaxSockaddrLength));
    }

    [Test]
    public void What_is_read_of_waitid_lies_where_it_is_read() => AssertSameInC(
        Headers,
        ("sizeof(siginfo_t)", 128),
        ("offsetof(siginfo_t, si_code)", 8),
        ("offsetof(siginfo_t, si_pid)", 16),
        ("offsetof(siginfo_t, si_status)", 24),
        ("sizeof(struct rusage)", 18 * sizeof(long)),
        ("offsetof(struct rusage, ru_utime.tv_usec)", 1 * sizeof(long)),
        ("offsetof(struct rusage, ru_stime)", 2 * sizeof(long)),
        ("offsetof(struct rusage, ru_maxrss)", 4 * sizeof(long)));

    [Test]
    public void What_is_read_of_a_TCP_connection_lies_where_it_is_read() => AssertSameInC(
        "#include <stddef.h>\n#include <stdio.h>\n#include <linux/inet_diag.h>\n#include <linux/netlink.h>\n#include <linux/tcp.h>\n",
        ("offsetof(struct tcp_info, tcpi_rtt)", 68),
        ("offsetof(struct tcp_info, tcpi_last_data_sent)", 44),
        ("offsetof(struct tcp_info, tcpi_last_data_recv)", 52),
        ("offsetof(struct tcp_info, tcpi_bytes_acked)", 120),
        ("offsetof(struct tcp_info, tcpi_bytes_received)", 128),
        ("offsetof(struct tcp_info, tcpi_notsent_bytes)", 144),
        ("offsetof(struct tcp_info, tcpi_bytes_sent)", 200),
        ("offsetof(struct tcp_info, tcpi_bytes_retrans)", 208),
        ("sizeof(struct nlmsghdr)", 16),
        ("sizeof(struct inet_diag_req_v2)", 56),
        ("offsetof(struct inet_diag_req_v2, id.idiag_cookie)", 8 + 40),
        ("sizeof(struct inet_diag_msg)", 72),
        ("offsetof(struct inet_diag_msg, idiag_state)", 1),
        ("offsetof(struct inet_diag_msg, id.idiag_cookie)", 44),
        ("offsetof(struct inet_diag_msg, idiag_rqueue)", 56));

    [Test]
    public void The_kernels_signal_structures_are_smaller_than_those_of_the_C_library() => AssertSameInC(
        "#include <stdio.h>\n#include <asm/signal.h>\n",
        ("sizeof(struct sigaction)", LibC.KernelSigactionSize),
        ("sizeof(sigset_t)", LibC.KernelSignalSetSize));

    private void AssertSameInC(string headers, params (string C, Number Value)[] expressions)
    {
        using var directory = new TempDir();
        string values = string.Concat(expressions.Select(expression => $"    (long long)({expression.C}),\n"));
        string source = directory.Write("values.c", $"{headers}\nconst long long values[] =\n{{\n{values}}};\n");

        byte[] inC = new Toolchain(processor).Compile(directory, source, ".rodata");

        long Of(Number value) => processor == Toolchain.X64 ? value.X64 : value.Arm64;
        Assert.That(
            expressions.Select(expression => $"{expression.C} = {Of(expression.Value)}"),
            Is.EqualTo(MemoryMarshal.Cast<byte, long>(inC).ToArray().Zip(expressions, (value, expression) => $"{expression.C} = {value}")));
    }

    /// <summary>A number, which is the same on all processors unless it says otherwise.</summary>
    private readonly record struct Number(long X64, long Arm64)
    {
        public static implicit operator Number(long value) => new(value, value);

        public static implicit operator Number(ByProcessor value) => new(value.X64, value.Arm64);
    }

    [GeneratedRegex("^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")]
    private static partial Regex CName();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex WordStart();
}
