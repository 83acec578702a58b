using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Ends a TCP connection so that the reply arrives, though the client has sent what the handler never read. Loop only.</summary>
internal sealed class GracefulClose
{
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
        var end = new LingeringEnd(socket);
        if (end.Discard(out _) != ClientSide.Open)
        {
            socket.Dispose();
            return;
        }

        _drains.Add(new Drain(this, socket, end, LingeringEnd.LongestWait));
    }

    /// <summary>Tells superd's next version of those that are waited for.</summary>
    public IReadOnlyList<DrainHandover> HandOver(KeptDescriptors kept) => [.. _drains.Select(drain => drain.HandOver(kept))];

    /// <summary>Goes on with one of superd's last version.</summary>
    public void TakeOver(DrainHandover handed, Fd socket)
    {
        _loop.AssertOnLoop();
        _drains.Add(new Drain(this, socket, new LingeringEnd(socket, handed.BytesLeft), TimeSpan.FromMilliseconds(Math.Max(0, handed.DueMs - _loop.NowMs))));
    }

    private sealed class Drain : IReadySource
    {
        private readonly GracefulClose _owner;
        private readonly Fd _socket;
        private readonly LingeringEnd _end;
        private readonly LoopTimer _timer;
        private readonly WatchToken _watch;
        private readonly bool _isWatched;

        public Drain(GracefulClose owner, Fd socket, LingeringEnd end, TimeSpan time)
        {
            _owner = owner;
            _socket = socket;
            _end = end;
            EventLoop loop = owner._loop;
            _timer = loop.Schedule(time, Close);
            _isWatched = !loop.Watch(socket, EpollEvents.Readable, this, out _watch).IsError; // else the timer ends it
        }

        public DrainHandover HandOver(KeptDescriptors kept) => new(kept.Keep(_socket), _end.BytesLeft, _timer.DueMs);

        public void OnReady(EpollEvents events)
        {
            if (_end.Discard(out _) != ClientSide.Open)
            {
                Close();
            }
        }

        private void Close()
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
