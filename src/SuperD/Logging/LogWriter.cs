using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>The thread that writes to a log target, and what waits before it: whoever logs never waits.</summary>
/// <remarks>
/// A target that stalls must not stall the loop: when too much waits, records are dropped, and counted in a line once there is room.
/// What the target does not take goes to standard error, with the reason before the first. Lines that come now and then are written at once;
/// of a stream of them those of a few milliseconds are written together, because to wake a thread for each costs more than the line.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    private const int MostWaiting = 16 * 1024;

    /// <summary>Most bytes that are written at once to a stream.</summary>
    private const int BytesAtOnce = 64 * 1024;

    /// <summary>So often the thread wakes for single lines, before it rests between two writes; as often again when there was nothing to do for a while.</summary>
    private const int WakesWithoutRest = 16;

    private const int WhileMs = 100;

    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(5);

    /// <summary>At the end: how long the target may take for what waits. A stuck one must not keep superd from ending.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(2);

    private readonly ILogTarget _target;
    private readonly TextWriter _fallback;
    private readonly Thread _thread;

    // _lock guards what waits and the fields down to _isIdle. It is held while a record is made, never while one is written.
    private readonly object _lock = new();
    private RecordBuffer _waiting = new();
    private long _dropped;
    private bool _mustReopen;
    private bool _isEnded;
    private bool _isClosed;
    private bool _isIdle;

    // The writer thread's own.
    private RecordBuffer _taken = new();
    private int _wakes = WakesWithoutRest;
    private bool _isFailing;

    /// <param name="fallback">Standard error.</param>
    public LogWriter(ILogTarget target, TextWriter fallback)
    {
        _target = target;
        _fallback = fallback;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Makes a record, which is written before long. Any thread; never waits for the target.</summary>
    public void Add<TState>(in LogEntry<TState> entry)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            if (_waiting.Count == MostWaiting)
            {
                _dropped++;
                return;
            }

            _waiting.Discard(); // what a formatter has left that threw: see AddLast, too
            _target.Format(entry, _waiting);
            _waiting.Complete();
            if (_isIdle)
            {
                Monitor.PulseAll(_lock); // who flushes waits here as well
            }
        }
    }

    /// <summary>Has one more record added, and takes none after it. Any thread, also one that failed in here and holds the lock.</summary>
    /// <returns>Whether all is written, within the time an end may take; not on the writer's own thread, which has failed then.</returns>
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
                return false; // the target has been stuck for long
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

    /// <summary>Records dropped since this was last asked. Any thread.</summary>
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

    /// <summary>Has the target opened again before the next record. Any thread.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            _mustReopen = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until what waits is written, or has had its time; false if that was not enough.</summary>
    /// <param name="longest">Its time.</param>
    public bool Flush(TimeSpan longest)
    {
        long end = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        lock (_lock)
        {
            Monitor.PulseAll(_lock); // ends the writer's rest
            for (long left = end - Environment.TickCount64; (_waiting.Count > 0 || !_isIdle) && left > 0; left = end - Environment.TickCount64)
            {
                Monitor.Wait(_lock, (int)left);
            }

            return _waiting.Count == 0 && _isIdle;
        }
    }

    /// <summary>Writes what waits, and ends the thread.</summary>
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

    /// <summary>Waits for something to do, and takes it; false at the end, when nothing is left.</summary>
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
                _fallback.WriteLine($"superd: cannot write to the log target {_target.Name}: {error}; log lines come here until it takes them again");
            }

            _fallback.WriteLine(Encoding.UTF8.GetString(record).TrimEnd('\n'));
        }
        catch (IOException)
        {
            // Nobody reads standard error either: there is no place left to say so.
        }
    }
}
