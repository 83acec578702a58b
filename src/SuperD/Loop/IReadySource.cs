using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>The owner of a descriptor that the loop watches: a listener, a handler's pidfd, its stderr.</summary>
internal interface IReadySource
{
    /// <summary>
    /// Runs when the descriptor is ready. Level-triggered: unread data is reported again after all other sources had their turn. Loop only.
    /// </summary>
    void OnReady(EpollEvents events);
}
