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

    /// <summary>What a service manager told superd.</summary>
    public ManagerVariables Manager { get; init; } = ManagerVariables.None;

    /// <summary>The descriptors a service manager passed to superd.</summary>
    public IReadOnlyList<PassedSocket> PassedSockets { get; init; } = [];

    /// <summary>
    /// Takes the state down and makes this process fit to be a super-server: no signal blocked and SIGTERM not ignored (it must arrive),
    /// SIGCHLD at its default (when it is ignored the kernel throws exit statuses away), the soft NOFILE limit at the hard one.
    /// SIGINT and SIGHUP stay ignored where they are: that is how a shell protects a background job, and nohup any.
    /// The descriptors and variables of a service manager are kept from handlers.
    /// Called once, first thing, on the main thread: threads made later take its signal mask over.
    /// </summary>
    /// <param name="holdsSignals">True after an upgrade: the signals superd acts on stay blocked until <see cref="ProcessImage.ReleaseSignals"/>.</param>
    public static InheritedState TakeOver(bool holdsSignals = false)
    {
        if (!holdsSignals)
        {
            SignalMask.Clear();
        }

        SignalMask.RestoreDefaultAction(Signal.SIGCHLD);
        SignalMask.RestoreDefaultAction(Signal.SIGTERM);
        (ulong soft, ulong hard) = OpenFileLimits.TakeOver();
        ManagerVariables manager = ManagerVariables.TakeOver();
        return new InheritedState(soft, hard, ReadIgnoredSignals(), OpensTerminal())
        {
            IsInRootDirectory = new FileInfo("/proc/self/cwd").LinkTarget == "/",
            HasAmbientCapabilities = ReadSet("CapAmb") != 0,
            Manager = manager,
            PassedSockets = PassedSocket.TakeOver(manager),
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
