using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Relaying;

/// <summary>One of the two sockets of a relay, and what the loop watches of it. Loop only.</summary>
/// <remarks>
/// The kernel reports a broken socket whether asked or not, again and again. So one from which nothing is wanted is watched edge-triggered: it
/// is told once, and the loop does not spin until the other side makes room.
/// </remarks>
internal sealed class RelaySide(Relay relay, EventLoop loop, Fd socket) : IReadySource
{
    private EpollEvents _watched;
    private WatchToken _watch;

    public Fd Socket => socket;

    public void OnReady(EpollEvents events) => relay.OnReady(this, events);

    /// <summary>Watches the socket for what is wanted of it now; false when the kernel has no room for a watch.</summary>
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

    /// <summary>Before the socket is closed.</summary>
    public void Unwatch()
    {
        if (_watched != EpollEvents.None)
        {
            _watched = EpollEvents.None;
            loop.Unwatch(socket, _watch);
        }
    }
}
