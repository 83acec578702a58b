namespace SuperD.Linux;

/// <summary>What the profiles of a <see cref="SystemCallPolicy"/> are made of.</summary>
internal static class SystemCallProfiles
{
    /// <summary>CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: a user namespace exposes the whole kernel.</summary>
    private const uint NewNamespaces = 0x7E020000;

    private const uint AddressFamilyUnix = 1;
    private const uint AddressFamilyInet = 2;
    private const uint AddressFamilyInet6 = 10;
    private const uint AddressFamilyNetlink = 16;

    /// <summary>TIOCSTI types for whoever uses the terminal; TIOCLINUX pastes into a virtual console.</summary>
    private const uint TypeIntoTerminal = 0x5412;
    private const uint ControlConsole = 0x541C;

    private const uint AccessMode = 3; // O_ACCMODE
    private const uint WriteOnly = 1; // O_WRONLY
    private const uint ReadAndWrite = 2; // O_RDWR
    private const uint Truncate = 0x200; // O_TRUNC
    private const uint Create = 0x40 | 0x400000; // O_CREAT, __O_TMPFILE: without them a mode means nothing
    private const uint SetIds = 0xC00; // S_ISUID, S_ISGID
    private const uint FastOpen = 0x20000000; // MSG_FASTOPEN

    private const uint All = uint.MaxValue;

    /// <summary>Calls that a profile allows with some arguments only, or that do not exist in it.</summary>
    internal static readonly IReadOnlyDictionary<string, SystemCallRule> ByArguments = MakeByArguments();

    /// <summary>Those of <see cref="ByArguments"/> that give a file its mode.</summary>
    internal static readonly IReadOnlySet<string> GivingModes =
        Calls("chmod creat fchmod fchmodat fchmodat2 mknod mknodat open openat openat2");

    private static readonly HashSet<string> s_refusedByBasic = Calls("""
        @clock @cpu-emulation @debug @keyring @module @mount @obsolete @raw-io @reboot @swap
        acct bpf fanotify_init fanotify_mark io_uring_enter io_uring_register io_uring_setup kcmp listns lsm_set_self_attr mbind
        migrate_pages move_pages name_to_handle_at nfsservctl open_by_handle_at process_madvise process_vm_readv process_vm_writev
        quotactl quotactl_fd set_mempolicy set_mempolicy_home_node setdomainname sethostname setns syslog unshare userfaultfd vhangup
        """);

    private static readonly HashSet<string> s_allowedByStrict = Calls("@system-service @sandbox mincore")
        .Except(Calls("@keyring @resources memfd_secret mlockall setfsgid setfsuid"))
        // .NET does not start without sched_setaffinity; prlimit64 sets a limit as well as setrlimit; a priority can only sink.
        .Union(Calls("sched_setaffinity setpriority setrlimit"))
        .Except(s_refusedByBasic)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>No sockets but those of AF_UNIX.</summary>
    internal static SystemCallRule UnixSocketsOnly { get; } = new(
        SystemCallVerdict.Refuse(Errno.EAFNOSUPPORT), new ArgumentTest(0, All, AddressFamilyUnix, SystemCallVerdict.Allow));

    internal static bool IsAllowedByBasic(string name) => !s_refusedByBasic.Contains(name);

    internal static bool IsAllowedByStrict(string name) => s_allowedByStrict.Contains(name);

    /// <summary>No connection as a side effect of sending.</summary>
    internal static SystemCallRule NoFastOpen(int flagsArgument) => new(
        SystemCallVerdict.Allow, new ArgumentTest(flagsArgument, FastOpen, null, SystemCallVerdict.Refuse(Errno.EPERM)));

    /// <summary>No O_TRUNC unless the file is opened for writing, for which Landlock needs a right.</summary>
    /// <remarks>Not only with O_RDONLY: the access mode 3 opens for neither, so Landlock before ABI 3 asks for no right.</remarks>
    internal static ArgumentTest[] NoTruncation(int flagsArgument) =>
    [
        new ArgumentTest(flagsArgument, Truncate | AccessMode, Truncate, SystemCallVerdict.Refuse(Errno.EACCES)),
        new ArgumentTest(flagsArgument, Truncate | AccessMode, Truncate | AccessMode, SystemCallVerdict.Refuse(Errno.EACCES)),
    ];

