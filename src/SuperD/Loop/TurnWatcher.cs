namespace SuperD.Loop;

/// <summary>Reports a turn of the loop that takes too long: once while it lasts, and again when it has ended.</summary>
/// <remarks>
/// It polls twice a second, busy or not: this is cheaper than a wake-up per turn. If it is itself more than one poll late, superd or the
/// machine was stopped or starved, and the time since the last poll does not count against the loop.
/// </remarks>
/// <param name="tell">Receives a slow turn, and whether it has ended. On the watcher's thread.</param>
/// <param name="rescue">Receives a slow turn at each poll while it lasts; returns whether to poll again soon. On the watcher's
/// thread.</param>
internal sealed class TurnWatcher(TurnClock turns, TimeProvider time, Action<LoopTurn, bool> tell, Predicate<LoopTurn> rescue) : IDisposable
{
    /// <summary>The interval between two polls.</summary>
    public const long IntervalMs = 500;

    /// <summary>The interval while the loop is being rescued.</summary>
    private const int RescueIntervalMs = 20;

    private readonly long _ticksPerMs = time.TimestampFrequency / 1000;

    // The thread's own state. _stoppedMs is the time of turn _number that does not count against the loop.
    private long _lookedMs;
    private long _number;
    private long _stoppedMs;
    private LoopTurn? _told;
    private bool _isRescuing;
    private volatile bool _isEnded;

    /// <summary>Starts to watch.</summary>
    /// <returns>False if superd's user may create no more threads; then nothing is watched.</returns>
    public bool TryStart()
    {
        _lookedMs = NowMs;
        try
        {
            new Thread(Run) { IsBackground = true, Name = "watcher" }.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false; // .NET reports EAGAIN of pthread_create(3) in this way
        }
    }

    /// <summary>Tells the thread to end; does not wait for it.</summary>
    public void Dispose() => _isEnded = true;

    /// <summary>Polls once. Called by the thread, and by tests.</summary>
    internal void Look()
    {
        long now = NowMs;
        long stoppedMs = now - _lookedMs > 2 * IntervalMs ? now - _lookedMs : 0;
        if (turns.TakeEndedSlow() is { } ended)
        {
            OnEnded(ended, Math.Clamp(ended.UntilMs - _lookedMs, 0, stoppedMs));
        }

        _lookedMs = now;
        _isRescuing = false;
        if (turns.Present(now) is { } present)
        {
            OnPresent(present, stoppedMs);
        }
    }

    private long NowMs => time.GetTimestamp() / _ticksPerMs;

    private void Run()
    {
        while (!_isEnded)
        {
            Thread.Sleep(_isRescuing ? RescueIntervalMs : (int)IntervalMs);
            Look();
        }
    }

    private void OnEnded(LoopTurn ended, long stoppedMs)
    {
        bool isTold = _told?.Number == ended.Number;
        LoopTurn turn = ended with
        {
            DurationMs = ended.DurationMs - stoppedMs - (ended.Number == _number ? _stoppedMs : 0),
            Source = isTold ? _told!.Source : ended.Source, // where it was stuck when it was reported
        };
        if (turn.DurationMs >= TurnClock.SlowMs)
        {
            turns.NoteSlow(turn);
            tell(turn, true);
        }
    }

    private void OnPresent(LoopTurn present, long stoppedMs)
    {
        if (present.Number != _number)
        {
            _number = present.Number;
            _stoppedMs = 0;
        }

        _stoppedMs += stoppedMs;
        LoopTurn turn = present with { DurationMs = present.DurationMs - _stoppedMs };
        if (turn.DurationMs < TurnClock.SlowMs)
        {
            return;
        }

        if (_told?.Number != turn.Number)
        {
            _told = turn;
            tell(turn, false);
        }

        _isRescuing = rescue(turn);
    }
}
