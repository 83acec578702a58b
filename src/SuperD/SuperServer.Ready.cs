using SuperD.Configuration;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Reaping;

namespace SuperD;

/// <summary>When superd serves at all its addresses: said in the log, and to the service manager.</summary>
internal sealed partial class SuperServer
{
    /// <summary>Addresses named in the ready line; with more services than that, the rest are counted.</summary>
    private const int MaxAddressesInReadyLine = 20;

    // An address may come up a moment after superd. One that never does must not make the manager give up on all the other services.
    private static readonly TimeSpan s_longestWaitForListeners = TimeSpan.FromSeconds(5);

    private bool _isReady;
    private bool _isManagerToldReady;

    public void OnListening(Listener listener) => TellWhenReadyAgain();

    private void TellWhenReadyAgain()
    {
        if (_isReady)
        {
            TellWhenReady();
        }
    }

    private void TellWhenReady()
    {
        int missing = _listeners.Count - _listeners.BoundCount;
        if (missing > 0)
        {
            _log.NotAllBound(missing, _listeners.Count);
            return;
        }

        IEnumerable<string> addresses = _listeners.Names.Take(MaxAddressesInReadyLine);
        int unnamed = _listeners.Count - MaxAddressesInReadyLine;
        int services = _definition.Services.Count(service => service.Enabled);
        _log.Ready(services, _listeners.Count, string.Join(' ', addresses) + (unnamed > 0 ? $" and {unnamed} more" : string.Empty));
        TellManagerReady();
    }

    /// <summary>At the start: the manager is told in any case once the listeners had their time.</summary>
    private void TellManagerReadyBeforeLong() => _loop.Schedule(s_longestWaitForListeners, () =>
    {
        if (!_isManagerToldReady)
        {
            TellManagerReady();
        }
    });

    /// <summary>Every listener is bound, or has been waited for long enough; and after a reload, however it went.</summary>
    private void TellManagerReady()
    {
        if (_shutdown.Phase == ShutdownPhase.None)
        {
            _isManagerToldReady = true;
            _manager.Ready(ManagerStatus());
        }
    }

    private string ManagerStatus()
    {
        int missing = _listeners.Count - _listeners.BoundCount;
        int services = _definition.Services.Count(service => service.Enabled);
        string serving = $"serving {Wording.Count(services, "service")} at {Wording.Count(_listeners.Count - missing, "listener")}";
        return missing == 0 ? serving : $"{serving}; {missing} could not be bound yet, see the log";
    }
}
