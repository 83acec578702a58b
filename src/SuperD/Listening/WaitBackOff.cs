namespace SuperD.Listening;

/// <summary>
/// Notices that the handlers of a wait service end without accepting a client, and tells how long to delay the next start.
/// </summary>
/// <remarks>
/// A short run proves nothing: a handler may serve one client quickly and end. The proof is that every client that waited before the run
/// still waits after it.
/// </remarks>
internal sealed class WaitBackOff
{
    private static readonly TimeSpan s_shortRun = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_last = TimeSpan.FromSeconds(10);

    private HashSet<string>? _waitingBefore;
    private TimeSpan _delay;

    public BackOffHandover HandOver() => new(_waitingBefore is null ? null : [.. _waitingBefore], _delay);

    public void Inherit(BackOffHandover handed) =>
        (_waitingBefore, _delay) = (handed.WaitingBefore is null ? null : [.. handed.WaitingBefore], handed.Delay);

    /// <summary>Whether a handler ran so briefly that <see cref="Next"/> needs the clients that still wait.</summary>
    public static bool IsShort(TimeSpan ran) => ran < s_shortRun;

    /// <summary>A handler of the service has ended.</summary>
    /// <param name="waiting">The clients that wait now; null when it ran so long that they do not matter.</param>
    /// <param name="isFirst">True for the first delay in a row.</param>
    /// <returns>How long to start no other handler; zero for no delay.</returns>
    public TimeSpan Next(HashSet<string>? waiting, out bool isFirst)
    {
        isFirst = false;
        HashSet<string>? before = _waitingBefore;
        _waitingBefore = waiting;
        bool nobodyWasAccepted = before is { Count: > 0 } && _waitingBefore is not null && before.IsSubsetOf(_waitingBefore);
        if (!nobodyWasAccepted)
        {
            _delay = TimeSpan.Zero;
            return TimeSpan.Zero;
        }

        isFirst = _delay == TimeSpan.Zero;
        _delay = isFirst ? s_first : TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, s_last.Ticks));
        return _delay;
    }
}
