using SuperD.Linux;

namespace SuperD.Loop;

/// <summary>Something with a descriptor the loop watches: a listener, a handler's pidfd, its stderr.</summary>
internal interface IReadySource
{
    /// <summary>The descriptor is ready. Loop only. Level-triggered: what is left unread is reported again, after all others had their turn.</summary>
    void OnReady(EpollEvents events);
}
