using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Reaping;

/// <summary>A handler's stderr: each line becomes a log line while the handler runs. Loop only.</summary>
/// <remarks>
/// A handler that floods slows itself down, not superd: superd reads the pipe in small chunks, and above <see cref="LinesPerSecond"/>, or
/// the bytes such lines may have, it stops until the next interval, so that the handler blocks in its write. What is in the pipe when the
/// handler exits is read once, without waiting, so that a descendant that keeps the pipe open does not keep the connection open.
/// </remarks>
internal sealed class StderrLog : IReadySource
{
    /// <summary>
    /// The most lines logged per second and connection before reading pauses, and the most logged after the handler's exit.
    /// </summary>
    public const int LinesPerSecond = 1000;

    /// <summary>The most bytes logged of one line; the rest is cut.</summary>
    public const int MaxLineBytes = 1024;

    /// <summary>Counted because a flood without newlines is one cut line, but costs as much to read.</summary>
    private const int BytesPerSecond = LinesPerSecond * MaxLineBytes;

    /// <summary>A pipe holds 64 KiB unless its owner enlarges it; more than that is not read after the exit.</summary>
    private const int MaxBytesAtEnd = 64 * 1024;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    // Shared: the loop is one thread, and the buffer holds nothing between two reads.
    private static readonly byte[] s_chunk = new byte[4096];

    private readonly EventLoop _loop;
    private readonly Connection _connection;
    private readonly Fd _pipe;
    private readonly ILogger _log;
    private readonly LineSplitter _lines = new(MaxLineBytes);
    private WatchToken _watch;
    private bool _isWatched;
    private bool _isAtEnd;
    private LoopTimer? _pause;
    private long _intervalStartMs;
    private int _linesInInterval;
    private int _bytesInInterval;
    private LastLine _last;

    /// <summary>Reads the stderr of a new handler, once <see cref="Watch"/> is called.</summary>
    public StderrLog(EventLoop loop, Connection connection, Fd pipe, ILogger log)
    {
        _loop = loop;
        _connection = connection;
        _pipe = pipe;
        _log = log;
    }

    /// <summary>Continues with the pipe of a handler that the previous version launched.</summary>
    public StderrLog(EventLoop loop, Connection connection, Fd pipe, StderrHandover handed, ILogger log)
        : this(loop, connection, pipe, log)
    {
        _last.Keep(handed.Last);
        _lines.Begin(handed.Partial, handed.IsCut);
    }

    /// <summary>Hands over the pipe and the unfinished line.</summary>
    public StderrHandover HandOver(KeptDescriptors kept)
    {
        (byte[] partial, bool isCut) = _lines.Partial;
        return new StderrHandover(kept.Keep(_pipe), partial, isCut) { Last = _last.Bytes };
    }

    /// <summary>Starts or resumes reading.</summary>
    public void Watch()
    {
        _pause = null;
        _isWatched = !_loop.Watch(_pipe, EpollEvents.Readable, this, out _watch).IsError;
    }

    public void OnReady(EpollEvents events)
    {
        if (!events.HasFlag(EpollEvents.Readable))
        {
            // pipe(7): it is empty and has no writers left. Stops watching, because a hang-up is reported endlessly. The handler runs on,
            // or its exit is reported next.
            _isAtEnd = true;
            Unwatch();
            return;
        }

        SysResult result = _pipe.Read(s_chunk);
        if (result.IsError || result.Value == 0)
        {
            return;
        }

        long now = _loop.NowMs;
        if (now - _intervalStartMs >= (long)s_interval.TotalMilliseconds)
        {
            _intervalStartMs = now;
            _linesInInterval = 0;
            _bytesInInterval = 0;
        }

        _bytesInInterval += result.Value;
        _lines.Feed(s_chunk.AsSpan(0, result.Value), WriteLine);
        if (_linesInInterval >= LinesPerSecond || _bytesInInterval >= BytesPerSecond)
        {
            Unwatch();
            _pause = _loop.Schedule(s_interval, Watch);
        }
    }

    /// <summary>Runs when the handler is gone: logs what is left in the pipe, and closes it.</summary>
    public void Finish()
    {
        _pause?.Cancel();
        Unwatch();
        _linesInInterval = 0;
        for (int total = 0; !_isAtEnd && total < MaxBytesAtEnd;)
        {
            SysResult result = _pipe.Read(s_chunk);
            if (result.IsError || result.Value == 0)
            {
                break;
            }

            total += result.Value;
            _lines.Feed(s_chunk.AsSpan(0, result.Value), WriteLineAtEnd);
        }

        _lines.Flush(WriteLineAtEnd);
        if (_linesInInterval > LinesPerSecond)
        {
            _log.StderrDropped(_connection.Service.Name, _connection.Id, _linesInInterval - LinesPerSecond);
        }

        _connection.LastStderr = _last.Text;
        _pipe.Dispose();
    }

    private void WriteLine(ReadOnlySpan<byte> line, bool isCut)
    {
        _last.Keep(line);
        _linesInInterval++;
        _log.Stderr(_connection.Service.Name, _connection.Id, Printable.Escape(line) + (isCut ? " [cut]" : string.Empty));
    }

    private void WriteLineAtEnd(ReadOnlySpan<byte> line, bool isCut)
    {
        if (_linesInInterval >= LinesPerSecond)
        {
            _last.Keep(line);
            _linesInInterval++;
            return;
        }

        WriteLine(line, isCut);
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            _loop.Unwatch(_pipe, _watch);
        }
    }
}
