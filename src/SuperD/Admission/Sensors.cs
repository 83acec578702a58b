using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The sensor services, and their recent visitors. Loop only.</summary>
/// <remarks>Each visit restarts the time. A visitor has completed a TCP handshake, so nobody can have another host locked out.</remarks>
internal sealed class Sensors
{
    private readonly List<Gate> _traps = [];
    private readonly SourceTable<long> _refusedUntil = new(SourceTable<long>.UsualCapacity);

    /// <summary>Adds a sensor service.</summary>
    public void Add(Gate trap) => _traps.Add(trap);

    /// <summary>Removes a sensor, which frees its visitors. A changed sensor keeps them by its number.</summary>
    public void Remove(Gate trap) => _traps.Remove(trap);

    /// <summary>Records a connection to a sensor.</summary>
    /// <param name="time">How long the sensor's visitors are refused.</param>
    public void Visit(Gate trap, TimeSpan time, Peer peer, long now)
    {
        if (!trap.IsExempt(peer))
        {
            _refusedUntil.Set(trap.SourceOf(peer), now + time.Ticks);
        }
    }

    /// <summary>Every visitor, oldest first, and until when it is refused.</summary>
    public IEnumerable<(SourceKey Source, long Until)> All => _refusedUntil.All;

    /// <summary>Adds a visitor that the previous version recorded.</summary>
    public void Inherit(SourceKey source, long until) => _refusedUntil.Set(source, until);

    /// <summary>How long a peer is still refused for a visit to any sensor; zero if it is not.</summary>
    public TimeSpan RefusedFor(Peer peer, long now)
    {
        long until = now;
        foreach (Gate trap in _traps)
        {
            // Checks the exempt list again: it may have been changed to let somebody out.
            long trapped = _refusedUntil[trap.SourceOf(peer)];
            until = trapped > until && !trap.IsExempt(peer) ? trapped : until;
        }

        return TimeSpan.FromTicks(until - now);
    }
}
