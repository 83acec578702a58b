using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>What a listener tells; the conductor listens, and so does a test.</summary>
internal interface IConnectionSink
{
    /// <summary>False when descriptors are short: then nothing is accepted, rather than accepted and lost in the launch.</summary>
    bool HasRoom { get; }

    /// <summary>The listener is bound and accepts.</summary>
    void OnListening(Listener listener);

    /// <summary>A connection was accepted; the receiver owns its socket.</summary>
    void OnAccepted(Listener listener, Fd socket, InetEndPoint peer);

    /// <summary>A client waits at the listener of a wait service, which nobody has accepted.</summary>
    void OnWaiting(Listener listener);
}
