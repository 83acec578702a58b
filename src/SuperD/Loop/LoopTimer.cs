namespace SuperD.Loop;

/// <summary>An action that the loop runs once, later. Loop only.</summary>
internal sealed class LoopTimer(TimerQueue queue, long dueMs, Action action)
{
    /// <summary>When it is due, as <see cref="EventLoop.NowMs"/>.</summary>
    public long DueMs { get; } = dueMs;

    /// <summary>Its index in the queue's heap; -1 once it has run or was cancelled. Maintained by the queue.</summary>
    internal int HeapIndex { get; set; } = -1;

    internal Action Action { get; } = action;

    /// <summary>Cancels it; does nothing if it has run already.</summary>
    public void Cancel() => queue.Remove(this);
}
