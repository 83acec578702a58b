using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Relaying;

/// <summary>One of the two sockets of a relay, and what the loop watches it for. Loop only.</summary>
/// <remarks>
/// epoll reports a broken socket again and again, whatever events were requested. A socket that is not wanted for anything is therefore
/// watched edge-triggered: the report comes once, and the loop does not spin until the other side makes room.
/// </remarks>
internal sealed class RelaySide(Relay relay, EventLoop loop, Fd socket) : IReadySource
{
    private EpollEvents _watched;
    private WatchToken _watch;

    /// <summary>The socket.</summary>
    public Fd Socket => socket;

    public void OnReady(EpollEvents events) => relay.OnReady(this, events);

    /// <summary>Watches the socket for reading, writing or neither; returns false if the kernel has no memory for a watch.</summary>
    public bool Watch(bool toRead, bool toWrite)
    {
        EpollEvents wanted = (toRead ? EpollEvents.Readable : EpollEvents.None) | (toWrite ? EpollEvents.Writable : EpollEvents.None);
        if (wanted == EpollEvents.None)
        {
            wanted = EpollEvents.EdgeTriggered;
        }

        if (wanted == _watched)
        {
            return true;
        }

        if (_watched != EpollEvents.None)
        {
            loop.Rewatch(socket, _watch, wanted);
        }
        else if (loop.Watch(socket, wanted, this, out _watch).IsError)
        {
            return false;
        }

        _watched = wanted;
        return true;
    }

    /// <summary>Stops watching; call it before closing the socket.</summary>
    public void Unwatch()
    {
        if (_watched != EpollEvents.None)
        {
            _watched = EpollEvents.None;
            loop.Unwatch(socket, _watch);
        }
    }
}
