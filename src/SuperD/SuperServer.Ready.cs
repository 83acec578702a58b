using SuperD.Configuration;
using SuperD.Listening;
using SuperD.Logging;

namespace SuperD;

/// <summary>The part of the story that is told once: when everything listens that shall.</summary>
internal sealed partial class SuperServer
{
    /// <summary>Addresses named in the ready line; with more services than that, the rest are counted.</summary>
    private const int MaxAddressesInReadyLine = 20;

    private bool _isReady;

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
    }
}
