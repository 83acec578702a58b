using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>The reasons why a listener does not accept; some of them end by themselves after a time. Loop only.</summary>
/// <param name="ignored">Reasons that do not concern the listener: they are never in the set.</param>
internal sealed class PauseSet(EventLoop loop, PauseReasons ignored)
{
    private PauseReasons _reasons;

    /// <summary>Of the reasons that end by themselves; null until there has been one, since most listeners never have any.</summary>
    private Dictionary<PauseReasons, LoopTimer>? _timers;

    /// <summary>Whether there is no reason not to accept, these ones aside.</summary>
    public bool HasOnly(PauseReasons reasons) => (_reasons & ~reasons) == PauseReasons.None;

    /// <summary>Whether the listener is paused for this reason.</summary>
    public bool Contains(PauseReasons reason) => _reasons.HasFlag(reason);

    /// <summary>When a reason ends by itself, in the loop's <c>NowMs</c>; null when it does not.</summary>
    public long? EndMs(PauseReasons reason) => _timers?.GetValueOrDefault(reason)?.DueMs;

    /// <summary>Adds a reason, which holds until <see cref="Remove"/>.</summary>
    public void Add(PauseReasons reason)
    {
        loop.AssertOnLoop();
        _reasons |= reason & ~ignored;
    }

    /// <summary>Adds a reason that ends by itself. If it holds already, its time begins anew.</summary>
    /// <param name="ended">Runs when it has ended by itself.</param>
    public void AddFor(TimeSpan time, PauseReasons reason, Action ended)
    {
        Remove(reason);
        Add(reason);
        _timers ??= [];
        _timers.Add(reason, loop.Schedule(time, () =>
        {
            Remove(reason);
            ended();
        }));
    }

    /// <summary>Removes a reason, if it holds.</summary>
    public void Remove(PauseReasons reason)
    {
        loop.AssertOnLoop();
        _reasons &= ~reason;
        if (_timers is not null && _timers.Remove(reason, out LoopTimer? timer))
        {
            timer.Cancel();
        }
    }

    /// <summary>Removes the reasons that would end by themselves: they were about a socket that is closed.</summary>
    public void RemoveTimed()
    {
        foreach (PauseReasons reason in _timers?.Keys.ToArray() ?? [])
        {
            Remove(reason);
        }
    }

    /// <summary>Replaces the reasons of <see cref="PauseReasons.OfService"/> by these; the others stay.</summary>
    public void SetReasonsOfService(PauseReasons reasons)
    {
        loop.AssertOnLoop();
        _reasons = (_reasons & ~PauseReasons.OfService) | (reasons & ~ignored);
    }
}
