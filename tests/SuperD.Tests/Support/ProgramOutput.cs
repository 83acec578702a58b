using System.Text;
using System.Threading.Channels;

namespace SuperD.Tests.Support;

/// <summary>The stdout or stderr of a running program so far.</summary>
internal sealed class ProgramOutput
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly StringBuilder _text = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private volatile TaskCompletionSource _mayRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isComplete;

    public ProgramOutput() => Release();

    /// <summary>All of it so far, whether or not it was read as lines.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Whether the pipe has no writer left and <see cref="Text"/> is complete.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>The next line; null at the end of the output. Throws TimeoutException if neither comes.</summary>
    public string? ReadLine() => ReadLineAsync().WaitAsync(s_patience).GetAwaiter().GetResult();

    /// <summary>The next line, however long it takes; null at the end of the output.</summary>
    public async Task<string?> ReadLineAsync()
    {
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (_lines.Reader.TryRead(out string? line))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Stops reading from the pipe, which then fills up.</summary>
    public void Hold() => _mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Resumes reading after <see cref="Hold"/>.</summary>
    public void Release() => _mayRead.TrySetResult();

    /// <summary>Reads the pipe to its end on a dedicated thread.</summary>
    /// <remarks>Not with .NET's asynchronous reads: on a busy machine some never completed although data was available.</remarks>
    internal Task CopyFromAsync(Stream pipe, CancellationToken cancellation)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => end.TrySetCanceled(cancellation)); // the thread itself goes on until the pipe ends
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
        using var reader = new StreamReader(pipe, leaveOpen: true);
        var buffer = new char[4096];
        var line = new StringBuilder();
        try
        {
            while (reader.Read(buffer) is var count and > 0)
            {
                Add(buffer.AsSpan(0, count), line);
                _mayRead.Task.Wait();
            }
        }
        finally
        {
            if (line.Length > 0)
            {
                _lines.Writer.TryWrite(line.ToString());
            }

            _isComplete = true;
            _lines.Writer.Complete();
        }
    }

    private void Add(ReadOnlySpan<char> text, StringBuilder line)
    {
        lock (_text)
        {
            _text.Append(text);
        }

        for (int end = text.IndexOf('\n'); end >= 0; end = text.IndexOf('\n'))
        {
            _lines.Writer.TryWrite(line.Append(text[..end]).ToString());
            line.Clear();
            text = text[(end + 1)..];
        }

        line.Append(text);
    }
}
