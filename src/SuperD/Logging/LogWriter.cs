using System.Text;

namespace SuperD.Logging;

/// <summary>Writes records to a log target on a thread of its own, so that no logging thread waits.</summary>
/// <remarks>
/// A target that stalls must not stall the loop: when too many records are pending, further ones are dropped, and a line reports their
/// number once there is room. Records that the target does not accept go to standard error, with the reason before the first.
/// Occasional lines are written at once. In a stream of lines, those of a few milliseconds are written together, because waking a thread
/// for each costs more than the line.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    private const int MostWaiting = 16 * 1024;

    /// <summary>The most bytes of one write to a stream.</summary>
    private const int BytesAtOnce = 64 * 1024;

    /// <summary>How many single-line wake-ups are allowed before writes are batched; reset after an idle period.</summary>
    private const int WakesWithoutRest = 16;

    /// <summary>How long an idle period is.</summary>
    private const int WhileMs = 100;

    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(5);

    /// <summary>How long the target may take at exit for pending records; a stuck target must not keep superd from exiting.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(2);

    private readonly ILogTarget _target;
    private readonly TextWriter _fallback;
    private readonly Thread _thread;

    // _lock guards the pending records and the fields down to _isIdle. It is held while a record is formatted, never during a write.
    private readonly object _lock = new();
    private RecordBuffer _waiting = new();
    private long _dropped;
    private bool _mustReopen;
    private bool _isEnded;
    private bool _isClosed;
    private bool _isIdle;

    // Used by the writer thread only.
    private RecordBuffer _taken = new();
    private int _wakes = WakesWithoutRest;
    private bool _isFailing;

    /// <summary>Starts the writer thread.</summary>
    /// <param name="fallback">Standard error.</param>
    public LogWriter(ILogTarget target, TextWriter fallback)
    {
        _target = target;
        _fallback = fallback;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Formats a record and queues it. Never waits for the target. Any thread.</summary>
    /// <returns>Its length in bytes; null if it was dropped.</returns>
    public int? Add(in LogEvent entry)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return null;
            }

            if (_waiting.Count == MostWaiting)
            {
                _dropped++;
                return null;
            }

            _waiting.Discard(); // a formatter may have thrown and left part of a record; see also AddLast
            _target.Format(entry, _waiting);
            int length = _waiting.Complete();
            if (_isIdle)
            {
                Monitor.PulseAll(_lock); // Flush waits on the same lock
            }

            return length;
        }
    }

    /// <summary>
    /// Adds one more record through <paramref name="add"/>, and refuses all later ones. Any thread, even one that crashed in here and holds
    /// the lock.
    /// </summary>
    /// <returns>
    /// Whether everything was written within the time for an exit; false on the writer's own thread, which has crashed then.
    /// </returns>
    public bool AddLast(Action add)
    {
        if (Thread.CurrentThread == _thread || !Monitor.TryEnter(_lock, s_longestEnd))
        {
            return false;
        }

        try
        {
            if (_waiting.Count == MostWaiting)
            {
                return false; // the target has been stuck for a long time
            }

            add();
            _isClosed = true;
        }
        finally
        {
            Monitor.Exit(_lock);
        }

        return Flush(s_longestEnd);
    }

    /// <summary>Returns how many records were dropped since the last call. Any thread.</summary>
    public long TakeDropped()
    {
        if (Volatile.Read(ref _dropped) == 0)
        {
            return 0;
        }

        lock (_lock)
        {
            if (_waiting.Count == MostWaiting)
            {
                return 0;
            }

            long dropped = _dropped;
            _dropped = 0;
            return dropped;
        }
    }

    /// <summary>Reopens the target before the next record. Any thread.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            _mustReopen = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until all pending records are written; returns false if that takes longer than <paramref name="longest"/>.</summary>
    public bool Flush(TimeSpan longest)
    {
        long end = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        lock (_lock)
        {
            Monitor.PulseAll(_lock); // ends the writer's rest
            for (long left = end - Environment.TickCount64;
                (_waiting.Count > 0 || !_isIdle) && left > 0;
                left = end - Environment.TickCount64)
            {
                Monitor.Wait(_lock, (int)left);
            }

            return _waiting.Count == 0 && _isIdle;
        }
    }

    /// <summary>Writes all pending records, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isEnded = true;
            Monitor.PulseAll(_lock);
        }

        if (_thread.Join(s_longestEnd))
        {
            _target.Dispose();
        }
    }

    private void Run()
    {
        while (Take(out bool mustReopen))
        {
            if (mustReopen)
            {
                _target.Reopen();
            }

            WriteTaken();
            _taken.Clear();
        }
    }

    /// <summary>Waits for work and takes it; returns false at the end, when nothing is left.</summary>
    private bool Take(out bool mustReopen)
    {
        lock (_lock)
        {
            if (_wakes == 0 && !_isEnded && !_mustReopen)
            {
                Monitor.Wait(_lock, s_rest);
            }

            long before = Environment.TickCount64;
            while (_waiting.Count == 0 && !_mustReopen && !_isEnded)
            {
                _isIdle = true;
                Monitor.PulseAll(_lock);
                Monitor.Wait(_lock);
            }

            _isIdle = false;
            _wakes = Environment.TickCount64 - before > WhileMs ? WakesWithoutRest : Math.Max(0, _wakes - 1);
            mustReopen = _mustReopen;
            _mustReopen = false;
            (_waiting, _taken) = (_taken, _waiting);
            return _taken.Count > 0 || mustReopen;
        }
    }

    private void WriteTaken()
    {
        for (int first = 0; first < _taken.Count;)
        {
            int count = _target.IsStream ? _taken.CountWithin(first, BytesAtOnce) : 1;
            string? error = _target.TryWrite(_taken.Records(first, count), out int written);
            for (int i = first; error is not null && i < first + count; i++)
            {
                if (_taken.Records(first, i + 1 - first).Length > written)
                {
                    WriteElsewhere(_taken.Records(i, 1), error);
                }
            }

            _isFailing = error is not null;
            first += count;
        }
    }

    private void WriteElsewhere(ReadOnlySpan<byte> record, string error)
    {
        try
        {
            if (!_isFailing)
            {
                _isFailing = true;
                _fallback.WriteLine(
                    $"superd: cannot write to the log target {_target.Name}: {error}; log lines come here until it takes them again");
            }

            _fallback.WriteLine(Encoding.UTF8.GetString(record).TrimEnd('\n'));
        }
        catch (IOException)
        {
            // Nobody reads standard error either, so the line is lost.
        }
    }
}
