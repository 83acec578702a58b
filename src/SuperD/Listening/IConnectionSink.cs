using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>What listeners report to the conductor, and ask it.</summary>
internal interface IConnectionSink
{
    /// <summary>Why a service can accept nothing now, for the log; null when there is room.</summary>
    /// <remarks>Descriptors are short then: a connection that is accepted nevertheless would be lost in its launch.</remarks>
    string? FindShortage(Service service);

    /// <summary>The listener is bound and accepts.</summary>
    void OnListening(Listener listener);

    /// <summary>A connection was accepted; the receiver owns its socket.</summary>
    void OnAccepted(Listener listener, Fd socket, Peer peer);

    /// <summary>A client waits at a wait service: there is a connection to accept, or a datagram to read.</summary>
    /// <param name="peer">The datagram's sender; unknown for a connection.</param>
    void OnWaiting(Listener listener, Peer peer);

    /// <summary>The first datagram of a peer has arrived: whether the peer may be served. A refusal is logged.</summary>
    bool Admits(Listener listener, Peer peer);

    /// <summary>The socket of an admitted peer is connected and holds its first datagram: its handler may start.</summary>
    /// <param name="socket">A duplicate for the handler; the receiver owns it.</param>
    Connection OnPeer(Listener listener, Fd socket, Peer peer);

    /// <summary>The socket of an admitted peer could not be prepared: the peer is not served.</summary>
    void OnPeerFailed(Listener listener, Peer peer, string step, int errno);

    /// <summary>A peer has sent nothing for too long: its handler must end. Reported again until it does.</summary>
    void OnPeerIdle(Connection connection);
}
