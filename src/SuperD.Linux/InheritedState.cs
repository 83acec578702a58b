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
        var signals = new List<int>();
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("SigIgn:", StringComparison.Ordinal))
            {
                ulong set = ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                for (int signal = 1; signal <= 64; signal++)
                {
                    if ((set & (1UL << (signal - 1))) != 0)
                    {
                        signals.Add(signal);
                    }
                }
            }
        }

        if (!signals.Contains(Signal.SIGPIPE))
        {
            signals.Add(Signal.SIGPIPE);
        }

        return signals;
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
