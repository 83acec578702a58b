namespace SuperD;

/// <summary>The part of the story about superd's own end, which each signal hastens.</summary>
internal sealed partial class SuperServer
{
    private void BeginOrHastenShutdown()
    {
        _listeners.CloseAll();
        TellManagerStopping();
        _shutdown.Advance();
    }

    private void StopAtOnce()
    {
        _listeners.CloseAll();
        TellManagerStopping();
        _shutdown.Kill();
    }

    /// <summary>What superd waits for when it ends, besides handlers.</summary>
    private int OthersAtWork => _launcher.Count + _headers.Count + _latecomers.Count + _conversations.Count + _relays.Count
        + _ender.Count + _closes.Count + _released.Count;

    /// <summary>Ends all connections that have no process to be signalled; first those that would come next.</summary>
    private void EndOthers()
    {
        _headers.StopAll();
        RefuseLatecomers();
        _relays.StopAll();
        _conversations.EndAll();
    }
}
