using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Reaping;
using SuperD.ServiceManager;
using SuperD.Services;

namespace SuperD;

/// <summary>superd and the service manager that started it: the sockets it passed, and what it is told.</summary>
internal sealed partial class SuperServer
{
    /// <summary>What the end takes beyond the configured times: KILL, and the writing of the log.</summary>
    private static readonly TimeSpan s_endMargin = TimeSpan.FromSeconds(10);

    // An address may come up a moment after superd. One that never does must not make the manager give up on all the other services.
    private static readonly TimeSpan s_longestWaitForListeners = TimeSpan.FromSeconds(5);

    private readonly PassedSockets _passed;
    private readonly ManagerLink _manager;
    private bool _isManagerToldReady;

    /// <summary>Opens the listeners of a service, at the sockets that were passed for it and at its other addresses.</summary>
    private void OpenListeners(Service service) => _listeners.Open(service, _passed.Of(service.Definition));

    /// <summary>After the listeners are open: gives up the sockets nobody wants, and begins the signs of life.</summary>
    private void BeginManaged()
    {
        foreach ((PassedSocket socket, string why) in _passed.Unused)
        {
            _log.PassedUnused(socket.Number, socket.Name, socket.EndPoint, why);
            socket.Close();
        }

        _manager.StartWatchdog();
        _loop.Schedule(s_longestWaitForListeners, () =>
        {
            if (!_isManagerToldReady)
            {
                TellManagerReady();
            }
        });
    }

    /// <summary>Every listener is bound, or has been waited for long enough; and after a reload, however it went.</summary>
    private void TellManagerReady()
    {
        if (_shutdown.Phase == ShutdownPhase.None)
        {
            _isManagerToldReady = true;
            _manager.Ready(ManagerStatus);
        }
    }

    private void TellManagerStopping()
    {
        TimeSpan stopGrace = _definition.Services.Select(service => service.StopGrace).DefaultIfEmpty().Max();
        _manager.Stopping("letting handlers finish", _definition.ShutdownGrace + stopGrace + s_endMargin);
    }

    private string ManagerStatus
    {
        get
        {
            int missing = _listeners.Count - _listeners.BoundCount;
            int services = _definition.Services.Count(service => service.Enabled);
            string serving = $"serving {Wording.Count(services, "service")} at {Wording.Count(_listeners.Count - missing, "listener")}";
            return missing == 0 ? serving : $"{serving}; {missing} could not be bound yet, see the log";
        }
    }
}
