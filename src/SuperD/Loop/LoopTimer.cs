namespace SuperD.Loop;

/// <summary>Something that will run once on the loop. Loop only.</summary>
internal sealed class LoopTimer(TimerQueue queue, long dueMs, Action action)
{
    /// <summary>When it is due, in <see cref="EventLoop.NowMs"/>.</summary>
    public long DueMs { get; } = dueMs;

    /// <summary>Its place in the queue's heap; -1 when it has run or was cancelled. The queue's business.</summary>
    internal int HeapIndex { get; set; } = -1;

    internal Action Action { get; } = action;

    /// <summary>Takes it back; nothing happens when it has run already.</summary>
    public void Cancel() => queue.Remove(this);
}
