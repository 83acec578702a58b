using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.ServiceManager;

/// <summary>What superd tells the service manager that started it, by sd_notify(3); without one, nothing happens. Loop only.</summary>
/// <remarks>
/// One datagram per message, sent without waiting. A manager that is busy (its queue is full) gets it a moment later, because one that
/// never hears READY=1 takes superd for dead; the order stays. Only a sign of life is not kept: the next one says the same.
/// </remarks>
internal sealed class ManagerLink : IDisposable
{
    /// <summary>Most messages kept for a busy manager; then the oldest goes, since the later ones say what is.</summary>
    private const int MostPending = 16;

    /// <summary>A status line's length, in characters: what systemctl still shows in one line or two.</summary>
    private const int LongestStatus = 256;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly ManagerVariables _variables;
    private readonly ILogger _log;
    private readonly UnixDomainSocketEndPoint? _target;
    private readonly Queue<string> _pending = new();
    private Fd? _socket;
    private bool _hasFailed;

    public ManagerLink(EventLoop loop, ManagerVariables variables, ILogger log)
    {
        _loop = loop;
        _variables = variables;
        _log = log;
        if (variables.NotifySocket is { } written && (_target = Parse(written)) is null)
        {
            log.NotifyUnknown(written);
        }
    }

    /// <summary>A microsecond reading of CLOCK_MONOTONIC, which is what .NET's stopwatch reads on Linux.</summary>
    public static long MonotonicMicroseconds => Stopwatch.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>superd serves: after the start, and again after each <see cref="Reloading"/>.</summary>
    public void Ready(string status) => Send($"READY=1\n{StatusLine(status)}");

    /// <summary>superd reads its configuration again; <see cref="Ready"/> says when that is over, however it went.</summary>
    /// <remarks>State and time in one datagram: without the time, or with another clock's, <c>systemctl reload</c> of a notify-reload unit waits for ever.</remarks>
    public void Reloading() => Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds}\nSTATUS=reading the configuration"));

    /// <summary>superd is about to end. The last word but for <see cref="Status"/>.</summary>
    /// <param name="within">The longest it may take; the manager gives superd this time, even when its own limit is less.</param>
    public void Stopping(string status, TimeSpan within) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"STOPPING=1\nEXTEND_TIMEOUT_USEC={(long)within.TotalMicroseconds}\n{StatusLine(status)}"));

    /// <summary>A line for people, as <c>systemctl status</c> shows it.</summary>
    public void Status(string status) => Send(StatusLine(status));

    /// <summary>From now on signs of life, twice as often as they are expected: by the loop's own timer, so that they stop when the loop does.</summary>
    public void StartWatchdog()
    {
        if (_target is not null && _variables.Watchdog is { } interval)
        {
            SignOfLife(interval / 2);
        }
    }

    public void Dispose() => _socket?.Dispose();

    private void SignOfLife(TimeSpan interval)
    {
        if (_pending.Count == 0)
        {
            _ = TrySend("WATCHDOG=1");
        }

        _loop.Schedule(interval, () => SignOfLife(interval));
    }

    private void Send(string message)
    {
        _loop.AssertOnLoop();
        if (_target is null)
        {
            return;
        }

        if (_pending.Count == 0 && TrySend(message))
        {
            return;
        }

        if (_pending.Count == 0)
        {
            _loop.Schedule(s_retryDelay, SendPending);
        }
        else if (_pending.Count == MostPending)
        {
            _pending.Dequeue();
        }

        _pending.Enqueue(message);
    }

    private void SendPending()
    {
        while (_pending.TryPeek(out string? message))
        {
            if (!TrySend(message))
            {
                _loop.Schedule(s_retryDelay, SendPending);
                return;
            }

            _pending.Dequeue();
        }
    }

    /// <summary>False when the manager is busy. Any other failure is said once: a manager that is gone is not coming back to this superd.</summary>
    private bool TrySend(string message)
    {
        SysResult result = _socket is null ? UnixClient.OpenDatagram(out _socket) : SysResult.Ok();
        if (_socket is not null)
        {
            result = UnixClient.SendTo(_socket, _target!, Encoding.UTF8.GetBytes(message), mayWait: false); // there is a target, or nothing is sent
        }

        if (result.IsError && result.Errno is not Errno.EAGAIN and not Errno.ENOBUFS && !_hasFailed)
        {
            _hasFailed = true;
            _log.NotifyFailed(_variables.NotifySocket!, Errno.Describe(result.Errno));
        }

        return result.Errno is not Errno.EAGAIN and not Errno.ENOBUFS;
    }

    private static string StatusLine(string status)
    {
        string line = status.ReplaceLineEndings(" ");
        return $"STATUS={(line.Length > LongestStatus ? line[..LongestStatus] : line)}";
    }

    /// <summary>A path or <c>@NAME</c>; null for what superd does not speak (vsock) or what is too long for a socket's name.</summary>
    private static UnixDomainSocketEndPoint? Parse(string socket)
    {
        try
        {
            return socket[0] switch
            {
                '/' => new UnixDomainSocketEndPoint(socket),
                '@' => new UnixDomainSocketEndPoint("\0" + socket[1..]),
                _ => null,
            };
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
