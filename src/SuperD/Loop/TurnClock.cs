using System.Diagnostics;

namespace SuperD.Loop;

/// <summary>The turns of a loop: what it does between two waits. The loop writes them down; <see cref="TurnWatcher"/> reads on its own thread.</summary>
/// <remarks>The clock is read twice a turn and never per event, so the events of one turn are only timed together.</remarks>
internal sealed class TurnClock
{
    /// <summary>A turn that takes longer is slow: the watcher judges it.</summary>
    public const long SlowMs = 1000;

    private const long Waiting = long.MinValue;

    private long _beganMs = Waiting;
    private long _number;
    private int _steps;
    private object? _source;
    private LoopTurn? _longest;
    private LoopTurn? _longestSlow;
    private LoopTurn? _endedSlow;

    /// <summary>The longest turn so far; null before the first that took a millisecond. Any thread.</summary>
    public LoopTurn? Longest => Volatile.Read(ref _longestSlow) ?? Volatile.Read(ref _longest);

    /// <summary>A turn begins. Loop only, as are the next two.</summary>
    public void Begin(long nowMs)
    {
        _steps = 0;
        _source = null;
        Volatile.Write(ref _number, _number + 1);
        Volatile.Write(ref _beganMs, nowMs);
    }

    /// <summary>Next in this turn: an <see cref="IReadySource"/> that is ready, or an action that was posted or is due.</summary>
    public void Step(object source)
    {
        _source = source;
        _steps++;
    }

    /// <summary>The turn is over.</summary>
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

        _source = null; // may be large, and may be over
    }

    /// <summary>The turn under way; null when the loop waits. Watcher only, as are the next two.</summary>
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

    /// <summary>The slow turn that has ended since this was last asked, if any.</summary>
    public LoopTurn? TakeEndedSlow() => Interlocked.Exchange(ref _endedSlow, null);

    /// <summary>A turn was slow, and it was not that superd was stopped.</summary>
    public void NoteSlow(LoopTurn turn)
    {
        if (turn.DurationMs > (_longestSlow?.DurationMs ?? 0))
        {
            Volatile.Write(ref _longestSlow, turn);
        }
    }

    /// <summary>The last step by name, and how many were before it.</summary>
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

    /// <summary>Type and method. A lambda (<c>Type+&lt;&gt;c.&lt;Method&gt;b__0</c>) is named after the method it stands in.</summary>
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
