using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>What sources are charged for the way their handlers ended, after OpenSSH's PerSourcePenalties. Loop only.</summary>
/// <remarks>
/// A penalty is a moment in the future; a further one moves it on, time itself moves towards it. A source is refused from the charge that
/// brings it to <c>min</c> until the moment comes, and the moment is never further away than <c>max</c>.
/// </remarks>
internal sealed class Penalties
{
    private readonly SourceTable<Penalty> _table = new(SourceTable<Penalty>.UsualCapacity);

    /// <summary>What one end of a handler costs; zero for an ordinary one.</summary>
    /// <param name="timedOut">superd ended it because its time was over: the signal it got is not its own fault.</param>
    public static TimeSpan PriceOf(PenaltyDefinition rules, ExitStatus status, bool timedOut) => (timedOut, status.Signal) switch
    {
        (true, _) => rules.Timeout,
        (_, 0) => rules.Exit[status.Code],

        // Its client hung up, or somebody wished it to end: neither is a crash.
        (_, Signal.SIGPIPE or Signal.SIGHUP or Signal.SIGINT or Signal.SIGTERM) => TimeSpan.Zero,
        _ => rules.Signal,
    };

    /// <summary>How long the source is still refused; zero when it is not.</summary>
    public TimeSpan RefusedFor(SourceKey source, long now)
    {
        Penalty penalty = _table[source];
        return penalty.IsRefused && penalty.Until > now ? TimeSpan.FromTicks(penalty.Until - now) : TimeSpan.Zero;
    }

    /// <summary>Adds a price to what the source owes.</summary>
    /// <returns>How long it is refused from now on, when it was not before; else zero.</returns>
    public TimeSpan Charge(SourceKey source, TimeSpan price, PenaltyDefinition rules, long now)
    {
        Penalty old = _table[source];
        bool wasRefused = old.IsRefused && old.Until > now;
        long until = Math.Min(Math.Max(old.Until, now) + price.Ticks, now + rules.Max.Ticks);
        bool isRefused = wasRefused || until - now >= rules.Min.Ticks;
        _table.Set(source, new Penalty(until, isRefused));
        return isRefused && !wasRefused ? TimeSpan.FromTicks(until - now) : TimeSpan.Zero;
    }

    /// <summary>What every source owes, oldest first: until when, and whether it is refused.</summary>
    public IEnumerable<(SourceKey Source, long Until, bool IsRefused)> All => _table.All.Select(entry => (entry.Source, entry.State.Until, entry.State.IsRefused));

    /// <summary>A source owes what superd's last version has charged it.</summary>
    public void Inherit(SourceKey source, long until, bool isRefused) => _table.Set(source, new Penalty(until, isRefused));

    /// <param name="Until">Ticks of the monotonic clock.</param>
    private readonly record struct Penalty(long Until, bool IsRefused);
}
