namespace SuperD.Loop;

/// <summary>
/// The loop's timers, next one first: a binary heap in which each timer knows its index, so that cancelling is cheap too.
/// </summary>
/// <remarks>.NET's PriorityQueue searches linearly for an element to remove, and most timers here are cancelled.</remarks>
/// <param name="turns">Records which timer runs.</param>
internal sealed class TimerQueue(TurnClock turns)
{
    private readonly List<LoopTimer> _heap = [];

    /// <summary>How many timers are pending.</summary>
    public int Count => _heap.Count;

    /// <summary>Adds a timer that runs <paramref name="action"/> once, at <paramref name="dueMs"/>.</summary>
    public LoopTimer Add(long dueMs, Action action)
    {
        var timer = new LoopTimer(this, dueMs, action) { HeapIndex = _heap.Count };
        _heap.Add(timer);
        MoveUp(timer);
        return timer;
    }

    /// <summary>Removes a timer; does nothing if it is not in the queue.</summary>
    public void Remove(LoopTimer timer)
    {
        int index = timer.HeapIndex;
        if (index < 0)
        {
            return;
        }

        timer.HeapIndex = -1;
        LoopTimer last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last != timer)
        {
            Put(index, last);
            MoveDown(last);
            MoveUp(last);
        }
    }

    /// <summary>How long epoll may wait: -1 without timers, 0 if one is due.</summary>
    public int MillisecondsUntilNext(long nowMs) =>
        _heap.Count == 0 ? -1 : (int)Math.Clamp(_heap[0].DueMs - nowMs, 0, int.MaxValue);

    /// <summary>
    /// Runs the timers that are due, oldest first. Runs at most as many as there are now, so that timers that reschedule themselves cannot
    /// hold the loop.
    /// </summary>
    /// <returns>Whether it ran any.</returns>
    public bool RunDue(long nowMs)
    {
        bool hasRun = false;
        for (int budget = _heap.Count; budget > 0 && _heap.Count > 0 && _heap[0].DueMs <= nowMs; budget--)
        {
            LoopTimer timer = _heap[0];
            Remove(timer);
            turns.Step(timer.Action);
            timer.Action();
            hasRun = true;
        }

        return hasRun;
    }

    private void MoveUp(LoopTimer timer)
    {
        while (timer.HeapIndex > 0)
        {
            int parent = (timer.HeapIndex - 1) / 2;
            if (_heap[parent].DueMs <= timer.DueMs)
            {
                break;
            }

            Swap(timer, _heap[parent]);
        }
    }

    private void MoveDown(LoopTimer timer)
    {
        while (true)
        {
            int child = (timer.HeapIndex * 2) + 1;
            if (child >= _heap.Count)
            {
                break;
            }

            if (child + 1 < _heap.Count && _heap[child + 1].DueMs < _heap[child].DueMs)
            {
                child++;
            }

            if (timer.DueMs <= _heap[child].DueMs)
            {
                break;
            }

            Swap(timer, _heap[child]);
        }
    }

    private void Swap(LoopTimer a, LoopTimer b)
    {
        int indexOfA = a.HeapIndex;
        Put(b.HeapIndex, a);
        Put(indexOfA, b);
    }

    private void Put(int index, LoopTimer timer)
    {
        _heap[index] = timer;
        timer.HeapIndex = index;
    }
}
