namespace SuperD.Listening;

/// <summary>Notices that a wait service's handlers end without accepting anybody, and says how long to hold the next start back.</summary>
/// <remarks>
/// A short run is no proof: a handler that serves one client and ends is an honest one, however fast. The proof is that every client
/// that waited before the run still waits after it.
/// </remarks>
internal sealed class WaitBackOff
{
    private static readonly TimeSpan s_shortRun = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_last = TimeSpan.FromSeconds(10);

    private HashSet<string>? _waitingBefore;
    private TimeSpan _delay;

    public BackOffHandover HandOver() => new(_waitingBefore is null ? null : [.. _waitingBefore], _delay);

    public void Inherit(BackOffHandover handed) => (_waitingBefore, _delay) = (handed.WaitingBefore is null ? null : [.. handed.WaitingBefore], handed.Delay);

    /// <summary>Whether a handler ran for so short a time that <see cref="Next"/> has to know who waits after it.</summary>
    public static bool IsShort(TimeSpan ran) => ran < s_shortRun;

    /// <summary>A handler of the service has ended.</summary>
    /// <param name="waiting">Who waits now; null when it ran so long that this does not matter.</param>
    /// <param name="isFirst">True when this is the first time in a row that it is held back.</param>
    /// <returns>How long not to start another; zero when there is no reason to wait.</returns>
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
