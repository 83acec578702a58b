using System.Diagnostics;
using System.Text;

namespace SuperD.Tests.Support;

/// <summary>What a running program has written to its stdout or stderr so far. Any thread.</summary>
/// <remarks>A thread of its own reads the pipe, so that no busy machine's thread pool delays it.</remarks>
internal sealed class ProgramOutput
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly object _lock = new();
    private readonly StringBuilder _text = new();
    private readonly Queue<string> _lines = new();
    private readonly StringBuilder _line = new();
    private bool _isHeld;
    private bool _isComplete;

    /// <summary>All of it so far, whether or not it was read as lines.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Whether nobody has the pipe open for writing any more, so that <see cref="Text"/> is complete.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return _isComplete;
            }
        }
    }

    /// <summary>The next line; null at the end of the output. Throws TimeoutException if neither comes.</summary>
    public string? ReadLine() =>
        TryReadLine(s_patience, out string? line) ? line : throw new TimeoutException($"no line came; the output so far:\n{Text}");

    /// <summary>The next line, or null at the end of the output; false if neither comes in time.</summary>
    /// <param name="limit">Timeout.InfiniteTimeSpan waits without a limit.</param>
    public bool TryReadLine(TimeSpan limit, out string? line)
    {
        var clock = Stopwatch.StartNew();
        lock (_lock)
        {
            while (!_lines.TryDequeue(out line))
            {
                TimeSpan left = limit == Timeout.InfiniteTimeSpan ? limit : limit - clock.Elapsed;
                if (_isComplete || (limit != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero))
                {
                    return _isComplete;
                }

                Monitor.Wait(_lock, left);
            }

            return true;
        }
    }

    /// <summary>Stops reading from the pipe, which then fills up.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _isHeld = true;
        }
    }

    /// <summary>Continues to read after <see cref="Hold"/>.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _isHeld = false;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Reads the pipe to its end.</summary>
    internal Task CopyFromAsync(Stream pipe, CancellationToken cancellation)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => end.TrySetCanceled(cancellation)); // the thread then waits until the pipe ends
        var thread = new Thread(() =>
        {
            try
            {
                Copy(pipe);
                end.TrySetResult();
            }
            catch (Exception failure)
            {
                end.TrySetException(failure);
            }
        });
        thread.IsBackground = true;
        thread.Name = "output";
        thread.Start();
        return end.Task;
    }

    private void Copy(Stream pipe)
    {
        // Not StreamReader.Read: when a read fills its buffer to the last byte, it reads once more before it returns.
        Decoder decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[4096];
        var text = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        try
        {
            while (pipe.Read(bytes) is var count and > 0)
            {
                lock (_lock)
                {
                    Add(text.AsSpan(0, decoder.GetChars(bytes.AsSpan(0, count), text, flush: false)));
                    while (_isHeld)
                    {
                        Monitor.Wait(_lock);
                    }
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                if (_line.Length > 0)
                {
                    _lines.Enqueue(_line.ToString());
                }

                _isComplete = true;
                Monitor.PulseAll(_lock);
            }
        }
    }

    private void Add(ReadOnlySpan<char> text)
    {
        _text.Append(text);
        for (int end = text.IndexOf('\n'); end >= 0; end = text.IndexOf('\n'))
        {
            _lines.Enqueue(_line.Append(text[..end]).ToString());
            _line.Clear();
            text = text[(end + 1)..];
        }

        _line.Append(text);
        Monitor.PulseAll(_lock);
    }
}
