using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>What superd was started with and must not hand on to handlers as it has become: signals, descriptors, terminal.</summary>
/// <param name="SoftOpenFiles">The soft NOFILE limit superd was started with; handlers get it back.</param>
/// <param name="HardOpenFiles">The hard NOFILE limit.</param>
/// <param name="IgnoredSignals">Signals this process ignores, by whoever's wish; a handler starts with the default action for each.</param>
/// <param name="HasControllingTerminal">Then each handler needs a session of its own, so that it can never reach the terminal.</param>
public sealed record InheritedState(
    ulong SoftOpenFiles,
    ulong HardOpenFiles,
    IReadOnlyList<int> IgnoredSignals,
    bool HasControllingTerminal)
{
    /// <summary>Whether superd's working directory, in which it stays, is the root, as it is under a service manager.</summary>
    public bool IsInRootDirectory { get; init; }

    /// <summary>Whether a service manager gave superd ambient capabilities, which a program would keep that superd executes; see capabilities(7).</summary>
    public bool HasAmbientCapabilities { get; init; } = true;

    /// <summary>superd's execution domain, see personality(2), without what weakens a program: to be set for handlers. Null: it is superd's own.</summary>
    public uint? SoundPersonality { get; init; }

    /// <summary>Whether superd was started under another scheduling policy than the ordinary one, and may give handlers that.</summary>
    public bool HasOtherScheduling { get; init; }

    /// <summary>superd's own <see cref="OomScore"/>; null where nobody can be given another.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>What a service manager told superd.</summary>
    public ManagerVariables Manager { get; init; } = ManagerVariables.None;

    /// <summary>The descriptors a service manager passed to superd.</summary>
    public IReadOnlyList<PassedSocket> PassedSockets { get; init; } = [];

    private const int PR_SET_DUMPABLE = 4;
    private const int CapSysNice = 23;

    /// <summary>What the kernel takes from a set-user-ID program (PER_CLEAR_ON_SETID): no random addresses, or a mapped page 0.</summary>
    private const uint Weakening =
        0x0040000 // ADDR_NO_RANDOMIZE
        | 0x0100000 // MMAP_PAGE_ZERO
        | 0x0200000 // ADDR_COMPAT_LAYOUT
        | 0x0400000; // READ_IMPLIES_EXEC

    /// <summary>
    /// Takes the state down and makes this process fit to be a super-server: no signal blocked and SIGTERM not ignored (it must arrive),
    /// SIGCHLD at its default (when it is ignored the kernel throws exit statuses away), the soft NOFILE limit at the hard one.
    /// SIGINT and SIGHUP stay ignored where they are: that is how a shell protects a background job, and nohup any.
    /// The descriptors and variables of a service manager are kept from handlers. And as root this process is not dumpable any more: its memory
    /// is nobody else's, nor is that of a child which shares it until it executes; execve(2) itself makes a handler dumpable again.
    /// Called once, first thing, on the main thread: threads made later take its signal mask over.
    /// </summary>
    /// <param name="holdsSignals">True after an upgrade: the signals superd acts on stay blocked until <see cref="ProcessImage.ReleaseSignals"/>.</param>
    public static InheritedState Take(bool holdsSignals = false)
    {
        if (!holdsSignals)
        {
            SignalMask.Clear();
        }

        SignalMask.RestoreDefaultAction(Signal.SIGCHLD);
        SignalMask.RestoreDefaultAction(Signal.SIGTERM);
        (ulong soft, ulong hard) = OpenFileLimits.Raise();
        if (LibC.geteuid() == 0)
        {
            _ = LibC.syscall((nint)SystemCallNumber.Prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
        }

        uint personality = unchecked((uint)LibC.personality(uint.MaxValue));
        ManagerVariables manager = ManagerVariables.Take();
        return new InheritedState(soft, hard, ReadIgnoredSignals(), OpensTerminal())
        {
            IsInRootDirectory = new FileInfo("/proc/self/cwd").LinkTarget == "/",
            HasAmbientCapabilities = ReadSet("CapAmb") != 0,
            SoundPersonality = (personality & Weakening) == 0 ? null : personality & ~Weakening,
            HasOtherScheduling = HasChangeableScheduling(),
            OomScoreAdjustment = OomScore.ReadOwn(),
            Manager = manager,
            PassedSockets = PassedSocket.TakeAll(manager),
        };
    }

    /// <summary>Whether a socket was passed for this address of this service, by the service's name or by the address; also after somebody took it.</summary>
    public bool IsPassed(string service, IPEndPoint address) =>
        PassedSockets.Any(socket => socket.IsNamed(service) || socket.Covers(address));

    /// <summary>The SigIgn line of /proc/self/status, as signal numbers; SIGPIPE is always among them, because .NET ignores it.</summary>
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

    /// <summary>A set of bits in /proc/self/status; null where the kernel does not tell it.</summary>
    private static ulong? ReadSet(string name) =>
        KernelFile.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(name + ':', StringComparison.Ordinal)) is { } line
            ? ulong.Parse(line.AsSpan(name.Length + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : null;

    /// <summary>From SCHED_IDLE the kernel lets only those back who may raise a priority; with SCHED_RESET_ON_FORK it does it by itself.</summary>
    private static bool HasChangeableScheduling()
    {
        int policy = LibC.sched_getscheduler(0);
        bool mayRaise = ((ReadSet("CapEff") ?? 0) >> CapSysNice & 1) != 0;
        return policy > LibC.SCHED_OTHER && (policy & LibC.SCHED_RESET_ON_FORK) == 0 && (policy != LibC.SCHED_IDLE || mayRaise);
    }

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
