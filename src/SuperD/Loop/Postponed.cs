namespace SuperD.Loop;

/// <summary>What begins a little later, all with one timer: most of it is over before, and to begin with it would have cost more than it lived. Loop only.</summary>
/// <param name="delay">How much later.</param>
/// <param name="begin">Told of each, in the order in which they were added; whether it is over by then is for the receiver to know.</param>
internal sealed class Postponed<T>(EventLoop loop, TimeSpan delay, Action<T> begin)
{
    private readonly Queue<(long DueMs, T Item)> _items = new();
    private bool _isScheduled;

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
