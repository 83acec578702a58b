using System.Diagnostics;

namespace SuperD.Loop;

/// <summary>Times the turns of a loop. The loop writes; <see cref="TurnWatcher"/> reads on its own thread.</summary>
/// <remarks>It reads the clock twice a turn and never per event, so the events of one turn are timed only together.</remarks>
internal sealed class TurnClock
{
    /// <summary>A turn that takes this long is slow, and the watcher judges it.</summary>
    public const long SlowMs = 1000;

    private const long Waiting = long.MinValue;

    private long _beganMs = Waiting;
    private long _number;
    private int _steps;
    private object? _source;
    private LoopTurn? _longest;
    private LoopTurn? _longestSlow;
    private LoopTurn? _endedSlow;

    /// <summary>The longest turn so far; null until one has taken a millisecond. Any thread.</summary>
    public LoopTurn? Longest => Volatile.Read(ref _longestSlow) ?? Volatile.Read(ref _longest);

    /// <summary>Runs when a turn begins. Loop only.</summary>
    public void Begin(long nowMs)
    {
        _steps = 0;
        _source = null;
        Volatile.Write(ref _number, _number + 1);
        Volatile.Write(ref _beganMs, nowMs);
    }

    /// <summary>
    /// Records the next step of this turn: an <see cref="IReadySource"/>, or an action that was posted or is due. Loop only.
    /// </summary>
    public void Step(object source)
    {
        _source = source;
        _steps++;
    }

    /// <summary>Runs when the turn is over. Loop only.</summary>
    public void End(long nowMs)
    {
        long durationMs = nowMs - _beganMs;
        Volatile.Write(ref _beganMs, Waiting);
        if (durationMs >= SlowMs)
        {
            Volatile.Write(ref _endedSlow, new LoopTurn(_number, durationMs, nowMs, Name(_source, _steps)));
        }
        else if (durationMs > (_longest?.DurationMs ?? 0))
        {
            Volatile.Write(ref _longest, new LoopTurn(_number, durationMs, nowMs, Name(_source, _steps)));
        }

        _source = null; // does not keep a large or finished object alive
    }

    /// <summary>The turn under way; null while the loop waits. Watcher only.</summary>
    public LoopTurn? Present(long nowMs)
    {
        long number = Volatile.Read(ref _number);
        long beganMs = Volatile.Read(ref _beganMs);
        object? source = Volatile.Read(ref _source);
        int steps = Volatile.Read(ref _steps);
        return beganMs != Waiting && beganMs == Volatile.Read(ref _beganMs) && number == Volatile.Read(ref _number)
            ? new LoopTurn(number, nowMs - beganMs, nowMs, Name(source, steps))
            : null;
    }

    /// <summary>Returns the slow turn that ended since the last call, if any. Watcher only.</summary>
    public LoopTurn? TakeEndedSlow() => Interlocked.Exchange(ref _endedSlow, null);

    /// <summary>Records a turn that was slow of itself, not because superd was stopped. Watcher only.</summary>
    public void NoteSlow(LoopTurn turn)
    {
        if (turn.DurationMs > (_longestSlow?.DurationMs ?? 0))
        {
            Volatile.Write(ref _longestSlow, turn);
        }
    }

    /// <summary>The name of the last step, and how many came before it.</summary>
    private static string Name(object? source, int steps)
    {
        string name = source switch
        {
            null => "none",
            Action action => Name(action),
            _ => source.GetType().Name,
        };
        return steps > 1 ? $"{name}+{steps - 1}" : name;
    }

    /// <summary>
    /// Type and method. A lambda (<c>Type+&lt;&gt;c.&lt;Method&gt;b__0</c>) gets the name of the method that contains it.
    /// </summary>
    private static string Name(Action action)
    {
        if (DiagnosticMethodInfo.Create(action) is not { } method)
        {
            return action.Target?.GetType().Name ?? "unknown";
        }

        string type = (method.DeclaringTypeName ?? string.Empty).Split('+', '`')[0];
        string name = method.Name.TrimStart('<').Split('>')[0];
        return $"{type[(type.LastIndexOf('.') + 1)..]}.{name}";
    }
}
