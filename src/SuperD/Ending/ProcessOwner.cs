using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>A connection in its role as the maker of processes; it outlives the connection if they do. Loop only.</summary>
/// <param name="connection">The connection's id.</param>
/// <param name="keeps">Whether its processes may outlive it: <c>orphans = "keep"</c>.</param>
/// <param name="stopGrace">How long its processes have between TERM and KILL.</param>
/// <param name="user">See <see cref="User"/>.</param>
/// <param name="enteredNs">A moment before its handler was made, on the clock of <see cref="ProcessClock.NowNs"/>.</param>
internal sealed class ProcessOwner(long connection, bool keeps, TimeSpan stopGrace, uint? user, long enteredNs)
{
    /// <summary>
    /// Owns the processes that no handler made: those from outside that superd, as process 1, becomes the parent of. superd never ends
    /// them.
    /// </summary>
    public static ProcessOwner Outside { get; } = new(0, keeps: true, TimeSpan.Zero, user: null, enteredNs: 0) { IsOver = true };

    /// <summary>The connection's id; 0 for <see cref="Outside"/>.</summary>
    public long Connection => connection;

    /// <summary>Whether its processes may outlive it.</summary>
    public bool Keeps => keeps;

    /// <summary>How long its processes have between TERM and KILL.</summary>
    public TimeSpan StopGrace => stopGrace;

    /// <summary>The user its processes run as, which only root can change; null if that is root or unknown.</summary>
    public uint? User { get; set; } = user;

    /// <summary>The handler; null while it is being launched.</summary>
    public Handler? Handler { get; set; }

    /// <summary>Whether its connection is over.</summary>
    public bool IsOver { get; set; }

    /// <summary>
    /// Whether its handler's own process has ended. Its connection may not be over: a process that traces the handler keeps superd from
    /// reaping it, and that process may be one of several possible makers.
    /// </summary>
    public bool HasEnded => IsOver || Handler is { IsHeld: true } or { IsReaped: true };

    /// <summary>Its handler's processes as of the last look; null while the handler is young.</summary>
    public Family? Family { get; set; }

    /// <summary>Whether its handler can have made a process, judged by the process's start time and users.</summary>
    /// <param name="users">See <see cref="ProcessTable.UsersOf"/>.</param>
    public bool MayHaveMade(ProcessStat stat, uint[] users) =>
        enteredNs < stat.StartedAtNs + ProcessStat.NsPerTick && (User is not { } own || users is [] || users.AsSpan().ContainsAny(own, 0u));
}
