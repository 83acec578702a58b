namespace SuperD.Loop;

/// <summary>Reports a turn of the loop that takes too long: once while it lasts, and once more when it has ended.</summary>
/// <remarks>
/// It looks twice a second, whether the loop is busy or not: that is cheaper than to have the loop wake it for every turn. When it is itself
/// more than one look late, superd or the machine was stopped, or has no time for it: what passed since the last look is not the loop's.
/// </remarks>
/// <param name="tell">Told of a slow turn, and whether it has ended. On the watcher's thread.</param>
/// <param name="rescue">Told of a slow turn at each look while it lasts; whether to look again soon. On the watcher's thread.</param>
internal sealed class TurnWatcher(TurnClock turns, TimeProvider time, Action<LoopTurn, bool> tell, Predicate<LoopTurn> rescue) : IDisposable
{
    /// <summary>How often it looks.</summary>
    public const long IntervalMs = 500;

    /// <summary>How often while the loop is being rescued.</summary>
    private const int RescueIntervalMs = 20;

    private readonly long _ticksPerMs = time.TimestampFrequency / 1000;

    // The thread's own. _stoppedMs: of the turn with this number, what is not the loop's.
    private long _lookedMs;
    private long _number;
    private long _stoppedMs;
    private LoopTurn? _told;
    private bool _isRescuing;
    private volatile bool _isEnded;

    /// <summary>Watches from now on.</summary>
    /// <returns>False when the user of superd has as many processes as it may: then nothing is watched.</returns>
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
            return false; // .NET's word for EAGAIN of pthread_create(3)
        }
    }

    /// <summary>The thread ends before long; nobody waits for it.</summary>
    public void Dispose() => _isEnded = true;

    /// <summary>One look. On the thread; by tests.</summary>
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
            Source = isTold ? _told!.Source : ended.Source, // where it was seen to be stuck
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
