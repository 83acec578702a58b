using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The state superd was started with and changes for itself, so that a handler does not inherit the change.</summary>
/// <param name="SoftOpenFiles">The soft NOFILE limit at superd's start; handlers get it back.</param>
/// <param name="HardOpenFiles">The hard NOFILE limit at superd's start.</param>
/// <param name="IgnoredSignals">The signals this process ignores, inherited or not; a handler starts with their default actions.</param>
/// <param name="HasControllingTerminal">If true, each handler needs its own session, so that it cannot reach the terminal.</param>
public sealed record InheritedState(
    ulong SoftOpenFiles,
    ulong HardOpenFiles,
    IReadOnlyList<int> IgnoredSignals,
    bool HasControllingTerminal)
{
    /// <summary>Whether superd's working directory, which it never changes, is the root, as under a service manager.</summary>
    public bool IsInRootDirectory { get; init; }

    /// <summary>Whether a service manager gave superd ambient capabilities, which execve would pass on; see capabilities(7).</summary>
    public bool HasAmbientCapabilities { get; init; } = true;

    /// <summary>The execution domain for handlers: superd's own without the flags that weaken a program; see personality(2).</summary>
    /// <remarks>Null: superd's own domain has no such flag, and handlers inherit it.</remarks>
    public uint? SoundPersonality { get; init; }

    /// <summary>Whether superd runs under a non-default scheduling policy that it may reset for handlers.</summary>
    public bool HasOtherScheduling { get; init; }

    /// <summary>Whether superd is root. Otherwise it stays dumpable, and must: its own files in /proc would be root's.</summary>
    public bool IsRoot { get; init; }

    /// <summary>Whether handlers of other users need session keyrings of their own, so as not to have superd's.</summary>
    public bool NeedsKeyrings { get; init; }

    /// <summary>superd's own <see cref="OomScore"/>; null where no other can be set.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>The environment variables that a service manager set for superd.</summary>
    public ManagerVariables Manager { get; init; } = ManagerVariables.None;

    /// <summary>The descriptors a service manager passed to superd, and that are its own or the administrator's.</summary>
    public IReadOnlyList<PassedSocket> PassedSockets { get; init; } = [];

    /// <summary>Those that an earlier superd has given the manager to keep, see <see cref="PassedSocket.FindKept"/>.</summary>
    public IReadOnlyList<PassedSocket> KeptSockets { get; init; } = [];

    /// <summary>Those that have the name of such a one, and are something else.</summary>
    public IReadOnlyList<(PassedSocket Socket, string Why)> StrangeSockets { get; init; } = [];

    private const int PR_SET_DUMPABLE = 4;
    private const int CapSetUid = 7;
    private const int CapSysNice = 23;

    /// <summary>Flags the kernel clears for a set-user-ID program (PER_CLEAR_ON_SETID), such as no address randomization.</summary>
    private const uint Weakening =
        0x0040000 // ADDR_NO_RANDOMIZE
        | 0x0100000 // MMAP_PAGE_ZERO
        | 0x0200000 // ADDR_COMPAT_LAYOUT
        | 0x0400000; // READ_IMPLIES_EXEC

    /// <summary>
    /// Records the state and prepares this process to be a super-server. Signals are unblocked, SIGTERM is not ignored (it must arrive),
    /// SIGCHLD has its default action (when it is ignored the kernel discards exit statuses), and the soft NOFILE limit is raised to the
    /// hard one. SIGINT and SIGHUP stay ignored if they are: that is how a shell protects a background job, and nohup any process.
    /// Handlers do not see the service manager's descriptors and variables. Run as root, this process becomes non-dumpable, so that no
    /// other user can read its memory or that of a child that still shares it; execve(2) makes a handler dumpable again.
    /// A superd that can change users, but is not the machine's root, gets a closed session keyring; see <see cref="NeedsKeyrings"/>.
    /// Call once, first thing, on the main thread: threads created later inherit its signal mask.
    /// </summary>
    /// <param name="holdsSignals">True after an upgrade: signals stay blocked until <see cref="ProcessImage.ReleaseSignals"/>.</param>
    public static InheritedState Take(bool holdsSignals = false)
    {
        if (!holdsSignals)
        {
            SignalMask.Clear();
        }

        SignalMask.RestoreDefaultAction(Signal.SIGCHLD);
        SignalMask.RestoreDefaultAction(Signal.SIGTERM);
        (ulong soft, ulong hard) = OpenFileLimits.Raise();
        bool isRoot = LibC.geteuid() == 0;
        if (isRoot)
        {
            _ = LibC.syscall((nint)SystemCallNumber.Prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
        }

        // Negative: systemd's LockPersonality= denies even the question, as it does every change. It sets none of these flags itself.
        int personality = LibC.personality(uint.MaxValue);
        ManagerVariables manager = ManagerVariables.Take();
        IReadOnlyList<PassedSocket> passed = PassedSocket.TakeAll(manager);
        IReadOnlyList<PassedSocket> kept = PassedSocket.FindKept(passed, out IReadOnlyList<(PassedSocket, string)> strange);
        return new InheritedState(soft, hard, ReadIgnoredSignals(), OpensTerminal())
        {
            IsInRootDirectory = new FileInfo("/proc/self/cwd").LinkTarget == "/",
            HasAmbientCapabilities = ReadSet("CapAmb") != 0,
            SoundPersonality = personality < 0 || (personality & Weakening) == 0 ? null : (uint)personality & ~Weakening,
            HasOtherScheduling = HasChangeableScheduling(),
            IsRoot = isRoot,
            NeedsKeyrings = HasCapability(CapSetUid) && (IsRootOfMachine() || !Keyring.JoinClosed()),
            OomScoreAdjustment = OomScore.ReadOwn(),
            Manager = manager,
            PassedSockets = [.. passed.Where(socket => !socket.IsKept)],
            KeptSockets = kept,
            StrangeSockets = strange,
        };
    }

    /// <summary>Whether a socket was passed for this address of a service, by the service's name or by address.</summary>
    /// <remarks>Stays true after the socket was taken.</remarks>
    public bool IsPassed(string service, IPEndPoint address) =>
        PassedSockets.Any(socket => socket.IsNamed(service) || socket.Covers(address));

    /// <summary>The SigIgn line of /proc/self/status as signal numbers. Always includes SIGPIPE, which .NET ignores.</summary>
    private static List<int> ReadIgnoredSignals()
    {
        ulong set = ReadSet("SigIgn") ?? 0;
        List<int> signals = [.. Enumerable.Range(1, 64).Where(signal => (set & (1UL << (signal - 1))) != 0)];
        if (!signals.Contains(Signal.SIGPIPE))
        {
            signals.Add(Signal.SIGPIPE);
        }

        return signals;
    }

    /// <summary>A bit set from /proc/self/status; null where the kernel does not report it.</summary>
    private static ulong? ReadSet(string name) =>
        KernelFile.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(name + ':', StringComparison.Ordinal)) is { } line
            ? ulong.Parse(line.AsSpan(name.Length + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Whether the policy is non-default and superd can reset it in a child.</summary>
    /// <remarks>Leaving SCHED_IDLE needs CAP_SYS_NICE; with SCHED_RESET_ON_FORK the kernel resets the policy itself.</remarks>
    private static bool HasChangeableScheduling()
    {
        int policy = LibC.sched_getscheduler(0);
        bool mayRaise = HasCapability(CapSysNice);
        return policy > LibC.SCHED_OTHER && (policy & LibC.SCHED_RESET_ON_FORK) == 0 && (policy != LibC.SCHED_IDLE || mayRaise);
    }

    private static bool HasCapability(int capability) => ((ReadSet("CapEff") ?? 0) >> capability & 1) != 0;

    /// <summary>Whether this user may have a million keys; root of a user namespace may have 200, as any user. See keyrings(7).</summary>
    private static bool IsRootOfMachine() =>
        LibC.geteuid() == 0
        && KernelFile.ReadText("/proc/self/uid_map")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295\n"];

    private static bool OpensTerminal()
    {
        int fd = LibC.open("/dev/tty", LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_CLOEXEC, 0);
        if (fd >= 0)
        {
            _ = LibC.close(fd);
        }

        return fd >= 0;
    }
}
