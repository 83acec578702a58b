using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Closes a TCP connection so that the reply arrives even if the client sent data that the handler never read. Loop only.
/// </summary>
internal sealed class GracefulClose : Stage
{
    // Most clients close their side within a round trip, so watching starts only after this delay.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);

    private readonly EventLoop _loop;
    private readonly Postponed<Drain> _fresh;
    private readonly HashSet<Drain> _drains = [];

    /// <summary>Creates the stage, without connections.</summary>
    public GracefulClose(Stages stages, EventLoop loop)
        : base(stages)
    {
        _loop = loop;
        _fresh = new Postponed<Drain>(loop, s_firstLook, drain => drain.Begin());
    }

    /// <summary>How many connections wait for the client to close its side.</summary>
    public override int Count => _drains.Count;

    /// <summary>
    /// Closes a socket whose write side is shut down, once the client has closed its own side. Takes ownership of the socket.
    /// </summary>
    /// <param name="mayHaveEnded">False if the client's side is known to be open still, which saves the first look.</param>
    public void Close(Fd socket, LingeringEnd end, bool mayHaveEnded)
    {
        _loop.AssertOnLoop();
        if (mayHaveEnded && end.Discard(out _) != ClientSide.Open)
        {
            StreamSocket.Close(socket);
            return;
        }

        var drain = new Drain(this, socket, end, LingeringEnd.LongestWait);
        _drains.Add(drain);
        _fresh.Add(drain);
    }

    public override StageHandover HandOver(KeptDescriptors kept) => new DrainsHandover([.. _drains.Select(drain => drain.HandOver(kept))]);

    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not DrainsHandover handed)
        {
            return false;
        }

        foreach (DrainHandover each in handed.Drains)
        {
            if (inheritance.Take(each.Socket) is { } socket)
            {
                var drain = new Drain(this, socket, new LingeringEnd(socket, each.BytesLeft), inheritance.Until(each.DueMs));
                _drains.Add(drain);
                drain.Begin();
            }
        }

        return true;
    }

    private sealed class Drain(GracefulClose owner, Fd socket, LingeringEnd end, TimeSpan time) : IReadySource
    {
        private readonly long _dueMs = owner._loop.NowMs + (long)time.TotalMilliseconds;
        private LoopTimer? _timer;
        private WatchToken _watch;

        /// <summary>Closes if the client has closed its side; otherwise starts to wait for it.</summary>
        public void Begin()
        {
            if (end.Discard(out _) != ClientSide.Open)
            {
                Close();
                return;
            }

            EventLoop loop = owner._loop;
            _timer = loop.Schedule(TimeSpan.FromMilliseconds(Math.Max(0, _dueMs - loop.NowMs)), Close);
            if (!loop.Watch(socket, EpollEvents.Readable, this, out WatchToken watch).IsError) // on error the timer closes it
            {
                _watch = watch;
            }
        }

        public DrainHandover HandOver(KeptDescriptors kept) => new(kept.Keep(socket), end.BytesLeft, _dueMs);

        public void OnReady(EpollEvents events)
        {
            if (end.Discard(out _) != ClientSide.Open)
            {
                Close();
            }
        }

        private void Close()
        {
            _timer?.Cancel();
            if (_watch != default)
            {
                owner._loop.Unwatch(socket, _watch);
            }

            StreamSocket.Close(socket);
            owner._drains.Remove(this);
        }
    }
}
