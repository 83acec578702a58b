using SuperD.Linux;

namespace SuperD.Services;

/// <summary>How the last connections of a service ended. Loop only.</summary>
internal sealed class RecentEnds
{
    /// <summary>How many are kept.</summary>
    public const int Most = 10;

    private readonly Queue<ConnectionEnd> _ends = new(Most);

    /// <summary>The last end first.</summary>
    public IEnumerable<ConnectionEnd> All => _ends.Reverse();

    /// <summary>Adds an end, and forgets the oldest when there are too many.</summary>
    public void Add(ConnectionEnd end)
    {
        if (_ends.Count == Most)
        {
            _ends.Dequeue();
        }

        _ends.Enqueue(end);
    }

    /// <summary>Hands the ends over to the next version, oldest first.</summary>
    public EndedHandover[] HandOver() => [.. _ends.Select(EndedHandover.Of)];

    /// <summary>Continues with the ends of the previous version.</summary>
    public void Inherit(IEnumerable<EndedHandover> handed)
    {
        foreach (EndedHandover end in handed)
        {
            Add(end.ToEnd());
        }
    }
}

/// <summary>How a connection ended.</summary>
/// <param name="Connection">Its id.</param>
/// <param name="Status">How its handler exited; null if it had none.</param>
/// <param name="Reason">As in the record; null for a normal end.</param>
/// <param name="EndedMs">When, as the loop's <c>NowMs</c>.</param>
/// <param name="Stderr">The last line that its handler wrote to its stderr; null if there was none, or superd does not log it.</param>
internal readonly record struct ConnectionEnd(
    long Connection, Peer Peer, ExitStatus? Status, string? Reason, long EndedMs, long DurationMs, string? Stderr);

/// <summary>A connection's end, handed over to the next version; see <see cref="ConnectionEnd"/>.</summary>
internal sealed record EndedHandover(
    long Connection, PeerHandover? Peer, int? Code, int? Signal, string? Reason, long EndedMs, long DurationMs, string? Stderr)
{
    /// <summary>Describes an end.</summary>
    public static EndedHandover Of(ConnectionEnd end) => new(
        end.Connection,
        PeerHandover.Of(end.Peer),
        end.Status?.Code,
        end.Status?.Signal,
        end.Reason,
        end.EndedMs,
        end.DurationMs,
        end.Stderr);

    /// <summary>Restores the end.</summary>
    public ConnectionEnd ToEnd() => new(
        Connection,
        Peer?.ToPeer() ?? default,
        Code is { } code ? new ExitStatus(code, Signal ?? 0) : null,
        Reason,
        EndedMs,
        DurationMs,
        Stderr);
}
