namespace SuperD.Linux;

/// <summary>Groups of system calls under systemd's names, as systemd.exec(5) lists them for SystemCallFilter=.</summary>
/// <remarks>
/// Members that this processor lacks are left out, and calls newer than systemd's lists are in the group of their next of kin. Groups
/// that contain groups are flattened.
/// </remarks>
public static class SystemCallGroups
{
    private static readonly (string Name, string Members)[] s_groups =
    [
        ("@aio", "io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit io_uring_enter io_uring_register io_uring_setup"),
        ("@basic-io", "close close_range dup dup2 dup3 lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv write writev"),
        ("@chown", "chown fchown fchownat lchown"),
        ("@clock", "adjtimex clock_adjtime clock_settime settimeofday"),
        ("@cpu-emulation", "modify_ldt"),
        ("@debug", "lookup_dcookie perf_event_open pidfd_getfd ptrace"),
        ("@default", """
            arch_prctl brk cachestat clock_getres clock_gettime clock_nanosleep execve exit exit_group futex futex_requeue futex_wait
            futex_waitv futex_wake get_robust_list get_thread_area getegid geteuid getgid getgroups getpgid getpgrp getpid getppid
            getrandom getresgid getresuid getrlimit getsid gettid gettimeofday getuid map_shadow_stack membarrier mmap mprotect mseal
            munmap nanosleep pause prlimit64 restart_syscall rseq rt_sigreturn sched_getaffinity sched_yield set_robust_list
            set_thread_area set_tid_address time uprobe uretprobe
            """),
        ("@file-system", """
            access chdir chmod close creat faccessat faccessat2 fallocate fchdir fchmod fchmodat fchmodat2 fcntl fgetxattr
            file_getattr file_setattr flistxattr fremovexattr fsetxattr fstat fstatfs ftruncate futimesat getcwd getdents getdents64
            getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr link linkat listmount
            listxattr listxattrat llistxattr lremovexattr lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2
            readlink readlinkat removexattr removexattrat rename renameat renameat2 rmdir setxattr setxattrat stat statfs statmount
            statx symlink symlinkat truncate unlink unlinkat utime utimensat utimes
            """),
        ("@io-event", """
            epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 poll
            ppoll pselect6 select
            """),
        ("@ipc", """
            memfd_create memfd_secret mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv
            msgsnd pipe pipe2 process_madvise process_vm_readv process_vm_writev semctl semget semop semtimedop shmat shmctl shmdt
            shmget
            """),
        ("@keyring", "add_key keyctl request_key"),
        ("@memlock", "mlock mlock2 mlockall munlock munlockall"),
        ("@module", "delete_module finit_module init_module"),
        ("@mount", """
            chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree open_tree_attr pivot_root umount2
            """),
        ("@network-io", """
            accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto
            setsockopt shutdown socket socketpair
            """),
        ("@obsolete", """
            _sysctl afs_syscall create_module get_kernel_syms getpmsg putpmsg query_module security sysfs tuxcall uselib ustat
            vserver
            """),
        ("@pkey", "pkey_alloc pkey_free pkey_mprotect"),
        ("@privileged", """
            @chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset chroot fanotify_init fanotify_mark nfsservctl
            open_by_handle_at pivot_root quotactl quotactl_fd setdomainname setfsuid setgroups sethostname setresuid setreuid setuid
            vhangup
            """),
        ("@process", """
            capget clone clone3 execveat fork getrusage kill pidfd_open pidfd_send_signal prctl process_mrelease rt_sigqueueinfo
            rt_tgsigqueueinfo setns tgkill times tkill unshare vfork wait4 waitid
            """),
        ("@raw-io", "ioperm iopl"),
        ("@reboot", "kexec_file_load kexec_load reboot"),
        ("@resources", """
            ioprio_set mbind migrate_pages move_pages sched_setaffinity sched_setattr sched_setparam sched_setscheduler set_mempolicy
            set_mempolicy_home_node setpriority setrlimit
            """),
        ("@sandbox", "landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp"),
        ("@setuid", "setgid setgroups setregid setresgid setresuid setreuid setuid"),
        ("@signal", """
            rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend rt_sigtimedwait sigaltstack signalfd signalfd4
            """),
        ("@swap", "swapoff swapon"),
        ("@sync", "fdatasync fsync msync sync sync_file_range syncfs"),
        ("@system-service", """
            @aio @basic-io @chown @default @file-system @io-event @ipc @keyring @memlock @network-io @process @resources @setuid
            @signal @sync @timer capget capset copy_file_range fadvise64 flock get_mempolicy getcpu getpriority ioctl ioprio_get kcmp
            madvise mremap name_to_handle_at personality readahead remap_file_pages sched_get_priority_max sched_get_priority_min
            sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_yield sendfile setfsgid setfsuid setpgid
            setsid splice sysinfo tee umask uname userfaultfd vmsplice
            """),
        ("@timer", """
            alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
            timerfd_gettime timerfd_settime times
            """),
    ];

    private static readonly Dictionary<string, string[]> s_callsByName = s_groups.ToDictionary(
        group => group.Name, group => Flatten(group.Members).Distinct().Where(HasCall).ToArray(), StringComparer.Ordinal);

    /// <summary>The groups' names, each with its <c>@</c>, sorted.</summary>
    public static IEnumerable<string> Names => s_groups.Select(group => group.Name);

    /// <summary>The calls of all groups, on whatever processor.</summary>
    internal static IEnumerable<string> AllMembers => s_groups.SelectMany(group => Flatten(group.Members)).Distinct();

    /// <summary>The names of a group's calls; all are in the <see cref="SystemCallTable"/>.</summary>
    /// <param name="name">With its <c>@</c>: <c>@debug</c>.</param>
    public static bool TryFind(string name, out IReadOnlyList<string> calls)
    {
        bool isFound = s_callsByName.TryGetValue(name, out string[]? members);
        calls = members ?? [];
        return isFound;
    }

    private static bool HasCall(string name) => SystemCallTable.TryFind(name, out _);

    private static IEnumerable<string> Flatten(string members) =>
        members.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SelectMany(
            member => member[0] == '@' ? Flatten(s_groups.First(group => group.Name == member).Members) : [member]);
}
