using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Reaping;

/// <summary>The pipe of a handler's stderr, which <see cref="StderrLines"/> makes log lines of while the handler runs. Loop only.</summary>
/// <remarks>
/// Reading never stops for long, so a handler is not stuck in a write of its stderr; but it is paced, so a flood costs superd little.
/// Every handler may write <see cref="BytesPerSecond"/>, whatever others do. What is more than that comes out of an allowance that all
/// handlers share, a pipe's worth at a time. What is in the pipe when the handler exits is read once, without waiting, so that a
/// descendant that keeps the pipe open does not keep the connection open.
/// </remarks>
internal sealed class StderrLog : IReadySource
{
    /// <summary>A pipe holds 64 KiB unless its owner enlarges it. One read, and the most that is read after the exit.</summary>
    private const int PipeBytes = 64 * 1024;

    private const int ByteBurst = 1024 * 1024, BytesPerSecond = 128 * 1024;

    /// <summary>With a pipe's worth each time, 8 MiB/s: slower than any flood, faster than any honest program.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(8);

    private static readonly TimeSpan s_repeatsInterval = TimeSpan.FromSeconds(10);

    // Shared: the loop is one thread, and the buffer holds nothing between two reads.
    private static readonly byte[] s_chunk = new byte[PipeBytes];

    private readonly EventLoop _loop;
    private readonly Connection _connection;
    private readonly Fd _pipe;
    private readonly StderrLines _lines;
    private readonly Allowance _own = new(ByteBurst, BytesPerSecond);
    private readonly Allowance _shared;
    private WatchToken _watch;
    private bool _isWatched;
    private bool _isAtEnd;
    private LoopTimer? _pause;
    private LoopTimer? _repeats;

    /// <summary>Reads the stderr of a new handler, once <see cref="Watch"/> is called.</summary>
    /// <param name="shared">From <see cref="NewSharedAllowance"/>.</param>
    public StderrLog(EventLoop loop, Connection connection, Fd pipe, Allowance shared, ILogger log)
    {
        _loop = loop;
        _connection = connection;
        _pipe = pipe;
        _shared = shared;
        _lines = new StderrLines(connection.Service.Name, connection.Id, log);
    }

    /// <summary>Continues with the pipe of a handler that the previous version launched.</summary>
    public StderrLog(EventLoop loop, Connection connection, Fd pipe, StderrHandover handed, Allowance shared, ILogger log)
        : this(loop, connection, pipe, shared, log)
    {
        _lines.Inherit(handed);
        ScheduleRepeats();
    }

    /// <summary>What handlers together may write in a second beyond their own share; about 1 % of a processor reads it.</summary>
    public static Allowance NewSharedAllowance() => new(ByteBurst, perSecond: 8 * 1024 * 1024);

    /// <inheritdoc cref="StderrLines.Dropped"/>
    public long Dropped => _lines.Dropped;

    /// <summary>Hands over the pipe and what is not logged yet.</summary>
    public StderrHandover HandOver(KeptDescriptors kept) => _lines.HandOver(kept.Keep(_pipe));

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
        _lines.Feed(s_chunk.AsSpan(0, result.Value), now);
        ScheduleRepeats();
        Pace(result.Value, now);
    }

    /// <summary>Runs when the handler is gone: logs what is left in the pipe, and closes it.</summary>
    public void Finish()
    {
        _pause?.Cancel();
        _repeats?.Cancel();
        Unwatch();
        for (int total = 0; !_isAtEnd && total < PipeBytes;)
        {
            SysResult result = _pipe.Read(s_chunk);
            if (result.IsError || result.Value == 0)
            {
                break;
            }

            total += result.Value;
            _lines.Feed(s_chunk.AsSpan(0, result.Value), _loop.NowMs);
        }

        _lines.Finish(_loop.NowMs);
        _connection.LastStderr = _lines.LastText;
        _pipe.Dispose();
    }

    /// <summary>Waits before the next read when the handler has written more than its share.</summary>
    private void Pace(int bytes, long now)
    {
        _own.Take(bytes);
        if (_own.HasAny(now))
        {
            return;
        }

        if (_shared.HasAny(now))
        {
            _shared.Take(bytes);
            _own.Take(-bytes);
        }

        Unwatch();
        _pause = _loop.Schedule(_own.UntilAny > s_pause ? _own.UntilAny : s_pause, Watch);
    }

    private void ScheduleRepeats()
    {
        if (_repeats is null && _lines.HasRepeats)
        {
            _repeats = _loop.Schedule(s_repeatsInterval, () =>
            {
                _repeats = null;
                _lines.TellRepeats();
            });
        }
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
