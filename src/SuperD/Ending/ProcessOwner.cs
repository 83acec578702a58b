using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>A connection, as the one whose handler has made processes; it outlives the connection where they do. Loop only.</summary>
/// <param name="connection">The connection's number.</param>
/// <param name="keeps">Whether its processes may outlive it: <c>orphans = "keep"</c>.</param>
/// <param name="user">Who its processes run as, which only root may change; null for root, and when it is not known.</param>
/// <param name="enteredNs">A moment before its handler was made, on the clock of <see cref="ProcessClock.NowNs"/>.</param>
internal sealed class ProcessOwner(long connection, bool keeps, uint? user, long enteredNs)
{
    /// <summary>
    /// The owner of what no handler has made: processes from outside, of which superd as process 1 becomes the parent. Nothing of it is
    /// ended.
    /// </summary>
    public static ProcessOwner Outside { get; } = new(0, keeps: true, user: null, enteredNs: 0) { IsOver = true };

    public long Connection => connection;

    public bool Keeps => keeps;

    /// <summary>The handler; null while it is being launched.</summary>
    public Handler? Handler { get; set; }

    /// <summary>Whether its connection is over.</summary>
    public bool IsOver { get; set; }

    /// <summary>Its handler's processes when they were last looked at; null for a handler that has not lived long.</summary>
    public Family? Family { get; set; }

    /// <summary>Whether a process can be its handler's, by when it was made and who it runs as.</summary>
    /// <param name="users">See <see cref="ProcessTable.UsersOf"/>.</param>
    public bool MayHaveMade(ProcessStat stat, uint[] users) =>
        enteredNs < stat.StartedAtNs + ProcessStat.NsPerTick && (user is not { } own || users is [] || users.AsSpan().ContainsAny(own, 0u));
}
