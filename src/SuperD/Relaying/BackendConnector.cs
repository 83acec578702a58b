using System.Collections.Immutable;
using System.Net;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Relaying;

/// <summary>Connects to the first of several addresses that answers. Loop only.</summary>
/// <remarks>
/// It tries the next address when one has failed, or has not answered for a quarter of a second; the earlier one may still answer (RFC
/// 8305, section 5). A dead address thus delays a client by no more than that. The caller decides how long to wait in all.
/// </remarks>
/// <param name="begun">Called for each attempt under way, once its local address is known.</param>
/// <param name="connected">Receives the first connection, and takes ownership of it.</param>
/// <param name="failed">Called when every address has failed.</param>
internal sealed class BackendConnector(
    EventLoop loop, ImmutableArray<EndPoint> addresses, Action<Fd, EndPoint> begun, Action<Fd, EndPoint> connected, Action failed)
{
    private static readonly TimeSpan s_headStart = TimeSpan.FromMilliseconds(250);

    /// <summary>A Unix socket with a full queue fails at once (EAGAIN), and no event reports when it has room again.</summary>
    private static readonly TimeSpan s_queueRetry = TimeSpan.FromMilliseconds(20);

    private readonly List<Attempt> _attempts = [];
    private readonly List<string> _failures = [];
    private int _next;
    private LoopTimer? _timer;
    private bool _isOver;

    /// <summary>What was tried, and the result of each attempt, for the record.</summary>
    public string Tried
    {
        get
        {
            string[] tried = [.. _failures, .. _attempts.Select(attempt => $"{Backend.Name(attempt.Address)}: no answer")];
            return tried.Length > 0 ? string.Join("; ", tried) : $"{Backend.Name(addresses[_next])}: its queue is full";
        }
    }

    /// <summary>Tries the next address; may call back before it returns.</summary>
    public void TryNext()
    {
        _timer?.Cancel();
        _timer = null;
        while (!_isOver && _next < addresses.Length)
        {
            EndPoint address = addresses[_next];
            SysResult result = ClientSocket.Connect(address, out Fd? socket);
            if (result.Errno == Errno.EAGAIN)
            {
                _timer = loop.Schedule(s_queueRetry, TryNext);
                return;
            }

            _next++;
            if (socket is null)
            {
                Fail(address, result.Errno);
                continue;
            }

            begun(socket, address);
            Watch(new Attempt(this, loop, address, socket));
            if (_next < addresses.Length && _attempts.Count > 0)
            {
                _timer = loop.Schedule(s_headStart, TryNext);
                return;
            }
        }

        CheckFailed();
    }

    /// <summary>Gives up: closes the attempts under way, and makes no more callbacks.</summary>
    public void Stop()
    {
        _isOver = true;
        _timer?.Cancel();
        _attempts.ForEach(attempt => attempt.Close());
        _attempts.Clear();
    }

    private void Watch(Attempt attempt)
    {
        SysResult result = attempt.Watch();
        if (result.IsError)
        {
            attempt.Socket.Dispose();
            Fail(attempt.Address, result.Errno);
            return;
        }

        _attempts.Add(attempt);
    }

    private void OnAnswer(Attempt attempt)
    {
        SysResult result = ClientSocket.Result(attempt.Socket);
        _attempts.Remove(attempt);
        attempt.Unwatch();
        if (!result.IsError)
        {
            Stop();
            connected(attempt.Socket, attempt.Address);
            return;
        }

        attempt.Socket.Dispose();
        Fail(attempt.Address, result.Errno);
        TryNext();
    }

    private void Fail(EndPoint address, int errno) => _failures.Add($"{Backend.Name(address)}: {Errno.Describe(errno)}");

    private void CheckFailed()
    {
        if (!_isOver && _attempts.Count == 0)
        {
            _isOver = true;
            failed();
        }
    }

    /// <summary>One attempt under way.</summary>
    private sealed class Attempt(BackendConnector connector, EventLoop loop, EndPoint address, Fd socket) : IReadySource
    {
        private WatchToken _watch;

        public EndPoint Address => address;

        public Fd Socket => socket;

        public SysResult Watch() => loop.Watch(socket, EpollEvents.Writable, this, out _watch);

        public void Unwatch() => loop.Unwatch(socket, _watch);

        public void OnReady(EpollEvents events) => connector.OnAnswer(this);

        public void Close()
        {
            Unwatch();
            socket.Dispose();
        }
    }
}
