using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;

namespace SuperD.ServiceManager;

/// <summary>Notifies the service manager that started superd, by sd_notify(3); does nothing without one. Loop only.</summary>
/// <remarks>
/// One datagram per message, sent without blocking. When the manager's queue is full, superd sends again a moment later, in the same order,
/// because a manager that never gets READY=1 considers superd dead. Only the watchdog's messages are not kept: the next one means the same.
/// </remarks>
internal sealed class ManagerLink : IDisposable
{
    /// <summary>
    /// Messages kept for a busy manager at most; then the oldest is dropped, since the later ones tell the present state.
    /// </summary>
    private const int MostPending = 16;

    /// <summary>
    /// Begins a message with descriptors. Without FDPOLL the manager would let go of the socket of a drained superd.
    /// </summary>
    private const string KeepLine = "FDSTORE=1\nFDPOLL=0\nFDNAME=";

    /// <summary>Longest status, in characters: systemctl shows it in one or two lines.</summary>
    private const int LongestStatus = 256;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly ManagerVariables _variables;
    private readonly ILogger _log;
    private readonly UnixDomainSocketEndPoint? _target;
    private readonly Queue<string> _pending = new();

    /// <summary>What the manager keeps, by name, and what of that it has not been sent yet. Without a name: superd does not know.</summary>
    private readonly Dictionary<string, List<Fd>> _kept = [];
    private readonly Dictionary<string, List<Fd>> _unsent = [];
    private Fd? _socket;
    private bool _hasFailed;

    /// <param name="kept">What it has kept of an earlier superd and passed to this one, and keeps still.</param>
    public ManagerLink(EventLoop loop, ManagerVariables variables, ILogger log, params IReadOnlyList<PassedSocket> kept)
    {
        foreach (PassedSocket socket in kept)
        {
            _kept.TryAdd(socket.Name, []);
            _kept[socket.Name].Add(socket.Descriptor!); // nobody has taken it yet
        }

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

    /// <summary>superd serves. Sent after the start, and again after each <see cref="Reloading"/>.</summary>
    public void Ready(string status) => Send($"READY=1\n{StatusLine(status)}");

    /// <summary>superd reads its configuration again. <see cref="Ready"/> must follow, also after a failure.</summary>
    /// <remarks>
    /// State and time go in one datagram: without the time of this clock, <c>systemctl reload</c> of a notify-reload unit never returns.
    /// </remarks>
    public void Reloading() => Send(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds}\nSTATUS=reading the configuration"));

    /// <summary>superd is about to end. Only <see cref="Status"/> may follow.</summary>
    /// <param name="within">How long that may take; the manager allows it, even if its own limit is shorter.</param>
    public void Stopping(string status, TimeSpan within) => Send(string.Create(
        CultureInfo.InvariantCulture, $"STOPPING=1\nEXTEND_TIMEOUT_USEC={(long)within.TotalMicroseconds}\n{StatusLine(status)}"));

    /// <summary>A human-readable line, which <c>systemctl status</c> shows.</summary>
    public void Status(string status) => Send(StatusLine(status));

    /// <summary>How many descriptors the manager keeps; 0 for none.</summary>
    public int StoreSize => _target is null ? 0 : _variables.StoreSize;

    /// <summary>
    /// Has the manager keep these descriptors, and no others of this name, for the superd that it starts when this one is killed; see
    /// FDSTORE in sd_notify(3). Does nothing if it keeps none, or has these.
    /// </summary>
    public void Keep(string name, IReadOnlyList<Fd> descriptors)
    {
        if (StoreSize == 0)
        {
            return;
        }

        bool isKnown = _kept.TryGetValue(name, out List<Fd>? kept);
        if (!isKnown || kept!.Exists(fd => !descriptors.Contains(fd)))
        {
            Send($"FDSTOREREMOVE=1\nFDNAME={name}"); // one of them alone has no name
            _kept[name] = kept = [];
        }

        Fd[] more = [.. descriptors.Except(kept)];
        if (more.Length > 0)
        {
            kept.AddRange(more);
            _unsent[name] = [.. _unsent.GetValueOrDefault(name, []).Intersect(descriptors), .. more];
            Send(KeepLine + name);
        }
    }

    /// <summary>
    /// Feeds the manager's watchdog from now on, twice per interval, by a timer of the loop, so that it stops when the loop does.
    /// </summary>
    public void StartWatchdog()
    {
        if (_target is not null && _variables.Watchdog is { } interval)
        {
            FeedWatchdog(interval / 2);
        }
    }

    public void Dispose() => _socket?.Dispose();

    private void FeedWatchdog(TimeSpan interval)
    {
        if (_pending.Count == 0)
        {
            _ = TrySend("WATCHDOG=1");
        }

        _loop.Schedule(interval, () => FeedWatchdog(interval));
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

    /// <summary>
    /// False when the manager is busy. Any other failure is logged once: a manager that is gone does not return to this superd.
    /// </summary>
    private bool TrySend(string message)
    {
        SysResult result = _socket is null ? UnixClient.OpenDatagram(out _socket) : SysResult.Ok();
        if (_socket is not null)
        {
            byte[] text = Encoding.UTF8.GetBytes(message);
            result = !message.StartsWith(KeepLine, StringComparison.Ordinal)
                ? UnixClient.SendTo(_socket, _target!, text, mayWait: false) // set: else nothing is sent
                : SendUnsent(_socket, text, _unsent[message[KeepLine.Length..]]);
        }

        if (result.IsError && result.Errno is not Errno.EAGAIN and not Errno.ENOBUFS && !_hasFailed)
        {
            _hasFailed = true;
            _log.NotifyFailed(_variables.NotifySocket!, Errno.Describe(result.Errno));
        }

        return result.Errno is not Errno.EAGAIN and not Errno.ENOBUFS;
    }

    /// <summary>Sends those that are still open, in several messages if they are many; when it fails, all of them again later.</summary>
    private SysResult SendUnsent(Fd socket, byte[] text, List<Fd> descriptors)
    {
        SysResult result = SysResult.Ok();
        int[] numbers = [.. descriptors.Where(fd => !fd.IsClosed).Select(fd => fd.Value)];
        for (int sent = 0; sent < numbers.Length && !result.IsError; sent += UnixClient.MostDescriptors)
        {
            ReadOnlySpan<int> some = numbers.AsSpan(sent, Math.Min(UnixClient.MostDescriptors, numbers.Length - sent));
            result = UnixClient.SendTo(socket, _target!, text, some, mayWait: false); // set: else nothing is sent
        }

        if (!result.IsError)
        {
            descriptors.Clear();
        }

        return result;
    }

    private static string StatusLine(string status)
    {
        string line = status.ReplaceLineEndings(" ");
        return $"STATUS={(line.Length > LongestStatus ? line[..LongestStatus] : line)}";
    }

    /// <summary>
    /// A path or <c>@NAME</c>; null for an address that superd does not support (vsock) or that is too long for a socket.
    /// </summary>
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
