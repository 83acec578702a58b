using System.Text;

namespace SuperD.Logging;

/// <summary>The thread that writes to a log target, and the queue before it: whoever logs never waits.</summary>
/// <remarks>
/// A target that stalls must not stall the loop: when the queue is full, records are dropped, and counted in a line once there is room.
/// What the target does not take goes to standard error, with the reason before the first.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    /// <summary>As many as the console logger keeps.</summary>
    private const int MostQueued = 16 * 1024;

    /// <summary>At the end: how long the target may take for what is queued. A stuck one must not keep superd from ending.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(2);

    private readonly ILogTarget _target;
    private readonly TextWriter _fallback;
    private readonly Thread _thread;

    // _lock guards the queue and the fields down to _isIdle. It is held for a few instructions, never while something is written.
    private readonly object _lock = new();
    private readonly Queue<byte[]> _queue = new();
    private long _dropped;
    private bool _mustReopen;
    private bool _isEnded;
    private bool _isIdle;

    private bool _isFailing;

    /// <param name="fallback">Standard error.</param>
    public LogWriter(ILogTarget target, TextWriter fallback)
    {
        _target = target;
        _fallback = fallback;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Queues a record. Any thread; never waits for the target.</summary>
    public void Add(byte[] record)
    {
        lock (_lock)
        {
            if (_queue.Count == MostQueued)
            {
                _dropped++;
                return;
            }

            _queue.Enqueue(record);
            Monitor.PulseAll(_lock); // who flushes waits here as well
        }
    }

    /// <summary>Records dropped since this was last asked. Any thread.</summary>
    public long TakeDropped()
    {
        lock (_lock)
        {
            if (_queue.Count == MostQueued)
            {
                return 0;
            }

            long dropped = _dropped;
            _dropped = 0;
            return dropped;
        }
    }

    /// <summary>Has the target opened again before the next record. Any thread.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            _mustReopen = true;
            Monitor.PulseAll(_lock); // who flushes waits here as well
        }
    }

    /// <summary>Waits until what is queued is written, or has had its time.</summary>
    public void Flush()
    {
        long end = Environment.TickCount64 + (long)s_longestEnd.TotalMilliseconds;
        lock (_lock)
        {
            for (long left = end - Environment.TickCount64; (_queue.Count > 0 || !_isIdle) && left > 0; left = end - Environment.TickCount64)
            {
                Monitor.Wait(_lock, (int)left);
            }
        }
    }

    /// <summary>Writes what is queued, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isEnded = true;
            Monitor.PulseAll(_lock); // who flushes waits here as well
        }

        if (_thread.Join(s_longestEnd))
        {
            _target.Dispose();
        }
    }

    private void Run()
    {
        while (TakeNext(out byte[]? record, out bool mustReopen))
        {
            if (mustReopen)
            {
                _target.Reopen();
            }

            if (record is not null)
            {
                Write(record);
            }
        }
    }

    /// <summary>Waits for something to do; false at the end, when nothing is left.</summary>
    private bool TakeNext(out byte[]? record, out bool mustReopen)
    {
        lock (_lock)
        {
            while (_queue.Count == 0 && !_mustReopen && !_isEnded)
            {
                _isIdle = true;
                Monitor.PulseAll(_lock);
                Monitor.Wait(_lock);
            }

            _isIdle = false;
            mustReopen = _mustReopen;
            _mustReopen = false;
            return _queue.TryDequeue(out record) || mustReopen;
        }
    }

    private void Write(byte[] record)
    {
        string? error = _target.TryWrite(record);
        try
        {
            if (error is not null)
            {
                if (!_isFailing)
                {
                    _fallback.WriteLine($"superd: cannot write to the log target {_target.Name}: {error}; log lines come here until it takes them again");
                }

                _fallback.WriteLine(Encoding.UTF8.GetString(record).TrimEnd('\n'));
            }
        }
        catch (IOException)
        {
            // Nobody reads standard error either: there is no place left to say so.
        }

        _isFailing = error is not null;
    }
}
