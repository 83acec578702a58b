using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The trap services, and who has visited them lately. Loop only.</summary>
/// <remarks>Each visit counts anew from its own moment. A visitor has finished a TCP handshake, so nobody can have another one locked out.</remarks>
internal sealed class Sensors
{
    private readonly List<Gate> _traps = [];
    private readonly SourceTable<long> _refusedUntil = new(SourceTable<long>.UsualCapacity);

    public void Add(Gate trap) => _traps.Add(trap);

    /// <summary>The trap is gone, and whoever was in it is free; one that was only changed keeps them by its number.</summary>
    public void Remove(Gate trap) => _traps.Remove(trap);

    /// <summary>Somebody has connected to a trap.</summary>
    /// <param name="time">How long the trap has its visitors refused.</param>
    public void Visit(Gate trap, TimeSpan time, Peer peer, long now)
    {
        if (!trap.IsExempt(peer))
        {
            _refusedUntil.Set(trap.SourceOf(peer), now + time.Ticks);
        }
    }

    /// <summary>Every visitor, oldest first, and until when it is refused.</summary>
    public IEnumerable<(SourceKey Source, long Until)> All => _refusedUntil.All;

    /// <summary>A source has visited a trap of superd's last version.</summary>
    public void Inherit(SourceKey source, long until) => _refusedUntil.Set(source, until);

    /// <summary>How long a peer is still refused for a visit to any of the traps; zero when it is not.</summary>
    public TimeSpan RefusedFor(Peer peer, long now)
    {
        long until = now;
        foreach (Gate trap in _traps)
        {
            // Asked again who is exempt: the list may have been changed to let somebody out.
            long trapped = _refusedUntil[trap.SourceOf(peer)];
            until = trapped > until && !trap.IsExempt(peer) ? trapped : until;
        }

        return TimeSpan.FromTicks(until - now);
    }
}
