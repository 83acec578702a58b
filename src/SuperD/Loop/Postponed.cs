namespace SuperD.Loop;

/// <summary>
/// Starts work a little later, with one timer for all items: most items are over by then, and starting them would cost more than it gains.
/// Loop only.
/// </summary>
/// <param name="delay">How much later.</param>
/// <param name="begin">Called for each item, in the order of <see cref="Add"/>; it must check whether the item is over.</param>
internal sealed class Postponed<T>(EventLoop loop, TimeSpan delay, Action<T> begin)
{
    private readonly Queue<(long DueMs, T Item)> _items = new();
    private bool _isScheduled;

    /// <summary>Queues an item.</summary>
    public void Add(T item)
    {
        _items.Enqueue((loop.NowMs + (long)delay.TotalMilliseconds, item));
        if (!_isScheduled)
        {
            _isScheduled = true;
            loop.Schedule(delay, BeginDue);
        }
    }

    private void BeginDue()
    {
        while (_items.TryPeek(out (long DueMs, T Item) next) && next.DueMs <= loop.NowMs)
        {
            _items.Dequeue();
            begin(next.Item);
        }

        _isScheduled = _items.Count > 0;
        if (_isScheduled)
        {
            loop.Schedule(delay, BeginDue);
        }
    }
}