    private static Dictionary<string, SystemCallRule> MakeByArguments()
    {
        SystemCallVerdict allow = SystemCallVerdict.Allow;
        SystemCallVerdict refuse = SystemCallVerdict.Refuse(Errno.EPERM);
        SystemCallVerdict noFamily = SystemCallVerdict.Refuse(Errno.EAFNOSUPPORT);

        // One rule for calls with the same arguments: the filter has its code once.
        SystemCallRule secondIsMode = NoSetIds(modeArgument: 1);
        SystemCallRule thirdIsMode = NoSetIds(modeArgument: 2);

        // NETLINK_ROUTE (0) tells a program the machine's addresses; other protocols configure and observe the kernel.
        var families = new SystemCallRule(
            noFamily,
            new ArgumentTest(0, All, AddressFamilyUnix, allow),
            new ArgumentTest(0, All, AddressFamilyInet, allow),
            new ArgumentTest(0, All, AddressFamilyInet6, allow),
            new ArgumentTest(2, All, null, noFamily),
            new ArgumentTest(0, All, AddressFamilyNetlink, allow));
        return new Dictionary<string, SystemCallRule>
        {
            ["clone"] = new(allow, new ArgumentTest(0, NewNamespaces, null, refuse)),

            // Its flags are in memory, where a filter cannot read them. Every C library then uses clone(2).
            ["clone3"] = SystemCallRule.Missing,

            // Nobody leaves a program that gives others the rights of its user, like RestrictSUIDSGID= of systemd.
            ["chmod"] = secondIsMode,
            ["fchmod"] = secondIsMode,
            ["fchmodat"] = thirdIsMode,
            ["fchmodat2"] = thirdIsMode,
            ["mknod"] = secondIsMode,
            ["mknodat"] = thirdIsMode,
            ["creat"] = secondIsMode,
            ["open"] = NoSetIds(modeArgument: 2, flagsArgument: 1),
            ["openat"] = NoSetIds(modeArgument: 3, flagsArgument: 2),
            ["openat2"] = SystemCallRule.Missing, // its mode is in memory; programs use openat(2) then
            ["ioctl"] = new(
                allow,
                new ArgumentTest(1, All, TypeIntoTerminal, refuse),
                new ArgumentTest(1, All, ControlConsole, refuse)),

            // 0 is Linux, ~0 only asks. Others weaken the memory's layout.
            ["personality"] = new(refuse, new ArgumentTest(0, All, 0, allow), new ArgumentTest(0, All, uint.MaxValue, allow)),

            // Its own limits only: with those of another process of its user, superd among them, it could end or block that process.
            ["prlimit64"] = new(refuse, new ArgumentTest(0, All, 0, allow)),
            ["socket"] = families,
            ["socketpair"] = families, // it loads the family's module, too
        }.ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>No set-user-id and set-group-id bits in a mode.</summary>
    /// <param name="flagsArgument">The flags that say whether there is a mode at all; -1 if there always is.</param>
    private static SystemCallRule NoSetIds(int modeArgument, int flagsArgument = -1)
    {
        var refuse = new ArgumentTest(modeArgument, SetIds, null, SystemCallVerdict.Refuse(Errno.EPERM));
        return flagsArgument < 0
            ? new SystemCallRule(SystemCallVerdict.Allow, refuse)
            : new SystemCallRule(
                SystemCallVerdict.Allow, new ArgumentTest(flagsArgument, Create, 0, SystemCallVerdict.Allow), refuse);
    }

    private static HashSet<string> Calls(string names) => names
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(name => SystemCallGroups.TryFind(name, out IReadOnlyList<string> calls) ? calls : [name])
        .ToHashSet(StringComparer.Ordinal);
}
