using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.ServiceManager;
using SuperD.Services;

namespace SuperD;

/// <summary>superd and the service manager that started it: the sockets it passed, the signs of life it expects, the end.</summary>
internal sealed partial class SuperServer
{
    /// <summary>What the end takes beyond the configured times: KILL, and the writing of the log.</summary>
    private static readonly TimeSpan s_endMargin = TimeSpan.FromSeconds(10);

    private readonly PassedSockets _passed;
    private readonly ManagerLink _manager;

    /// <summary>Opens the listeners of a service, at the sockets that were passed for it and at its other addresses.</summary>
    /// <param name="handed">The sockets superd's last version has left; null when there was none.</param>
    private void OpenListeners(Service service, HandedListeners? handed) => _listeners.Open(service, _passed.Of(service.Definition), handed);

    /// <summary>After the listeners are open: gives up the sockets nobody wants, and begins the signs of life.</summary>
    private void BeginManaged()
    {
        foreach ((PassedSocket socket, string why) in _passed.Unused)
        {
            _log.PassedUnused(socket.Number, socket.Name, socket.EndPoint, why);
            socket.Close();
        }

        _manager.StartWatchdog();
        TellManagerReadyBeforeLong();
    }

    private void TellManagerStopping()
    {
        TimeSpan stopGrace = _definition.Services.Select(service => service.StopGrace).DefaultIfEmpty().Max();
        _manager.Stopping("letting handlers finish", _definition.ShutdownGrace + stopGrace + s_endMargin);
    }
}
