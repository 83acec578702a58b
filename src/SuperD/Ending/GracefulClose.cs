using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Ends a TCP connection so that the reply arrives, though the client has sent what the handler never read. Loop only.</summary>
/// <remarks>
/// To close a socket with unread data makes the kernel send a reset, and a reset throws away what the client has not read yet. So the
/// stream is ended first, and what still comes is thrown away until the client ends its side, for a short time and a bounded amount.
/// </remarks>
internal sealed class GracefulClose
{
    private const int MaxDrainBytes = 1024 * 1024;
    private const int DrainBytesPerTurn = 256 * 1024;
    private static readonly TimeSpan s_maxDrainTime = TimeSpan.FromSeconds(2);

    /// <summary>What comes is never looked at.</summary>
    private static readonly byte[] s_waste = new byte[16 * 1024];

    private readonly EventLoop _loop;
    private readonly Action _done;
    private readonly HashSet<Drain> _drains = [];

    /// <param name="done">Told when a connection is closed that had to be waited for.</param>
    public GracefulClose(EventLoop loop, Action done)
    {
        _loop = loop;
        _done = done;
    }

    /// <summary>Connections whose client has not ended its side yet.</summary>
    public int Count => _drains.Count;

    /// <summary>Ends the stream to the client, and closes the socket when the client has ended its own. Owns the socket from here on.</summary>
    public void Close(Fd socket)
    {
        _loop.AssertOnLoop();
        StreamSocket.EndSending(socket);
        int left = MaxDrainBytes;
        if (Discard(socket, ref left))
        {
            socket.Dispose();
            return;
        }

        _drains.Add(new Drain(this, socket, left, s_maxDrainTime));
    }

    /// <summary>Tells superd's next version of those that are waited for.</summary>
    public IReadOnlyList<DrainHandover> HandOver(KeptDescriptors kept) => [.. _drains.Select(drain => drain.HandOver(kept))];

    /// <summary>Goes on with one of superd's last version.</summary>
    public void TakeOver(DrainHandover handed, Fd socket)
    {
        _loop.AssertOnLoop();
        _drains.Add(new Drain(this, socket, handed.BytesLeft, TimeSpan.FromMilliseconds(Math.Max(0, handed.DueMs - _loop.NowMs))));
    }

    /// <summary>Closes all of them now.</summary>
    public void CloseAll()
    {
        foreach (Drain drain in _drains.ToArray())
        {
            drain.Close();
        }
    }

    /// <summary>True when there is nothing more to wait for.</summary>
    private static bool Discard(Fd socket, ref int left)
    {
        int budget = DrainBytesPerTurn;
        while (left > 0 && budget > 0)
        {
            SysResult result = StreamSocket.Receive(socket, s_waste.AsSpan(0, Math.Min(left, s_waste.Length)));
            if (result.IsError)
            {
                return result.Errno != Errno.EAGAIN;
            }

            if (result.Value == 0)
            {
                return true;
            }

            left -= result.Value;
            budget -= result.Value;
        }

        return left <= 0;
    }

    private sealed class Drain : IReadySource
    {
        private readonly GracefulClose _owner;
        private readonly Fd _socket;
        private readonly LoopTimer _timer;
        private readonly WatchToken _watch;
        private readonly bool _isWatched;
        private int _left;

        public Drain(GracefulClose owner, Fd socket, int left, TimeSpan time)
        {
            _owner = owner;
            _socket = socket;
            _left = left;
            EventLoop loop = owner._loop;
            _timer = loop.Schedule(time, Close);
            _isWatched = !loop.Watch(socket, EpollEvents.Readable, this, out _watch).IsError; // else the timer ends it
        }

        public DrainHandover HandOver(KeptDescriptors kept) => new(kept.Keep(_socket), _left, _timer.DueMs);

        public void OnReady(EpollEvents events)
        {
            if (Discard(_socket, ref _left))
            {
                Close();
            }
        }

        public void Close()
        {
            _timer.Cancel();
            if (_isWatched)
            {
                _owner._loop.Unwatch(_socket, _watch);
            }

            _socket.Dispose();
            _owner._drains.Remove(this);
            _owner._done();
        }
    }
}
