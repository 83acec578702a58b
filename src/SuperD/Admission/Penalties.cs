using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>Charges sources for how their handlers ended, as OpenSSH's PerSourcePenalties does. Loop only.</summary>
/// <remarks>
/// A penalty is a moment in the future: each charge moves it further away, and time runs towards it. The charge that brings a source to
/// <c>min</c> makes it refused until that moment, which is never further away than <c>max</c>.
/// </remarks>
internal sealed class Penalties
{
    private readonly SourceTable<Penalty> _table = new(SourceTable<Penalty>.UsualCapacity);

    /// <summary>The price of one handler's end; zero for an ordinary one.</summary>
    /// <param name="timedOut">superd ended it because its time was over, so the signal it got is not its own fault.</param>
    public static TimeSpan PriceOf(PenaltyDefinition rules, ExitStatus status, bool timedOut) => (timedOut, status.Signal) switch
    {
        (true, _) => rules.Timeout,
        (_, 0) => rules.Exit[status.Code],

        // Its client hung up, or somebody asked it to end: neither is a crash.
        (_, Signal.SIGPIPE or Signal.SIGHUP or Signal.SIGINT or Signal.SIGTERM) => TimeSpan.Zero,
        _ => rules.Signal,
    };

    /// <summary>How long the source is still refused; zero if it is not.</summary>
    public TimeSpan RefusedFor(SourceKey source, long now)
    {
        Penalty penalty = _table[source];
        return penalty.IsRefused && penalty.Until > now ? TimeSpan.FromTicks(penalty.Until - now) : TimeSpan.Zero;
    }

    /// <summary>Adds a price to what the source owes.</summary>
    /// <returns>How long it is refused from now on, if it was not refused before; otherwise zero.</returns>
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
    public IEnumerable<(SourceKey Source, long Until, bool IsRefused)> All =>
        _table.All.Select(entry => (entry.Source, entry.State.Until, entry.State.IsRefused));

    /// <summary>Adds what the previous version charged a source.</summary>
    public void Inherit(SourceKey source, long until, bool isRefused) => _table.Set(source, new Penalty(until, isRefused));

    /// <param name="Until">Ticks of the monotonic clock.</param>
    private readonly record struct Penalty(long Until, bool IsRefused);
}
