namespace SuperD.Listening;

/// <summary>
/// Notices that the handlers of a wait service end without accepting a client, and tells how long to delay the next start, and when to
/// drop the client that wakes them.
/// </summary>
/// <remarks>
/// The proof is that every client that waited before a run still waits after it, and that the queue is no shorter. The proof that a
/// handler accepts is that the queue is empty, or shorter, or lacks one of them. Otherwise nothing is known: no client is known to have
/// waited before the run. A client cannot leave the queue by itself: the kernel keeps its connection there even after a reset.
/// </remarks>
internal sealed class WaitBackOff
{
    /// <summary>How many handlers in a row may end without accepting the client that is first.</summary>
    public const int MaxAttempts = 5;

    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_last = TimeSpan.FromSeconds(10);

    private WaitingQueue? _before;
    private TimeSpan _delay;

    /// <summary>Handlers that have ended since the first client of the queue came.</summary>
    private int _attempts;

    /// <summary>Whether handlers have ended without accepting a client, and none is known to have accepted one since.</summary>
    public bool IsFailing => _delay > TimeSpan.Zero;

    public BackOffHandover HandOver() => new(_before is { } before ? [.. before.Clients] : null, _delay, _before?.Count ?? 0, _attempts);

    public void Inherit(BackOffHandover handed)
    {
        _before = handed.WaitingBefore is { } clients ? new WaitingQueue([.. clients], handed.CountBefore) : null;
        (_delay, _attempts) = (handed.Delay, handed.Attempts);
    }

    /// <summary>A handler of the service has ended.</summary>
    /// <param name="queue">The clients that wait now; null if that cannot be read.</param>
    /// <param name="isClientDropped">Whether to drop the first client of the queue; then <see cref="Restart"/> must follow.</param>
    /// <returns>How long to start no other handler; zero for no delay.</returns>
    public TimeSpan Next(WaitingQueue? queue, out bool isClientDropped)
    {
        isClientDropped = false;
        WaitingQueue? before = _before;
        _before = queue;
        if (queue is not { } now || now.Count == 0 || (before is { Count: > 0 } && !IsSameQueue(before.Value, now)))
        {
            // The first run in front of those that wait now, of which nothing is known yet.
            _attempts = queue is { Count: > 0 } ? 1 : 0;
            _delay = TimeSpan.Zero;
            return _delay;
        }

        bool isProven = before is { Count: > 0 };
        _attempts = isProven ? _attempts + 1 : 1;
        if (!isProven && !IsFailing)
        {
            return TimeSpan.Zero;
        }

        _delay = !IsFailing ? s_first : TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, s_last.Ticks));
        isClientDropped = _attempts >= MaxAttempts;
        return _delay;
    }

    /// <summary>The first client was dropped: the next one has its own attempts. The delay goes on growing.</summary>
    /// <param name="queue">The clients that wait now.</param>
    public void Restart(WaitingQueue? queue)
    {
        _before = queue;
        _attempts = 0;
    }

    private static bool IsSameQueue(WaitingQueue before, WaitingQueue now) =>
        now.Count >= before.Count && before.Clients.IsSubsetOf(now.Clients);
}
