using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>What a listener tells; the conductor listens, and so does a test.</summary>
internal interface IConnectionSink
{
    /// <summary>Why nothing can be accepted for a service now, for the log: descriptors are short, and it would be lost in the launch. Null when there is room.</summary>
    string? FindShortage(Service service);

    /// <summary>The listener is bound and accepts.</summary>
    void OnListening(Listener listener);

    /// <summary>A connection was accepted; the receiver owns its socket.</summary>
    void OnAccepted(Listener listener, Fd socket, Peer peer);

    /// <summary>A client waits at the listener of a wait service: a connection nobody has accepted, or a datagram nobody has read.</summary>
    /// <param name="peer">The datagram's sender; not known for a connection.</param>
    void OnWaiting(Listener listener, Peer peer);

    /// <summary>The first datagram of a peer has arrived: may the peer be served? A refusal is told of by the receiver.</summary>
    bool Admits(Listener listener, Peer peer);

    /// <summary>The socket of a peer just admitted is connected and holds its first datagram: its handler may start.</summary>
    /// <param name="socket">A duplicate for the handler; the receiver owns it.</param>
    Connection OnPeer(Listener listener, Fd socket, Peer peer);

    /// <summary>The socket of a peer just admitted could not be made ready: the peer is not served.</summary>
    void OnPeerFailed(Listener listener, Peer peer, string step, int errno);

    /// <summary>A peer has sent nothing for too long: its handler is to end. Told again while that has not happened.</summary>
    void OnPeerIdle(Connection connection);
}
